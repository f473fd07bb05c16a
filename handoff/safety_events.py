"""Record dangers in talks; list those without a thread until a person has answered or says how they ended.

A talk with an open thread stands in the queue. The list is for the others: the resident asked for no person,
stopped waiting, or the thread ended unanswered.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from core.db.tables import SafetyOutcome, Speaker, Staff, ThreadOutcome, ToldSince, Urgency
from core.talk import Talk
from core.urgency import more_urgent
from handoff import safety_store, store
from handoff.errors import AlreadySettled, WordsArrived

# The red flag of suicidal ideation without an act; a danger although its level is orange.
DESPAIR = "suicidal"
# Dangers that are despair: a wish to die, a plan, an act.
DESPAIRS = frozenset({DESPAIR, "suicide_plan", "suicide_act"})
# Categories of dangers without a red flag: the result of an interview; an answer about signs of danger or a
# measured value; a red thread that was withdrawn.
INTERVIEW, CHECK, WITHDRAWN = "interview", "check", "withdrawn"
# 119 was not called after a card that said so, or nobody knows; somebody who should go within the hour cannot, or is
# silent.
NOT_CALLED, NOT_GOING = "not_called", "not_going"
LISTED_FOR = timedelta(hours=24)
# The outcomes a clinician can choose after looking into a danger.
CHOICES = tuple(outcome for outcome in SafetyOutcome if outcome is not SafetyOutcome.ANSWERED)

SETTLES = {
    ThreadOutcome.BY_PHONE: SafetyOutcome.BY_PHONE,
    ThreadOutcome.CALLED_119: SafetyOutcome.CALLED_119,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """A talk of the list: its signs (categories, newest first), the last one's time, and words since."""

    id: int  # of its newest event
    conversation_id: uuid.UUID
    municipality_id: str
    urgency: Urgency
    categories: tuple[str, ...]
    at: datetime
    wrote_at: datetime | None
    is_following: bool
    told: ToldSince | None = None  # asked whether 119 was called
    told_at: datetime | None = None

    @property
    def is_despair(self) -> bool:
        """Whether the resident has written of wanting to die."""
        return not DESPAIRS.isdisjoint(self.categories)


async def note_red(talk: Talk, urgency: Urgency, category: str, now: datetime) -> None:
    """Record that a talk has reached red, or despair, in the transaction that answers it.

    `category` is a red flag's, or one of `INTERVIEW`, `CHECK` and `WITHDRAWN`.
    """
    await safety_store.put_open(talk.session, talk.conversation, urgency, category, now)
    talk.touch()


async def note_told(talk: Talk, told: ToldSince, now: datetime) -> None:
    """Write beside the talk's open dangers what the resident has told since; they stay open."""
    await safety_store.tell_open(talk.session, talk.conversation.id, told, now)
    talk.touch()


async def is_in_danger(talk: Talk) -> bool:
    """Whether a danger of the talk is open: no person has answered it or looked into it."""
    return bool(await safety_store.open_events(talk.session, talk.conversation.id))


async def note_answered(talk: Talk, staff: Staff, now: datetime) -> None:
    """Close the talk's dangers because a person has answered; not if the resident has blocked the account."""
    if talk.resident.is_following:
        await safety_store.close_open(
            talk.session, talk.conversation.id, SafetyOutcome.ANSWERED, staff.id, now
        )


async def note_ended(talk: Talk, staff: Staff, outcome: ThreadOutcome, now: datetime) -> None:
    """Close the talk's dangers if the outcome of its thread says how they ended; else leave them open."""
    if outcome in SETTLES:
        await safety_store.close_open(talk.session, talk.conversation.id, SETTLES[outcome], staff.id, now)


async def settle(
    talk: Talk, staff: Staff, outcome: SafetyOutcome, now: datetime, *, seen_at: datetime, version: int
) -> None:
    """Record how a danger without a thread ended.

    `seen_at` is when the newest sign on the clinician's page was seen, `version` the talk's version on it.

    Raises:
        AlreadySettled: no danger is open in this talk.
        WordsArrived: another sign, or more words, have come since the page was opened.
    """
    events = await safety_store.open_events(talk.session, talk.conversation.id)
    if not events:
        raise AlreadySettled("nothing is open in this talk")
    newest_words = await store.newest_words_version(talk.session, talk.conversation.id)
    if events[0].at > seen_at or newest_words > version:
        raise WordsArrived("there is more than the page has shown")
    await safety_store.close_open(talk.session, talk.conversation.id, outcome, staff.id, now)
    talk.record(Speaker.SYSTEM, "handoff.settled", {"settled": outcome.value}, now, staff_id=staff.id)


def by_talk(rows: Iterable[tuple[Any, ...]]) -> tuple[Sign, ...]:
    """Return one sign a talk from rows of `safety_store.unaccompanied`, the newest first."""
    found: dict[uuid.UUID, Sign] = {}
    for event_id, talk_id, city, urgency, category, at, wrote_at, is_following, told, told_at in rows:
        known = found.get(talk_id)
        if known is None:
            found[talk_id] = Sign(
                id=event_id,
                conversation_id=talk_id,
                municipality_id=city,
                urgency=Urgency(urgency),
                categories=(category,),
                at=at,
                wrote_at=wrote_at,
                is_following=is_following,
                told=ToldSince(told) if told else None,
                told_at=told_at,
            )
        else:
            found[talk_id] = replace(
                known,
                urgency=more_urgent(known.urgency, Urgency(urgency)),
                categories=(*known.categories, category),
                **_latest_told(known, told, told_at),
            )
    return tuple(found.values())


def _latest_told(known: Sign, told: str | None, told_at: datetime | None) -> dict[str, Any]:
    """Return what was told last: a later danger of the talk may not have it."""
    if told is None or told_at is None or (known.told_at and known.told_at >= told_at):
        return {"told": known.told, "told_at": known.told_at}
    return {"told": ToldSince(told), "told_at": told_at}
