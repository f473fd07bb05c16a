"""Connect to PostgreSQL: one engine a process, one session a unit of work."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session

from core.db import outcome_counters as _counting  # noqa: F401 - hears how rows end
from core.db.driver import PING_AFTER_S, Driver, Drivers, has_news
from core.live import Signals

CONNECT_TIMEOUT_S = 5
# Our code holds no lock or transaction for long; one that lasts longer is stuck.
OPTIONS = "-c timezone=UTC -c statement_timeout=30000 -c lock_timeout=10000 -c idle_in_transaction_session_timeout=30000"

# A server that fell silent (machine or network down) is noticed within 15 s, not after hours.
SILENCE: Mapping[str, int] = {
    "keepalives": 1,
    "keepalives_idle": 5,  # s
    "keepalives_interval": 5,  # s
    "keepalives_count": 2,
    "tcp_user_timeout": 10_000,  # ms
}

# What each connection is made with.
CONNECTING: Mapping[str, Any] = {"connect_timeout": CONNECT_TIMEOUT_S, "options": OPTIONS, **SILENCE}

SPARE = 5

Sessions = async_sessionmaker[AsyncSession]


def make_engine(url: str, *, pool_size: int = 10) -> AsyncEngine:
    """Open a pool to PostgreSQL; connections are checked before use, so a restarted server is no error."""
    engine = create_async_engine(
        url,
        # No overflow: under load it would only open and close connections.
        pool_size=pool_size + SPARE,
        max_overflow=0,
        # Take the connection used last: those that are needed only now and then may stay unused.
        pool_use_lifo=True,
        pool_timeout=10,
        hide_parameters=True,  # an error's text must not quote what was to be written
        connect_args=dict(CONNECTING),
    )
    check_before_use(engine.sync_engine)
    return engine


def check_before_use(engine: Engine) -> None:
    """Have a pooled connection checked before use, but only when there is reason to.

    Checking before every use is a tenth of all round trips; a server that ended has closed its sockets, which
    shows without a round trip.
    """
    dialect = engine.dialect

    def rest(_connection: object, record: Any) -> None:  # noqa: ANN401 - SQLAlchemy's hook
        record.info["rests_since"] = time.monotonic()

    def check(connection: Any, record: Any, _proxy: object) -> None:  # noqa: ANN401 - SQLAlchemy's hook
        since = record.info.get("rests_since")
        if since is None:
            return
        if time.monotonic() - since < PING_AFTER_S and not has_news(record.driver_connection):
            return
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error

    event.listen(engine, "checkin", rest)
    event.listen(engine, "checkout", check)


def make_sessions(engine: AsyncEngine, signals: Signals | None = None) -> Sessions:
    """Return the maker of sessions; what a session announced is sent after its commit."""
    info: Mapping[str, Any] = {"signals": signals, "drivers": Drivers(engine.sync_engine, CONNECTING)}
    return async_sessionmaker(engine, expire_on_commit=False, info=dict(info))


@asynccontextmanager
async def one_statement(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """Give a session for a single statement, which is its own transaction: no BEGIN and COMMIT to wait for."""
    async with sessions() as session:
        await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
        yield session


@asynccontextmanager
async def one_fixed_statement(sessions: Sessions) -> AsyncIterator[Driver]:
    """Give a connection for a `FixedStatement` that is its own transaction."""
    drivers: Drivers = sessions.kw["info"]["drivers"]
    async with drivers.one() as driver:
        yield driver


def is_outage(error: BaseException) -> bool:
    """Whether `error` means that PostgreSQL is away (not that a statement was wrong)."""
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return True
    return isinstance(error, DBAPIError) and (error.connection_invalidated or _is_operational(error))


def _is_operational(error: DBAPIError) -> bool:
    return type(error).__name__ in {"OperationalError", "InterfaceError"}


def announce(session: AsyncSession, channel: str, payload: str = "") -> None:
    """Send a wake-up to the other processes once this transaction has committed."""
    session.sync_session.info.setdefault("announcements", {})[channel, payload] = None


def retract(session: AsyncSession, channel: str, payload: str = "") -> None:
    """Do not send what this transaction has announced: it is taken care of, or newer news follow."""
    session.sync_session.info.get("announcements", {}).pop((channel, payload), None)


@event.listens_for(Session, "after_commit")
def _publish(session: Session) -> None:
    announcements = session.info.pop("announcements", {})
    signals = session.info.get("signals")
    if isinstance(signals, Signals):
        for channel, payload in announcements:
            signals.send(channel, payload)


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop("announcements", None)
