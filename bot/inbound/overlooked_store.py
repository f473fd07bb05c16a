"""Find pending texts that have waited too long and were never screened: a turn before them is held up."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.crypto import WrappedKey
from core.db.tables import Conversation, LineEvent, Resident

# Seconds in which an ordinary turn has begun and the screen has read its text.
PROMPT_S = 1.0
AT_ONCE = 200
# Kinds of events that may hold words of the resident (bot.line.inbound).
WORDY = ("message.text", "message.sticker", "message.location")


@dataclass(frozen=True, slots=True)
class WaitingText:
    """A pending text event that was never begun."""

    conversation_id: uuid.UUID
    event_id: int
    key: WrappedKey
    payload: bytes | None
    occurred_at: datetime


async def overlooked_texts(session: AsyncSession, now: datetime) -> Sequence[WaitingText]:
    """Return pending texts, never begun and not flagged, that have waited longer than a prompt turn takes.

    Events that were begun are left out: one of them may be the one that kills workers.
    """
    found = await session.execute(
        select(
            LineEvent.conversation_id,
            LineEvent.id,
            Resident.key_id,
            Resident.wrapped_key,
            LineEvent.payload,
            LineEvent.occurred_at,
        )
        .join(Conversation, Conversation.id == LineEvent.conversation_id)
        .join(Resident, Resident.id == Conversation.resident_id)
        .where(
            LineEvent.outcome.is_(None),
            LineEvent.red_flag.is_(None),
            LineEvent.attempts == 0,
            LineEvent.kind.in_(WORDY),
            LineEvent.received_at < now - timedelta(seconds=PROMPT_S),
        )
        .order_by(LineEvent.occurred_at, LineEvent.id)
        .limit(AT_ONCE)
    )
    return [
        WaitingText(talk, event, WrappedKey(key_id, wrapped), payload, occurred_at)
        for talk, event, key_id, wrapped, payload, occurred_at in found
        if talk is not None
    ]
