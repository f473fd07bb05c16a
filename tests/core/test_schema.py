"""Test that the migrations lead to the tables in the code."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from core.db.tables import Base, SafetyOutcome, ThreadOutcome


def test_an_upgraded_database_has_the_tables_of_the_code(owner_url: str) -> None:
    engine = create_engine(owner_url)
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
        checks = dict(
            connection.execute(
                text("select conname, pg_get_constraintdef(oid) from pg_constraint where contype = 'c'")
            ).all()
        )
    engine.dispose()
    # A table that an earlier version filled and nothing reads any more.
    assert [found for found in differences if "facility_hours" not in str(found)] == []
    for name, values in {
        "ck_thread_outcome": ThreadOutcome,
        "ck_safety_event_outcome": SafetyOutcome,
    }.items():
        assert all(f"'{value.value}'" in checks[name] for value in values)
