"""Find what did not work, for staff to see: failed events, undelivered messages, a paused channel."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from handoff.service_alerts_store import failed_events, oldest_unserved, paused_cities, undelivered_rows

SHOWN_FOR = timedelta(hours=24)
MOST = 20
# Residents are served within seconds; an older open event means that something is stuck.
SLOW = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Trouble:
    """One failure; `what` is a wording key under `trouble`."""

    what: str
    at: datetime
    thread_id: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class ServiceAlerts:
    """How the service of some cities stands; `oldest_unserved` is when the oldest open event came."""

    troubles: tuple[Trouble, ...] = ()
    oldest_unserved: datetime | None = None
    paused: tuple[str, ...] = ()


async def read_alerts(session: AsyncSession, cities: Collection[str], now: datetime) -> ServiceAlerts:
    """Return the failures and delays that staff of `cities` should know."""
    since = now - SHOWN_FOR
    events = await failed_events(session, cities, since, MOST)
    sends = await undelivered_rows(session, cities, since, MOST)
    found = [Trouble("event_failed", at, thread_id) for at, thread_id in events]
    found += [Trouble(f"send_{status}", at, thread_id) for status, at, thread_id in sends]
    return ServiceAlerts(
        tuple(sorted(found, key=lambda t: t.at, reverse=True)[:MOST]),
        await oldest_unserved(session, cities, now - SLOW),
        tuple(await paused_cities(session, cities, now)),
    )
