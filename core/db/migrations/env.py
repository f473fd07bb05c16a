"""Alembic's entry: run on the connection that `core.db.upgrade` hands over."""

from alembic import context

from core.db.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transaction_per_migration=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
