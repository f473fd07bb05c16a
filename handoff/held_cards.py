"""Emergency cards that wait a moment for the clinician who has the talk: she may say that she deals with it."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.tables import Thread, Timer, TimerOutcome
from core.talk import Talk
from core.timers import finish_timer, set_timer

# The subject is "<thread>:<category>": what the card will be about.
CARD_TIMER = "handoff.card"
CARD_AFTER = timedelta(seconds=20)


async def hold_card(talk: Talk, thread: Thread, category: str, now: datetime) -> None:
    """Send the card of a red flag in twenty seconds unless it is dropped before (thread locked)."""
    await set_timer(
        talk.session,
        CARD_TIMER,
        f"{thread.id}:{category}",
        now + CARD_AFTER,
        municipality_id=thread.municipality_id,
        conversation_id=thread.conversation_id,
    )


def category_of(timer: Timer) -> str:
    """Return which red flag a held card is about."""
    return timer.subject_id.partition(":")[2]


async def held_until(session: AsyncSession, conversation_id: uuid.UUID) -> datetime | None:
    """Return when the next held card of a talk goes out by itself; None when none is held."""
    held = await _held(session, conversation_id)
    return held[0].due_at if held else None


async def drop_cards(talk: Talk, now: datetime) -> None:
    """Send no card that is held: a person deals with it."""
    for timer in await _held(talk.session, talk.conversation.id):
        await finish_timer(talk.session, timer.id, TimerOutcome.CANCELLED, now)


async def _held(session: AsyncSession, conversation_id: uuid.UUID) -> Sequence[Timer]:
    found = await session.scalars(
        select(Timer)
        .where(
            Timer.conversation_id == conversation_id,
            Timer.kind == CARD_TIMER,
            Timer.outcome.is_(None),
        )
        .order_by(Timer.due_at)
    )
    return found.all()
