"""APScheduler's own table: migrations make it, because the app's role may not create tables."""

from sqlalchemy import Column, Float, LargeBinary, String, Table

from core.db.tables.base import Base

scheduler_job = Table(
    "apscheduler_job",
    Base.metadata,
    Column("id", String(191), primary_key=True),
    Column("next_run_time", Float(25), index=True),
    Column("job_state", LargeBinary, nullable=False),
)
