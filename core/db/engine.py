"""Connections to PostgreSQL: one engine a process, one session a unit of work."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session

from core.live import Signals

CONNECT_TIMEOUT_S = 5
# Nothing of ours holds a lock or a transaction for long; whatever does is stuck.
OPTIONS = "-c timezone=UTC -c statement_timeout=30000 -c lock_timeout=10000 -c idle_in_transaction_session_timeout=30000"

Sessions = async_sessionmaker[AsyncSession]


def make_engine(url: str, *, pool_size: int = 10) -> AsyncEngine:
    """Open a pool to PostgreSQL; connections are checked before use, so a restarted server is no error."""
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=5,
        pool_timeout=10,
        pool_pre_ping=True,
        hide_parameters=True,  # an error's text must not quote what was to be written
        connect_args={"connect_timeout": CONNECT_TIMEOUT_S, "options": OPTIONS},
    )


def make_sessions(engine: AsyncEngine, signals: Signals | None = None) -> Sessions:
    """Return the maker of sessions; what a session announced goes out after its commit."""
    info: Mapping[str, Any] = {"signals": signals}
    return async_sessionmaker(engine, expire_on_commit=False, info=dict(info))


def is_outage(error: BaseException) -> bool:
    """Whether `error` says that PostgreSQL is away (not that we asked something wrong)."""
    return isinstance(error, DBAPIError) and (error.connection_invalidated or _is_operational(error))


def _is_operational(error: DBAPIError) -> bool:
    return type(error).__name__ in {"OperationalError", "InterfaceError"}


def announce(session: AsyncSession, channel: str, payload: str = "") -> None:
    """Tell the other processes, once this transaction has committed."""
    session.sync_session.info.setdefault("announcements", {})[channel, payload] = None


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
