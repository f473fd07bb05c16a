"""Statements whose text never changes, taken to PostgreSQL by the driver itself.

What SQLAlchemy does around a statement (a session, a compiled form, a result) takes several times what psycopg takes
for it. The few statements that every message needs go past it; all others do not.
"""

import asyncio
import select
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Generic, TypeVar

import psycopg
from psycopg.rows import dict_row
from sqlalchemy import Engine, event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.orm.attributes import instance_dict, set_committed_value
from sqlalchemy.orm.util import identity_key

from core.db.tables.base import Base

E = TypeVar("E", bound=Base)
Driver = psycopg.AsyncConnection[Any]
Row = dict[str, Any]

# A connection unused for this long is checked before use; queries once a second keep it below that.
PING_AFTER_S = 2.5
# Single statements at once: each takes a millisecond, and two cores do no more.
MOST_AT_ONCE = 8


class FixedStatement:
    """A statement whose text never changes; its parameters are written `%(name)s`.

    `alias.*` of an entity that is `StoredAs` that alias stands for its columns.
    """

    __slots__ = ("_sql",)

    def __init__(self, sql: str, *stored: "StoredAs[Any]") -> None:
        for entity in stored:
            sql = sql.replace(f"{entity.alias}.*", entity.columns)
        # Bytes: the driver takes a statement that was put together for an attack, mypy any string for one.
        self._sql = sql.encode()

    async def on(self, driver: Driver, values: Mapping[str, Any]) -> list[Row]:
        """Execute it; return its rows by column name."""
        cursor = driver.cursor(row_factory=dict_row)
        await cursor.execute(self._sql, values)
        return await cursor.fetchall() if cursor.description else []


class StoredAs(Generic[E]):
    """How an entity stands in a fixed statement: all its columns, under an alias."""

    __slots__ = ("_entity", "_key", "_names", "alias", "columns")

    def __init__(self, entity: type[E], alias: str) -> None:
        names = entity.__table__.columns.keys()
        self._entity, self._key, self.alias = entity, f"{alias}_id", alias
        self._names = {f"{alias}_{name}": name for name in names}
        self.columns = ", ".join(f"{alias}.{name} as {alias}_{name}" for name in names)

    def found(self, session: AsyncSession, row: Row) -> E | None:
        """Hand the entity of a row over to the session, as if it had loaded it itself; None without one."""
        if row[self._key] is None:
            return None
        values = {name: row[alias] for alias, name in self._names.items()}
        known = session.identity_map.get(identity_key(self._entity, values["id"]))
        if known is not None:
            for name, value in values.items():
                set_committed_value(known, name, value)
            return known
        entity = self._entity()
        instance_dict(entity).update(values)
        make_transient_to_detached(entity)
        session.add(entity)
        return entity


async def begun(session: AsyncSession) -> Driver:
    """Return the connection of a session, in a transaction that knows of everything changed so far."""
    if session.new or session.dirty or session.deleted:
        await session.flush()
    await session.connection()
    return driver_of(session)


def driver_of(session: AsyncSession) -> Driver:
    """Return the connection of a session whose transaction has begun: what it executes belongs to it."""
    driver: Driver = session.sync_session.connection().connection.driver_connection  # type: ignore[assignment]
    return driver


class Drivers:
    """Connections for single statements, each its own transaction."""

    def __init__(self, engine: Engine, options: Mapping[str, Any]) -> None:
        _, address = engine.dialect.create_connect_args(engine.url)
        self._arguments = {**address, **options}
        # Those that rest, the one used last at the end, with the moment since when.
        self._resting: list[tuple[Driver, float]] = []
        self._room = asyncio.Semaphore(MOST_AT_ONCE)
        event.listen(engine, "engine_disposed", self._close)

    @asynccontextmanager
    async def one(self) -> AsyncIterator[Driver]:
        """Lend a connection; after an error it is not used again."""
        async with self._room:
            driver = await self._rested() or await self._connected()
            try:
                yield driver
            except BaseException:
                await driver.close()
                raise
            self._resting.append((driver, time.monotonic()))

    async def _connected(self) -> Driver:
        driver: Driver = await psycopg.AsyncConnection.connect(**self._arguments, autocommit=True)
        return driver

    async def _rested(self) -> Driver | None:
        """Return a connection that still works, if there is one."""
        while self._resting:
            driver, since = self._resting.pop()
            is_fresh = time.monotonic() - since < PING_AFTER_S
            if not has_news(driver) and (is_fresh or await _answers(driver)):
                return driver
            await driver.close()
        return None

    def _close(self, _engine: Engine) -> None:
        for driver, _ in self._resting:
            driver.pgconn.finish()
        self._resting.clear()


def has_news(connection: Any) -> bool:  # noqa: ANN401 - psycopg's connection, whose type names a row
    """Whether the server sent something unasked: as a rule, its end."""
    if connection.closed:
        return True
    poll = select.poll()
    poll.register(connection.pgconn.socket, select.POLLIN)
    return bool(poll.poll(0))


async def _answers(driver: Driver) -> bool:
    try:
        await driver.execute("select 1")
    except psycopg.OperationalError:
        return False
    return True
