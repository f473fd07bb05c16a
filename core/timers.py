"""Set, cancel and finish timers: rows, so that they survive a restart."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.tables import Timer, TimerOutcome


async def set_timer(
    session: AsyncSession,
    kind: str,
    subject_id: str,
    due_at: datetime,
    *,
    municipality_id: str,
    conversation_id: uuid.UUID | None = None,
) -> None:
    """Set a timer: do `kind` for `subject_id` at `due_at`. An open timer of that kind and subject is moved.

    `subject_id` is whatever the owner of `kind` looks it up by: a thread's id, or `<thread>:<category>` for a
    held card.
    """
    values = {
        "kind": kind,
        "subject_id": subject_id,
        "due_at": due_at,
        "municipality_id": municipality_id,
        "conversation_id": conversation_id,
    }
    stmt = insert(Timer).values(**values)
    await session.execute(
        stmt.on_conflict_do_update(
            index_elements=["kind", "subject_id"],
            index_where=Timer.outcome.is_(None),
            set_={"due_at": due_at},
        )
    )


async def cancel_timers(session: AsyncSession, subject_id: str, kinds: Sequence[str], now: datetime) -> None:
    """Cancel the open timers of these kinds on a subject: what they waited for has happened."""
    await session.execute(
        update(Timer)
        .where(Timer.subject_id == subject_id, Timer.kind.in_(kinds), Timer.outcome.is_(None))
        .values(outcome=TimerOutcome.CANCELLED.value, finished_at=now)
    )


async def due_timers(session: AsyncSession, kind: str, now: datetime, limit: int = 100) -> Sequence[Timer]:
    """Return open timers of a kind that are due, oldest first."""
    found = await session.scalars(
        select(Timer)
        .where(Timer.kind == kind, Timer.outcome.is_(None), Timer.due_at <= now)
        .order_by(Timer.due_at)
        .limit(limit)
    )
    return found.all()


async def open_timers_of(session: AsyncSession, conversation_id: uuid.UUID, kind: str) -> Sequence[Timer]:
    """Return the open timers of a kind that belong to a talk, in the order in which they were set."""
    found = await session.scalars(
        select(Timer)
        .where(Timer.conversation_id == conversation_id, Timer.kind == kind, Timer.outcome.is_(None))
        .order_by(Timer.id)
    )
    return found.all()


async def finish_timer(session: AsyncSession, timer_id: int, outcome: TimerOutcome, now: datetime) -> bool:
    """Give an open timer its outcome; False when another run was faster."""
    done = await session.scalar(
        update(Timer)
        .where(Timer.id == timer_id, Timer.outcome.is_(None))
        .values(outcome=outcome.value, finished_at=now)
        .returning(Timer.id)
    )
    return done is not None
