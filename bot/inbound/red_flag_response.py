"""Answer a red flag: a card at once, an alarm if a person is involved, a counsellor for suicidal ideation."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.dialogue.memory_entries import is_current
from bot.dialogue.menu import flow_button
from bot.dialogue.state import State
from bot.triage.calls import call_119
from bot.triage.card import emergency_card
from bot.triage.care import care_card
from bot.triage.screen.screen import RedFlag
from core.db.tables import Lane, Profession, Thread, ThreadStatus, Urgency
from core.messages import Card, Message, Text
from core.municipalities import Municipality
from core.talk import Talk
from core.texts import Texts
from core.words import Words
from handoff.held_cards import hold_card
from handoff.model import Summary
from handoff.safety_events import DESPAIR, note_red
from handoff.service_clinician import profession_name
from handoff.service_resident import open_thread, raise_alarm, stop_waiting, thread_of

# Suicidal ideation without an act: hand over to a counsellor, do not send the 119 card.
CARE = DESPAIR
# A first-check card is not repeated within this time while a clinician has the talk.
SAID_JUST_NOW = timedelta(minutes=5)


def urgency_of(flag: RedFlag) -> Urgency:
    """Return how urgent a red flag makes a talk."""
    return Urgency(flag.level)


def card_of(category: str, city: Municipality, texts: Texts, now: datetime) -> Card:
    """Return the card for a red flag: words of care and people to talk to, or 119."""
    return care_card(city, texts, now) if category == CARE else emergency_card(category, city, texts)


async def answer_flag(
    talk: Talk, state: State, flag: RedFlag, city: Municipality, texts: Texts, now: datetime
) -> None:
    """Send the card and raise the alarm, whoever has the talk.

    A clinician who has it gets a moment to deal with it herself, once for each category of her talk; the
    cards of the first check are sent at once, also to her. In all other talks the card is sent at once.
    """
    thread = await thread_of(talk)
    await note_red(talk, urgency_of(flag), flag.category, now)
    card = card_of(flag.category, city, texts, now)
    if thread is None:
        messages = await _with_a_person(talk, flag, card, texts, now)
    else:
        raise_alarm(talk, thread, flag.category, now, urgency=urgency_of(flag))
        if thread.status == ThreadStatus.CLAIMED:
            if _was_said(state, thread, flag, now):
                return
            talk.state = _with_said(state, thread, flag, now).to_json()
            if not flag.is_first_check:
                await hold_card(talk, thread, flag.category, now)
                return
        messages = [card]
    talk.say(messages, now, lane=Lane.SAFETY, must_arrive=True)


def after_flag(state: State, words: Words, flag: RedFlag, now: datetime) -> State:
    """Return the state after a card: the running flow has ended, and what was said is kept for a person."""
    memory = replace(state.memory, pending=(), interrupted=None, asked_at=None)
    return state.ended(memory.with_sign(words, urgency_of(flag), now))


async def _with_a_person(talk: Talk, flag: RedFlag, card: Card, texts: Texts, now: datetime) -> list[Message]:
    """Return the card with the way to a person; suicidal ideation is handed over at once."""
    if flag.category != CARE:
        return [replace(card, quick=(flow_button("person", texts),))]
    profession = Profession.COUNSELLOR
    thread = await open_thread(
        talk,
        profession=profession,
        urgency=Urgency.ORANGE,
        summary=Summary(urgency=Urgency.ORANGE),
        now=now,
        is_despair=True,
    )
    return [card, _opened_word(thread, profession, texts)]


def _opened_word(thread: Thread, profession: Profession, texts: Texts) -> Text:
    words = texts("talk.person.opened_care", profession=profession_name(texts, profession))
    return Text(text=words, quick=(call_119(texts), stop_waiting(thread, texts)))


def _was_said(state: State, thread: Thread, flag: RedFlag, now: datetime) -> bool:
    """Whether this clinician's talk has had the card: lately for a first-check card, ever for the others."""
    at = _said_cards(state, now).get(_card_key(thread, flag))
    if at is None:
        return False
    return not flag.is_first_check or now - at < SAID_JUST_NOW


def _with_said(state: State, thread: Thread, flag: RedFlag, now: datetime) -> State:
    said = {**_said_cards(state, now), _card_key(thread, flag): now}
    return state.remembering(replace(state.memory, said_cards=said))


def _card_key(thread: Thread, flag: RedFlag) -> str:
    return f"{thread.id}:{flag.category}"


def _said_cards(state: State, now: datetime) -> Mapping[str, datetime]:
    return {key: at for key, at in (state.memory.said_cards or {}).items() if is_current(at, now)}
