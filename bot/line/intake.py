"""Store webhook events: once each, sealed, in one transaction, or several short ones for a long body."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.line.event_store import insert_event, insert_events
from bot.line.events import ReceivedEvent
from bot.line.talk_cache import KnownTalks, UserKey
from core.crypto import KeyRing
from core.db.engine import is_outage
from core.db.tables import EventOutcome
from core.residents.keys import KnownTalk, find_or_create_talks

# LINE gives up after 2 s and sends the webhook again: a longer wait is useless.
STORE_TIMEOUT_S = 8.0
# Events in one transaction: a body full of new residents must hold neither its locks nor the loop for long.
AT_ONCE = 500


class Intake:
    """Stores what LINE sends; safe to call again with the same events."""

    def __init__(self, engine: AsyncEngine, ring: KeyRing) -> None:
        self._engine = engine
        # One statement is its own transaction: no BEGIN and COMMIT to wait for.
        self._one_statement = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._ring = ring
        self._known = KnownTalks()

    async def store(self, municipality_id: str, events: Sequence[ReceivedEvent], now: datetime) -> None:
        """Store each event once, by LINE's time, `AT_ONCE` in a transaction, which stores all or none.

        When it fails, the events of a long body that were stored before stay: LINE sends the body again, and
        they are known then. A connection that died and a resident erased a moment ago are tried once more.

        Raises:
            DBAPIError: PostgreSQL is away (see `core.db.engine.is_outage`) or refuses.
            TimeoutError: no answer within `STORE_TIMEOUT_S`.
        """
        async with asyncio.timeout(STORE_TIMEOUT_S):
            for some in _portions(events):
                await self._store_portion(municipality_id, some, now)

    async def _store_portion(
        self, municipality_id: str, events: Sequence[ReceivedEvent], now: datetime
    ) -> None:
        users = {(municipality_id, e.line_user_id) for e in events if e.line_user_id is not None}
        try:
            await self._store(municipality_id, events, users, now)
        except IntegrityError:
            self._known.forget(users)
            await self._store(municipality_id, events, users, now)
        except Exception as exc:
            if not is_outage(exc):
                raise
            await self._store(municipality_id, events, users, now)

    async def _store(
        self, municipality_id: str, events: Sequence[ReceivedEvent], users: set[UserKey], now: datetime
    ) -> None:
        talks = {user: talk for user in users if (talk := self._known.get(user))}
        if len(talks) == len(users):
            async with self._one_statement.connect() as conn:
                await self._insert(conn, municipality_id, events, talks, now)
            return
        async with self._engine.begin() as conn:
            strangers = [user for _, user in users - talks.keys()]
            found = await find_or_create_talks(conn, self._ring, municipality_id, strangers, now)
            talks |= {(municipality_id, user): talk for user, talk in found.items()}
            await self._insert(conn, municipality_id, events, talks, now)
        self._known.remember(talks)

    async def _insert(
        self,
        conn: AsyncConnection,
        municipality_id: str,
        events: Sequence[ReceivedEvent],
        talks: dict[UserKey, KnownTalk],
        now: datetime,
    ) -> None:
        # An event twice in one webhook: PostgreSQL refuses the same conflict twice in one statement.
        once: dict[str, ReceivedEvent] = {}
        for event in events:
            once.setdefault(event.webhook_event_id, event)
        ordered = list(once.values())
        whose = [talks.get((municipality_id, e.line_user_id or "")) for e in ordered]
        rows = [self._row(e, talk) for e, talk in zip(ordered, whose, strict=True)]
        shared: dict[str, Any] = {"municipality_id": municipality_id, "received_at": now}
        if len(rows) == 1:
            await insert_event(conn, {**shared, **rows[0], "is_redelivery": ordered[0].is_redelivery})
            return
        columns = {f"{name}s": [row[name] for row in rows] for name in rows[0]}
        redelivered = [e.webhook_event_id for e in ordered if e.is_redelivery]
        await insert_events(conn, {**shared, **columns, "redelivered": redelivered})

    def _row(self, event: ReceivedEvent, talk: KnownTalk | None) -> dict[str, Any]:
        return {
            "id": event.webhook_event_id,
            "conversation_id": talk.conversation_id if talk else None,
            "kind": event.kind,
            "payload": self._sealed_payload(event, talk),
            "occurred_at": event.occurred_at,
            "reply_token": _sealed_token(event, talk),
            "outcome": EventOutcome.RECORDED.value if event.is_standby else None,
        }

    def _sealed_payload(self, event: ReceivedEvent, talk: KnownTalk | None) -> bytes | None:
        # Another module of the channel serves a standby event: store that it came, not its words.
        return None if event.is_standby else (talk.key if talk else self._ring).seal(event.payload, "event")


def _portions(events: Sequence[ReceivedEvent]) -> Iterator[Sequence[ReceivedEvent]]:
    if len(events) <= AT_ONCE:
        yield events
        return
    # Portions are stored one after another: sort first, so that what a resident said first is stored first.
    ordered = sorted(events, key=lambda event: event.occurred_at)
    for first in range(0, len(ordered), AT_ONCE):
        yield ordered[first : first + AT_ONCE]


def _sealed_token(event: ReceivedEvent, talk: KnownTalk | None) -> bytes | None:
    if event.reply_token is None or talk is None:
        return None
    return talk.key.seal(event.reply_token.encode(), "reply-token")
