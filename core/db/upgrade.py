"""Migrate the database to the present schema, and grant the app's role its rights."""

import re
from collections.abc import Iterable
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.dialects.postgresql import insert

from core.db.tables import MunicipalityRow
from core.errors import ConfigurationError
from core.municipalities import Municipality

MIGRATIONS = Path(__file__).parent / "migrations"
# A migration waits this long for a lock, then gives up so that queries do not queue behind it.
LOCK_TIMEOUT_MS = 5_000
# The key of the lock that lets one upgrade run at a time, whatever starts it.
UPGRADE_LOCK = 0x48454C50


def alembic_config(connection: Connection) -> Config:
    """Return Alembic's configuration bound to `connection`."""
    config = Config()
    # Alembic's configuration takes a `%` for the beginning of a variable's name.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(owner_url: str, app_url: str, cities: Iterable[Municipality]) -> None:
    """Migrate as the owner; let the app's role of `app_url` read and write, but not change the audit log.

    Raises:
        ConfigurationError: the app's role does not exist or is the owner itself.
    """
    app_role = make_url(app_url).username or ""
    if not re.fullmatch(r"[a-z_][a-z0-9_]*", app_role):
        raise ConfigurationError(f"DATABASE_URL: '{app_role}' is no plain role name")
    engine = create_engine(owner_url, hide_parameters=True)
    try:
        with engine.connect() as connection:
            connection.execute(text(f"set lock_timeout = {LOCK_TIMEOUT_MS}"))
            connection.execute(text(f"select pg_advisory_lock({UPGRADE_LOCK})"))
            connection.commit()
            command.upgrade(alembic_config(connection), "head")
            _grant(connection, app_role)
            _register(connection, cities)
            connection.commit()
    finally:
        engine.dispose()


def _grant(connection: Connection, app_role: str) -> None:
    owner = connection.scalar(text("select current_user"))
    if owner == app_role:
        raise ConfigurationError(
            "DATABASE_URL and DATABASE_OWNER_URL use the same role; the app's own role must not be able to change the audit log"
        )
    if not connection.scalar(text("select 1 from pg_roles where rolname = :r"), {"r": app_role}):
        raise ConfigurationError(
            f"DATABASE_URL: there is no role '{app_role}'; create it first (README, Operation)"
        )
    for statement in (
        f"grant usage on schema public to {app_role}",
        f"grant select, insert, update, delete on all tables in schema public to {app_role}",
        f"grant usage on all sequences in schema public to {app_role}",
        f"revoke update, delete, truncate on audit_log from {app_role}",
        f"revoke insert, update, delete, truncate on alembic_version from {app_role}",
    ):
        connection.execute(text(statement))


def _register(connection: Connection, cities: Iterable[Municipality]) -> None:
    for city in cities:
        stmt = insert(MunicipalityRow).values(id=city.id, name=city.name)
        connection.execute(stmt.on_conflict_do_update(index_elements=["id"], set_={"name": city.name}))
