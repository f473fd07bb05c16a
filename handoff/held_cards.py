"""Hold the emergency card of a red flag for 20 s: the clinician who has the talk may deal with it.

A held card is a timer of kind `CARD_TIMER` with the subject "<thread>:<category>".
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from core.db.tables import Thread, Timer, TimerOutcome
from core.talk import Talk
from core.timers import finish_timer, open_timers_of, set_timer

# The subject is "<thread id>:<red-flag category>": a thread holds one card a category.
CARD_TIMER = "handoff.card"
CARD_AFTER = timedelta(seconds=20)


async def hold_card(talk: Talk, thread: Thread, category: str, now: datetime) -> None:
    """Send the card of a red flag in 20 s unless it is dropped before (thread locked)."""
    await set_timer(
        talk.session,
        CARD_TIMER,
        f"{thread.id}:{category}",
        now + CARD_AFTER,
        municipality_id=thread.municipality_id,
        conversation_id=thread.conversation_id,
    )


def category_of(timer: Timer) -> str:
    """Return the red flag's category of a held card."""
    return timer.subject_id.partition(":")[2]


async def drop_cards(talk: Talk, now: datetime, *, up_to: int | None = None) -> None:
    """Drop held cards: a person deals with them. `up_to`: only those she has seen, by timer id."""
    for timer in await held_cards(talk.session, talk.conversation.id):
        if up_to is None or timer.id <= up_to:
            await finish_timer(talk.session, timer.id, TimerOutcome.CANCELLED, now)


async def send_cards_now(talk: Talk, now: datetime) -> None:
    """Send the held cards at once: no clinician deals with them any more."""
    for timer in await held_cards(talk.session, talk.conversation.id):
        timer.due_at = min(timer.due_at, now)


async def held_cards(session: AsyncSession, conversation_id: uuid.UUID) -> Sequence[Timer]:
    """Return the held cards of a talk, in the order in which their red flags came."""
    return await open_timers_of(session, conversation_id, CARD_TIMER)
