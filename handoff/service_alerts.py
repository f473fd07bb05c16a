"""Find what did not work, for staff to see: failed events, undelivered messages, a paused channel."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from core.db.tables import EventOutcome, LineEvent, MunicipalityRow, Outbox, OutboxStatus, Thread

SHOWN_FOR = timedelta(hours=24)
MOST = 20
# Residents are served within seconds; an older open event means that something is stuck.
SLOW = timedelta(seconds=30)
UNDELIVERED = (OutboxStatus.REJECTED.value, OutboxStatus.UNKNOWN.value, OutboxStatus.EXPIRED.value)


@dataclass(frozen=True, slots=True)
class Trouble:
    """One failure; `what` is a wording key under `trouble`."""

    what: str
    at: datetime
    thread_id: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class Health:
    """How the service of some cities stands; `oldest_unserved` is when the oldest open event came."""

    troubles: tuple[Trouble, ...] = ()
    oldest_unserved: datetime | None = None
    paused: tuple[str, ...] = ()


def _latest_thread(conversation_id: InstrumentedAttribute[Any]) -> ScalarSelect[uuid.UUID]:
    return (
        select(Thread.id)
        .where(Thread.conversation_id == conversation_id)
        .order_by(Thread.requested_at.desc())
        .limit(1)
        .scalar_subquery()
    )


async def look_at(session: AsyncSession, cities: Collection[str], now: datetime) -> Health:
    """Return the failures and delays that staff of `cities` should know."""
    events = await session.execute(
        select(LineEvent.finished_at, _latest_thread(LineEvent.conversation_id))
        .where(
            LineEvent.municipality_id.in_(cities),
            LineEvent.outcome == EventOutcome.FAILED.value,
            LineEvent.finished_at > now - SHOWN_FOR,
        )
        .order_by(LineEvent.finished_at.desc())
        .limit(MOST)
    )
    sends = await session.execute(
        select(Outbox.status, Outbox.finished_at, _latest_thread(Outbox.conversation_id))
        .where(
            Outbox.municipality_id.in_(cities),
            Outbox.status.in_(UNDELIVERED),
            Outbox.finished_at > now - SHOWN_FOR,
        )
        .order_by(Outbox.finished_at.desc())
        .limit(MOST)
    )
    found = [Trouble("event_failed", at, thread_id) for at, thread_id in events if at]
    found += [Trouble(f"send_{status}", at, thread_id) for status, at, thread_id in sends if at]
    return Health(
        tuple(sorted(found, key=lambda t: t.at, reverse=True)[:MOST]),
        await _oldest_unserved(session, cities, now),
        tuple(await _paused(session, cities, now)),
    )


async def _oldest_unserved(session: AsyncSession, cities: Collection[str], now: datetime) -> datetime | None:
    return await session.scalar(
        select(func.min(LineEvent.received_at)).where(
            LineEvent.municipality_id.in_(cities),
            LineEvent.outcome.is_(None),
            LineEvent.received_at < now - SLOW,
        )
    )


async def _paused(session: AsyncSession, cities: Collection[str], now: datetime) -> list[str]:
    names = await session.scalars(
        select(MunicipalityRow.name).where(
            MunicipalityRow.id.in_(cities), MunicipalityRow.line_paused_until > now
        )
    )
    return list(names)
