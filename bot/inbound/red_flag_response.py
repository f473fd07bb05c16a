"""Answer a danger in a resident's words: a card at once, an alarm if a person is involved, a counsellor for despair."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.dialogue.memory_entries import is_current
from bot.dialogue.menu import flow_button
from bot.dialogue.state import State
from bot.triage.calls import call_119
from bot.triage.care import care_card
from bot.triage.danger.danger_card import danger_card, red_signs
from bot.triage.danger.danger_screen import Danger
from bot.triage.danger.former_categories import FORMER_CATEGORIES
from bot.triage.danger.safety import SafetyContent
from core.content import may_run
from core.db.tables import Lane, Profession, Thread, ThreadStatus, Urgency
from core.findings import heard_danger
from core.messages import Card, Message, Text
from core.municipalities import Municipality
from core.talk import Talk
from core.texts import Texts
from core.words import Words
from handoff.held_cards import hold_card
from handoff.model import Summary
from handoff.safety_events import DESPAIR, DESPAIRS, note_red
from handoff.service_clinician import profession_name
from handoff.service_resident import open_thread, raise_alarm, stop_waiting, thread_of

# A card of the first check, and a worrying sign, are not told again within this time while a clinician has the talk.
SAID_JUST_NOW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class DangerResponse:
    """Answers dangers, with the content of each and the residents' texts."""

    dangers: Mapping[str, SafetyContent]
    cities: Mapping[str, Municipality]
    texts: Texts
    runs_drafts: bool = True

    def card(self, category: str, municipality_id: str, now: datetime) -> Card:
        """Return the 119 card of a danger; also for a category of the first release, as a timer may hold it.

        A wish to die without an act is met with words of care and people to talk to.
        """
        city = self.cities[municipality_id]
        if category == DESPAIR:
            return care_card(city, self.texts, now)
        return danger_card(self.dangers[FORMER_CATEGORIES.get(category, category)], city, self.texts)

    async def answer(self, talk: Talk, state: State, danger: Danger, now: datetime) -> None:
        """Send the card and raise the alarm, whoever has the talk.

        A clinician who has it gets a moment to deal with it herself, once for each category of her talk; the
        cards of the first check are sent at once, also to her. In all other talks the card is sent at once.
        """
        thread = await thread_of(talk)
        await note_red(talk, urgency_of(danger), danger.category, now)
        city = self.cities[talk.conversation.municipality_id]
        if is_despair(danger):
            card = care_card(city, self.texts, now)
        else:
            card = danger_card(self.dangers[danger.category], city, self.texts)
        messages: list[Message] = [card]
        if thread is None:
            messages = await self._with_a_person(talk, danger, card, now)
        else:
            raise_alarm(talk, thread, danger.category, now, urgency=urgency_of(danger))
            if thread.status == ThreadStatus.CLAIMED:
                if self._was_said(state, thread, danger, now):
                    return
                talk.state = _noted(state, _key(thread, danger), now).to_json()
                if not self.dangers[danger.category].is_first_check:
                    await hold_card(talk, thread, DESPAIR if is_despair(danger) else danger.category, now)
                    return
            else:
                messages = [replace(card, quick=(stop_waiting(thread, self.texts),))]
        talk.say(messages, now, lane=Lane.SAFETY, must_arrive=True)

    async def answer_worry(
        self, talk: Talk, state: State, thread: Thread, worry: Danger, now: datetime
    ) -> None:
        """Raise level and alarm for a worrying sign while a person is asked for or has the talk (thread locked).

        Who waits is asked the danger's question each time, with what means 119. For the clinician who has the talk
        it rings once in five minutes.
        """
        if thread.status == ThreadStatus.CLAIMED:
            if self._was_said(state, thread, worry, now):
                return
            talk.state = _noted(state, _key(thread, worry), now).to_json()
        raise_alarm(talk, thread, worry.category, now, urgency=Urgency.ORANGE)
        if thread.status == ThreadStatus.WAITING:
            message = self._worse(thread, self.dangers[worry.category])
            talk.say([message], now, lane=Lane.SAFETY, must_arrive=True)

    def _worse(self, thread: Thread, danger: SafetyContent) -> Message:
        """Return what somebody hears who waits and writes of a worrying sign."""
        name = profession_name(self.texts, Profession(thread.profession))
        if may_run(danger, runs_drafts=self.runs_drafts):
            words = self.texts(
                "talk.waiting_worse", saw=danger.saw, profession=name, ask=danger.ask, signs=red_signs(danger)
            )
        else:
            words = self.texts("talk.waiting_worse_unsigned", profession=name)
        return Text(text=words, quick=(call_119(self.texts), stop_waiting(thread, self.texts)))

    async def _with_a_person(self, talk: Talk, danger: Danger, card: Card, now: datetime) -> list[Message]:
        """Return the card with the way to a person; a wish to die is handed over at once."""
        if not is_despair(danger):
            return [replace(card, quick=(flow_button("person", self.texts),))]
        profession = Profession.COUNSELLOR
        thread = await open_thread(
            talk,
            profession=profession,
            urgency=Urgency.ORANGE,
            summary=Summary(urgency=Urgency.ORANGE),
            now=now,
            is_despair=True,
        )
        words = self.texts("talk.person.opened_care", profession=profession_name(self.texts, profession))
        opened = Text(text=words, quick=(call_119(self.texts), stop_waiting(thread, self.texts)))
        return [card, opened]

    def _was_said(self, state: State, thread: Thread, danger: Danger, now: datetime) -> bool:
        """Whether this clinician's talk has had it: lately for a first-check card or a worry, ever for the others."""
        at = _said_cards(state, now).get(_key(thread, danger))
        if at is None:
            return False
        is_lasting = (danger.level == "red" or is_despair(danger)) and not self.dangers[
            danger.category
        ].is_first_check
        return is_lasting or now - at < SAID_JUST_NOW


def is_despair(danger: Danger) -> bool:
    """Whether a danger is a wish to die, without an act or a plan."""
    return danger.level == "ask" and danger.category in DESPAIRS


def urgency_of(danger: Danger) -> Urgency:
    """Return how urgent a danger makes a talk."""
    return Urgency.RED if danger.level == "red" else Urgency.ORANGE


def after_card(state: State, words: Words, danger: Danger, now: datetime) -> State:
    """Return the state after a card: the running flow has ended, and what was said is kept for a person."""
    memory = replace(state.memory, pending=(), interrupted=None, asked_at=None, pieces=())
    heard = heard_danger(danger.category, urgency_of(danger), words, now)
    return state.ended(memory.with_sign(words, urgency_of(danger), now, heard))


def _noted(state: State, key: str, now: datetime) -> State:
    said = {**_said_cards(state, now), key: now}
    return state.remembering(replace(state.memory, said_cards=said))


def _key(thread: Thread, danger: Danger) -> str:
    return f"{thread.id}:{danger.category}" + ("" if danger.level == "red" else ":ask")


def _said_cards(state: State, now: datetime) -> Mapping[str, datetime]:
    return {key: at for key, at in (state.memory.said_cards or {}).items() if is_current(at, now)}
