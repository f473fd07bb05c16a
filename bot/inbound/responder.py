"""Answer a served event: relay it to a person, let a flow answer, or only record it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.dialogue.flow import Context, Flows
from bot.dialogue.memory_entries import Acknowledgement, is_current
from bot.dialogue.menu import menu_value
from bot.dialogue.policy import take_turn
from bot.dialogue.state import State
from bot.dialogue.turn import Turn
from bot.dialogue.user_input import UserInput
from bot.inbound import store
from bot.inbound.claims import Sight
from bot.inbound.effects import EffectRunner
from bot.inbound.recorder import record_inbound
from bot.inbound.red_flag_response import after_flag, answer_flag
from bot.language.typed_replies import asks_to_stop_waiting
from bot.line.inbound import Inbound
from bot.triage.protocols.loader import Protocols
from bot.triage.screen.screen import RedFlag
from core.db.tables import EventOutcome, Lane, LineEvent, Thread, ThreadStatus, Urgency
from core.messages import Message, Text
from core.municipalities import Municipality
from core.talk import Talk
from core.texts import Texts
from core.words import Words
from handoff.safety_events import CHECK, INTERVIEW, note_red
from handoff.service_resident import (
    is_stop_waiting,
    note_inbound,
    note_sign,
    stop_waiting,
    withdraw,
)

# While a resident waits for a person, further words are acknowledged at most this often.
ACKNOWLEDGE_EVERY = timedelta(minutes=3)
# LINE takes five messages at a time.
MOST_AT_ONCE = 5


@dataclass(frozen=True, slots=True)
class Responder:
    """Answers events under the talk's lock."""

    texts: Texts
    cities: Mapping[str, Municipality]
    protocols: Protocols
    flows: Flows
    effects: EffectRunner
    runs_drafts: bool = True

    async def respond(
        self,
        talk: Talk,
        sight: Sight,
        inbound: Inbound,
        user_input: UserInput,
        flag: RedFlag | None,
        now: datetime,
    ) -> EventOutcome:
        """Record what was said and answer it; return how the event ended."""
        # None of these queries reads what this turn has changed so far: it is all written at once in the end.
        with talk.session.no_autoflush:
            utterance = await record_inbound(talk, sight, inbound, now, self.flows.data_types)
            if sight.has_parked:
                # It may leave for free with this event's reply token, and what is said now stands behind it.
                await store.try_waiting_rows(talk.session, talk.conversation.id, now)
            if utterance is None or inbound.kind == "unfollow":
                return EventOutcome.RECORDED
        if flag:
            # The red flag's card has been sent already.
            talk.state = after_flag(self._state(talk), Words.of(inbound.spoken), flag, now).to_json()
        if sight.thread:
            await self._relay(talk, sight.thread, user_input, inbound.spoken if flag else "", now)
            return EventOutcome.RELAYED
        if not flag:
            turn = take_turn(self._state(talk), user_input, self._context(talk, sight.event, now))
            await self._carry_out(talk, turn, now)
        return EventOutcome.SERVED

    async def _carry_out(self, talk: Talk, turn: Turn, now: datetime) -> None:
        """Send and do what a turn decided, and what follows it."""
        replies: list[Message] = []
        must_arrive = False
        following: Turn | None = turn
        while following:
            turn = following
            if turn.urgent:
                talk.say(turn.urgent, now, lane=Lane.SAFETY)
            following = turn.then
            said = [*turn.replies, *await self.effects.run(talk, turn.effects, now)]
            if following and (following.state.flow or following.effects):
                # The shortcuts of what is over would stand beside those of the open question.
                said = [replace(message, quick=()) for message in said]
            replies += said
            must_arrive |= bool(said) and not turn.is_courtesy
        talk.state = turn.state.to_json()
        if found := _found_red(turn.state, now):
            await note_red(talk, Urgency.RED, found, now)
        for first in range(0, len(replies), MOST_AT_ONCE):
            talk.say(replies[first : first + MOST_AT_ONCE], now, must_arrive=must_arrive)

    async def answer_flag(self, talk: Talk, flag: RedFlag, now: datetime) -> None:
        """Send the emergency card, whoever has the talk, and raise the alarm where a person is involved."""
        city = self.cities[talk.conversation.municipality_id]
        await answer_flag(talk, self._state(talk), flag, city, self.texts, now)

    async def apologise(self, talk: Talk, now: datetime) -> None:
        """Tell the resident that a message could not be handled, and how to go on."""
        talk.say([Text(text=self.texts("talk.failed"))], now)

    async def _relay(
        self, talk: Talk, thread: Thread, user_input: UserInput, alarming: str, now: datetime
    ) -> None:
        """Leave the words to the person; `alarming` are words in which a red flag was seen."""
        if thread.status == ThreadStatus.WAITING and _wants_to_withdraw(user_input, thread):
            await withdraw(talk, thread, now)
            talk.say([Text(text=self.texts("talk.withdrawn"))], now)
            return
        note_inbound(talk, thread, now)
        if alarming:
            note_sign(talk, thread, alarming)
        elif thread.status == ThreadStatus.WAITING:
            self._acknowledge(talk, thread, user_input, now)

    def _acknowledge(self, talk: Talk, thread: Thread, user_input: UserInput, now: datetime) -> None:
        """Acknowledge words from time to time while the resident waits; a tap or menu word always."""
        state = self._state(talk)
        if user_input.answer or menu_value(user_input.text, self.flows.by_menu, self.texts):
            key = "talk.waiting_choice"
        elif _is_fresh(state.memory.acknowledged, thread, now):
            return
        else:
            key = "talk.waiting"
        stamp = Acknowledgement(thread=str(thread.id), at=now)
        talk.state = state.remembering(replace(state.memory, acknowledged=stamp)).to_json()
        talk.say([Text(text=self.texts(key), quick=(stop_waiting(thread, self.texts),))], now)

    def _state(self, talk: Talk) -> State:
        return State.from_json(talk.state, self.flows.data_types)

    def _context(self, talk: Talk, event: LineEvent, now: datetime) -> Context:
        return Context(
            now=now,
            texts=self.texts,
            city=self.cities[talk.conversation.municipality_id],
            flows=self.flows,
            protocols=self.protocols,
            instance=f"{event.id:x}",
            runs_drafts=self.runs_drafts,
        )


def _is_fresh(stamp: Acknowledgement | None, thread: Thread, now: datetime) -> bool:
    return (
        stamp is not None and stamp.thread == str(thread.id) and is_current(stamp.at, now, ACKNOWLEDGE_EVERY)
    )


def _wants_to_withdraw(user_input: UserInput, thread: Thread) -> bool:
    if user_input.is_text:
        return asks_to_stop_waiting(user_input.text)
    return user_input.answer is not None and is_stop_waiting(user_input.answer, thread)


def _found_red(state: State, now: datetime) -> str:
    """Return how this turn (at `now`) found red (handoff.safety_events); empty when it did not."""
    red = (one for one in state.memory.consultations if one.urgency is Urgency.RED and one.at == now)
    return next((INTERVIEW if one.findings else CHECK for one in red), "")
