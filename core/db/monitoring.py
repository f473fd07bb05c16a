"""Ask PostgreSQL about its health and the backlog, on connections of its own.

Only open rows are read, at most `MOST` of them, found by partial indexes.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BindParameter, TextClause, bindparam, select, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from core.db.engine import CONNECT_TIMEOUT_S, SILENCE
from core.db.tables import LineEvent

CONNECTIONS = 2
LIMIT_MS = 1_000
MOST = 10_000
# PostgreSQL's SQLSTATE for "no space left on device".
DISK_FULL = "53100"

# Written into the statement: the plan depends on it.
LIMIT: BindParameter[int] = bindparam("most", MOST, literal_execute=True)

# The oldest by due time, which is the time of arrival as long as no attempt was made.
EVENTS: TextClause = text("""
    select min(received_at), count(*) from (
        select received_at from line_event where outcome is null and conversation_id is not null
        order by next_attempt_at limit :most
    ) as open
""").bindparams(LIMIT)
ROWS: TextClause = text("""
    select min(created_at), count(*) from (
        select created_at from outbox where status in ('queued', 'sending') order by next_attempt_at limit :most
    ) as open
""").bindparams(LIMIT)
THREADS: TextClause = text("""
    select min(requested_at), count(*) from (
        select requested_at from thread where status = 'waiting' and status <> 'closed' limit :most
    ) as waiting
""").bindparams(LIMIT)

# Sorting more than fits into memory writes a temporary file of a megabyte: a full disk shows, nothing stays.
SMALL_MEMORY: TextClause = text("set local work_mem = '64kB'")
SPILL: TextClause = text("select count(distinct repeat(md5(n::text), 128)) from generate_series(1, 256) as n")
# A committed write to a row that exists anyway: missing rights, a read-only standby, a full WAL disk show.
TOUCH: TextClause = text("update municipality set name = name where id = :id")


@dataclass(frozen=True, slots=True)
class WaitingWork:
    """Waiting work of one kind: the oldest's time, and how many (`MOST` for that many or more)."""

    since: datetime | None
    count: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """Events not served, outbox rows not sent, residents who wait for a person."""

    events: WaitingWork
    rows: WaitingWork
    threads: WaitingWork


def make_monitoring_engine(url: str) -> AsyncEngine:
    """Open a pool for watching: two connections, each statement ends within a second."""
    return create_async_engine(
        url,
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=LIMIT_MS / 1000,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={
            "connect_timeout": CONNECT_TIMEOUT_S,
            "options": f"-c timezone=UTC -c statement_timeout={LIMIT_MS} -c lock_timeout={LIMIT_MS}",
            **SILENCE,
        },
    )


async def read_backlog(engine: AsyncEngine) -> Backlog:
    """Read how much work waits.

    Raises:
        SQLAlchemyError: PostgreSQL is away or takes too long.
    """
    async with engine.connect() as connection:
        found = [WaitingWork(*(await connection.execute(query)).one()) for query in (EVENTS, ROWS, THREADS)]
    return Backlog(*found)


async def database_state(engine: AsyncEngine, municipality_id: str) -> str:
    """Try to write and return what came of it.

    `ok`, `down` (no answer), `full` (no room on its disk) or `unwritable` (refused for another reason).
    """
    try:
        async with engine.begin() as connection:
            await connection.execute(SMALL_MEMORY)
            await connection.execute(SPILL)
            touched = await connection.execute(TOUCH, {"id": municipality_id})
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None)
        if state == DISK_FULL:
            return "full"
        return "down" if state is None or error.connection_invalidated else "unwritable"
    except (SQLAlchemyError, OSError):
        return "down"
    return "ok" if touched.rowcount else "unwritable"


async def is_an_event_late(connection: AsyncConnection, due: datetime) -> bool:
    """Whether an event of a talk was due before a moment and nobody has begun with it."""
    late = select(LineEvent.id).where(
        LineEvent.outcome.is_(None),
        LineEvent.conversation_id.is_not(None),
        LineEvent.attempts == 0,
        LineEvent.next_attempt_at < due,
    )
    return bool(await connection.scalar(select(late.exists())))
