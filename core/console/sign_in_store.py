"""Query `sign_in_failures`: how often signing in failed, by login and by source."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, case, delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.tables import SignInFailures

PRUNED_AT_ONCE = 100


class Counter(NamedTuple):
    """One counter, and for how long after the last failure its count is kept."""

    subject: str
    source: str
    memory: timedelta


class Count(NamedTuple):
    """How often it failed, and when it failed last."""

    failures: int
    last_at: datetime


async def read_counts(
    session: AsyncSession, counters: Collection[Counter], now: datetime
) -> Mapping[Counter, Count]:
    """Return the counts that have not expired."""
    rows = await session.execute(
        select(
            SignInFailures.subject, SignInFailures.source, SignInFailures.failures, SignInFailures.last_at
        ).where(_is_one_of(counters))
    )
    found = {(subject, source): Count(failures, last_at) for subject, source, failures, last_at in rows}
    return {
        counter: count
        for counter in counters
        if (count := found.get(counter[:2])) and count.last_at > now - counter.memory
    }


async def count_failure(session: AsyncSession, counters: Collection[Counter], now: datetime) -> None:
    """Add one failure to each counter; an expired count starts again."""
    # In one fixed order, so that two concurrent failures cannot deadlock.
    for counter in sorted(counters):
        stmt = insert(SignInFailures).values(
            subject=counter.subject, source=counter.source, failures=1, last_at=now
        )
        is_forgotten = SignInFailures.last_at <= now - counter.memory
        grown = case((is_forgotten, 1), else_=SignInFailures.failures + 1)
        await session.execute(
            stmt.on_conflict_do_update(
                index_elements=["subject", "source"], set_={"failures": grown, "last_at": now}
            )
        )


async def forget_counts(session: AsyncSession, counters: Collection[Counter]) -> None:
    """Reset these counters."""
    await session.execute(delete(SignInFailures).where(_is_one_of(counters)))


async def forget_login(session: AsyncSession, subject: str) -> None:
    """Reset all counters of a login."""
    await session.execute(delete(SignInFailures).where(SignInFailures.subject == subject))


async def prune(session: AsyncSession, before: datetime) -> None:
    """Delete some counts older than `before`, except rows that are locked at the moment."""
    old = (
        select(SignInFailures.subject, SignInFailures.source)
        .where(SignInFailures.last_at < before)
        .limit(PRUNED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    await session.execute(
        delete(SignInFailures).where(tuple_(SignInFailures.subject, SignInFailures.source).in_(old))
    )


def _is_one_of(counters: Collection[Counter]) -> ColumnElement[bool]:
    return tuple_(SignInFailures.subject, SignInFailures.source).in_([c[:2] for c in counters])
