"""Serve events of groups and rooms: leave the chat without a message, keep the event.

A health talk has no place in a group. The bot never answers there, whatever is written.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.line.client import LineClient
from bot.line.errors import LineError
from bot.line.event_store import lock_events_without_talk
from bot.line.events import GROUP_PREFIX, is_group
from core.clock import Clock
from core.crypto import KeyRing, Unreadable
from core.db.engine import Sessions
from core.db.tables import EventOutcome, LineEvent
from core.logging import get_logger

log = get_logger()

# Doubled with each attempt: five attempts take half an hour.
FIRST_PAUSE = timedelta(minutes=1)
MOST_ATTEMPTS = 5

# (municipality, "group" or "room", its id)
Chat = tuple[str, str, str]


async def serve_group_events(
    sessions: Sessions, ring: KeyRing, clients: Mapping[str, LineClient], clock: Clock, limit: int = 50
) -> int:
    """Serve events without a talk that are due, each group left once; return how many events there were."""
    async with sessions.begin() as session:
        events = await _claim(session, clock(), limit)
    chats = {event.id: _chat(ring, event) for event in events}
    results = {
        chat: await _leave(clients, chat) for chat in dict.fromkeys(chats.values()) if chat is not None
    }
    async with sessions.begin() as session:
        for event in events:
            chat = chats[event.id]
            error = results[chat] if chat else None
            await _finish(session, event, _outcome(event, chat, error), clock())
    return len(events)


async def _claim(session: AsyncSession, now: datetime, limit: int) -> Sequence[LineEvent]:
    """Claim events that are due; the attempt is committed, so it counts even if the process is killed."""
    events = await lock_events_without_talk(session, now, limit)
    for event in events:
        event.attempts += 1
        event.next_attempt_at = now + FIRST_PAUSE * 2 ** (event.attempts - 1)
    return events


def _chat(ring: KeyRing, event: LineEvent) -> Chat | None:
    """Return the group or room to leave; None where there is none, or where the bot is out already."""
    if (
        not event.kind.startswith(GROUP_PREFIX)
        or event.kind == f"{GROUP_PREFIX}leave"
        or event.payload is None
    ):
        return None
    try:
        source = json.loads(ring.open(event.payload, "event")).get("source")
    except Unreadable:
        log.error("group_event_unreadable", event_id=event.id)  # noqa: TRY400 - the trace says no more
        return None
    if not isinstance(source, dict) or not is_group(source):
        return None
    for kind in ("group", "room"):
        chat_id = source.get(f"{kind}Id")
        if isinstance(chat_id, str) and chat_id:
            return event.municipality_id, kind, chat_id
    return None


async def _leave(clients: Mapping[str, LineClient], chat: Chat) -> LineError | None:
    municipality_id, kind, chat_id = chat
    client = clients.get(municipality_id)
    if client is None:
        return LineError("no channel of this city is open here")
    try:
        await client.leave(kind, chat_id)
    except LineError as exc:
        log.warning("group_not_left", municipality_id=municipality_id, error=exc.code)
        return exc
    return None


def _outcome(event: LineEvent, chat: Chat | None, error: LineError | None) -> EventOutcome | None:
    if chat is None:
        return EventOutcome.RECORDED
    if error is None:
        return EventOutcome.LEFT_GROUP
    return EventOutcome.FAILED if event.attempts >= MOST_ATTEMPTS else None


async def _finish(
    session: AsyncSession, event: LineEvent, outcome: EventOutcome | None, now: datetime
) -> None:
    if outcome is None:
        return
    row = await session.get(LineEvent, event.id, with_for_update={"key_share": True})
    if row is not None and row.outcome is None:
        # Words written in groups are not kept, and nothing reads a finished event again.
        row.outcome, row.finished_at, row.payload = outcome.value, now, None
