"""Questions about what did not work in a city, each with the thread of the talk it happened in."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from core.db.tables import EventOutcome, LineEvent, MunicipalityRow, Outbox, OutboxStatus, Thread

UNDELIVERED = (OutboxStatus.REJECTED.value, OutboxStatus.UNKNOWN.value, OutboxStatus.EXPIRED.value)


async def failed_events(
    session: AsyncSession, cities: Collection[str], since: datetime, limit: int
) -> Sequence[tuple[datetime, uuid.UUID | None]]:
    """Return when events were given up, the latest first."""
    rows = await session.execute(
        select(LineEvent.finished_at, _latest_thread(LineEvent.conversation_id))
        .where(
            LineEvent.municipality_id.in_(cities),
            LineEvent.outcome == EventOutcome.FAILED.value,
            LineEvent.finished_at > since,
        )
        .order_by(LineEvent.finished_at.desc())
        .limit(limit)
    )
    return [(at, thread_id) for at, thread_id in rows if at]


async def undelivered_rows(
    session: AsyncSession, cities: Collection[str], since: datetime, limit: int
) -> Sequence[tuple[str, datetime, uuid.UUID | None]]:
    """Return how and when rows ended that did not arrive, or may not have, the latest first."""
    rows = await session.execute(
        select(Outbox.status, Outbox.finished_at, _latest_thread(Outbox.conversation_id))
        .where(
            Outbox.municipality_id.in_(cities),
            Outbox.status.in_(UNDELIVERED),
            Outbox.finished_at > since,
        )
        .order_by(Outbox.finished_at.desc())
        .limit(limit)
    )
    return [(status, at, thread_id) for status, at, thread_id in rows if at]


async def oldest_unserved(
    session: AsyncSession, cities: Collection[str], before: datetime
) -> datetime | None:
    """Return when the oldest open event came that came before a moment."""
    return await session.scalar(
        select(func.min(LineEvent.received_at)).where(
            LineEvent.municipality_id.in_(cities),
            LineEvent.outcome.is_(None),
            LineEvent.received_at < before,
        )
    )


async def paused_cities(session: AsyncSession, cities: Collection[str], now: datetime) -> Sequence[str]:
    """Return the names of cities to whose residents nothing is sent now."""
    names = await session.scalars(
        select(MunicipalityRow.name).where(
            MunicipalityRow.id.in_(cities), MunicipalityRow.line_paused_until > now
        )
    )
    return names.all()


def _latest_thread(conversation_id: InstrumentedAttribute[Any]) -> ScalarSelect[uuid.UUID]:
    return (
        select(Thread.id)
        .where(Thread.conversation_id == conversation_id)
        .order_by(Thread.requested_at.desc())
        .limit(1)
        .scalar_subquery()
    )
