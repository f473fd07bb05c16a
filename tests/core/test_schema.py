"""The migrations lead to the tables the code knows, and back."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Connection, create_engine, inspect, select, text
from sqlalchemy.orm import Session

from core.db import tables
from core.db.tables import RETIRED, Base, Staff
from core.db.upgrade import alembic_config

LITERAL = re.compile(r"'([^']*)'")


@pytest.fixture
def upgraded(owner_url: str) -> Iterator[Connection]:
    """A database that the migrations made out of nothing."""
    engine = create_engine(owner_url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_server_default": True})
    return list(compare_metadata(context, Base.metadata))


def listed(condition: str) -> frozenset[str]:
    """Return the values that a check names."""
    return frozenset(LITERAL.findall(condition))


def checks_of_the_code() -> dict[str, frozenset[str]]:
    found = {}
    for table in Base.metadata.tables.values():
        for constraint in table.constraints:
            if isinstance(constraint, CheckConstraint):
                found[str(constraint.name)] = listed(str(constraint.sqltext))
    return found


def checks_of_the_database(connection: Connection) -> dict[str, frozenset[str]]:
    rows = connection.execute(
        text(
            "select conname, pg_get_constraintdef(oid) as condition from pg_constraint"
            " where contype = 'c' and connamespace = 'public'::regnamespace"
        )
    )
    return {row.conname: listed(row.condition) for row in rows}


def enums() -> list[type[StrEnum]]:
    """Return every enum that stands beside a table."""
    modules = [
        importlib.import_module(found.name)
        for found in pkgutil.iter_modules(tables.__path__, "core.db.tables.")
    ]
    return sorted(
        {
            value
            for module in modules
            for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, StrEnum) and value is not StrEnum
        },
        key=lambda enum: enum.__name__,
    )


def test_an_upgrade_from_empty_leads_to_the_tables_of_the_code(upgraded: Connection) -> None:
    assert differences(upgraded) == []


def test_a_table_that_is_left_behind_is_seen(upgraded: Connection) -> None:
    upgraded.execute(text("create table facility_hours (id bigint primary key)"))
    assert any("facility_hours" in str(found) for found in differences(upgraded))


def test_the_checks_of_the_database_name_the_values_of_the_code(upgraded: Connection) -> None:
    assert checks_of_the_database(upgraded) == checks_of_the_code()


def test_every_enum_beside_a_table_is_listed_by_a_check_with_the_same_values(upgraded: Connection) -> None:
    known = checks_of_the_database(upgraded).values()
    assert len(enums()) > 10
    assert [
        enum.__name__ for enum in enums() if frozenset(member.value for member in enum) not in known
    ] == []


def test_a_value_that_a_check_lacks_is_seen(upgraded: Connection) -> None:
    upgraded.execute(text("alter table timer drop constraint ck_timer_outcome"))
    upgraded.execute(
        text("alter table timer add constraint ck_timer_outcome check (outcome in ('fired', 'cancelled'))")
    )
    assert checks_of_the_database(upgraded) != checks_of_the_code()


def test_the_newest_migrations_can_be_taken_back_and_done_again(upgraded: Connection) -> None:
    command.downgrade(alembic_config(upgraded), "0009")
    found = inspect(upgraded)
    assert not {"consultation_figure", "aftercare"} & set(found.get_table_names())
    columns = {
        column["name"]
        for name in ("utterance", "outbox", "safety_event")
        for column in found.get_columns(name)
    }
    assert not columns & {"quoted_id", "line_message_ids", "told", "told_at"}
    command.upgrade(alembic_config(upgraded), "head")
    assert differences(upgraded) == []


def test_retired_columns_are_in_no_statement_of_this_release() -> None:
    for owner, columns in RETIRED.items():
        asked = str(select(owner))
        assert all(column.name not in asked for column in columns)
        assert all(not hasattr(owner, column.name) for column in columns)


def test_this_release_goes_on_while_the_next_one_drops_the_retired_columns(
    upgraded: Connection, app_url: str
) -> None:
    for owner, columns in RETIRED.items():
        for column in columns:
            upgraded.execute(text(f"alter table {owner.__tablename__} drop column {column.name}"))
    upgraded.commit()
    engine = create_engine(app_url)
    with Session(engine) as session:
        session.add(
            Staff(
                login="hanako",
                display_name="花子",
                password_hash="",
                totp_secret=b"",
                roles=[],
                created_at=datetime(2026, 11, 26, tzinfo=UTC),
            )
        )
        session.commit()
        assert session.scalars(select(Staff.login)).all() == ["hanako"]
        assert session.scalars(select(Staff)).one().professions == []
    engine.dispose()
