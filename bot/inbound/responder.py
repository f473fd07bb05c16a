"""Answer a served event: relay it to a person, let a flow answer, or only record it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.dialogue.flow import AnsweringBesideWait, Context, Flows
from bot.dialogue.leaving import runs_left
from bot.dialogue.memory import Memory
from bot.dialogue.memory_entries import Acknowledgement, is_current
from bot.dialogue.policy import take_turn
from bot.dialogue.state import State
from bot.dialogue.turn import CardGiven, Turn
from bot.dialogue.user_input import UserInput
from bot.inbound import store
from bot.inbound.claims import Sight
from bot.inbound.effects import EffectRunner
from bot.inbound.pieces import HeardMessage, pieces_in
from bot.inbound.quotes import find_quote
from bot.inbound.recorder import record_inbound
from bot.inbound.red_flag_response import DangerResponse, after_card, urgency_of
from bot.language.typed_replies import (
    asks_to_go_back,
    asks_to_return,
    asks_to_start_over,
    asks_to_stop_waiting,
    typed_word,
)
from bot.line.inbound import InboundKind
from bot.triage.danger.danger_screen import Danger
from bot.triage.tables.loader import Tables
from core.db.tables import EventOutcome, Lane, LineEvent, Profession, Thread, ThreadStatus, Urgency
from core.findings import heard_danger
from core.ja.pieces import is_unfinished
from core.messages import Message, Text
from core.municipalities import Municipality
from core.talk import Talk
from core.texts import Texts
from core.words import merged
from handoff.safety_events import CHECK, INTERVIEW, note_red
from handoff.service_clinician import profession_name
from handoff.service_resident import (
    is_stop_waiting,
    note_inbound,
    note_language,
    note_sign,
    stop_waiting,
    withdraw,
)

# While a resident waits for a person, further words are acknowledged at most this often.
ACKNOWLEDGE_EVERY = timedelta(minutes=3)
# LINE takes five messages at a time.
MOST_AT_ONCE = 5
# Characters: a turn of a longer message may take more than 50 ms, most of it hearing what it says about a complaint.
LONG_WORDS = 1000


@dataclass(frozen=True, slots=True)
class Responder:
    """Answers events under the talk's lock."""

    texts: Texts
    cities: Mapping[str, Municipality]
    tables: Tables
    flows: Flows
    effects: EffectRunner
    danger_response: DangerResponse
    runs_drafts: bool = True

    async def respond(
        self,
        talk: Talk,
        sight: Sight,
        message: HeardMessage,
        user_input: UserInput,
        now: datetime,
    ) -> EventOutcome:
        """Record what was said and answer it; return how the event ended."""
        # None of these queries reads what this turn has changed so far: it is all written at once in the end.
        with talk.session.no_autoflush:
            inbound = message.inbound
            quote = await find_quote(talk, inbound.quoted_message_id) if inbound.quoted_message_id else None
            user_input = replace(user_input, quoted=quote.asks if quote else None)
            utterance = await record_inbound(talk, sight, inbound, quote, now, self.flows.data_types)
            if sight.has_parked:
                # It may leave for free with this event's reply token, and what is said now stands behind it.
                await store.try_waiting_rows(talk.session, talk.conversation.id, now)
            if inbound.kind == "unfollow" or (utterance is None and not sight.is_taken_back):
                return EventOutcome.RECORDED
        state = self._state(talk)
        if utterance is None:
            await self._answer_open_pieces(talk, sight, state, now)
            return EventOutcome.RECORDED
        if message.heard.card:
            # The card has been sent already.
            after = after_card(state, message.said, message.heard.card, now)
            left = runs_left(state, after, (), self._context_of(talk, sight.event, now))
            await self.effects.run(talk, left, now)
            talk.state = after.to_json()
        elif inbound.spoken:
            with_next = self._with_next(sight, state, message, user_input)
            if with_next:
                talk.state = with_next.to_json()
                return EventOutcome.SERVED
            state = state.remembering(_with_piece(state.memory, sight.thread, message))
        if sight.thread:
            if inbound.spoken and not message.heard.card:
                talk.state = state.to_json()
            ctx = self._context_of(talk, sight.event, now)
            is_waiting = sight.thread.status == ThreadStatus.WAITING.value
            if is_waiting and not message.heard.card and self._is_answer_beside_wait(state, user_input, ctx):
                note_inbound(talk, sight.thread, now)
                await self._carry_out(talk, take_turn(state, user_input, ctx), now)
                return EventOutcome.RELAYED
            await self._relay(talk, sight.thread, user_input, message, now)
            return EventOutcome.RELAYED
        if not message.heard.card:
            turn = await _turn(state, user_input, self._context_of(talk, sight.event, now))
            await self._carry_out(talk, turn, now)
        return EventOutcome.SERVED

    def _is_answer_beside_wait(self, state: State, user_input: UserInput, ctx: Context) -> bool:
        """Whether a tap or words of who waits for a person answer a question that is asked meanwhile."""
        flow = self.flows.get(user_input.answer.flow if user_input.answer else state.flow)
        return isinstance(flow, AnsweringBesideWait) and flow.answers_beside_wait(state, user_input, ctx)

    def _with_next(
        self, sight: Sight, state: State, message: HeardMessage, user_input: UserInput
    ) -> State | None:
        """Return the state with a message that is answered together with the next, which waits already; else None.

        Beside an open question only a piece waits for its rest: what is whole may be the answer. What tells of a
        danger, or names what to do, is answered at once.
        """
        heard, text = message.heard, user_input.text
        if not sight.is_followed or sight.thread or message.inbound.kind is not InboundKind.TEXT:
            return None
        if (
            heard.worry
            or heard.bare_no
            or user_input.quoted
            or (state.flow and not is_unfinished(message.spoken))
        ):
            return None
        names_command = any(asks(text) for asks in (asks_to_start_over, asks_to_go_back, asks_to_return))
        if names_command or typed_word(text, self.flows.menu_words(self.texts)):
            return None
        memory = state.memory.with_piece(replace(message.piece, is_open=True))
        is_whole = len(memory.open_pieces) == len(state.memory.open_pieces) + 1
        return state.remembering(memory) if is_whole else None

    async def _answer_open_pieces(self, talk: Talk, sight: Sight, state: State, now: datetime) -> None:
        """Answer what was to be answered with a message that has been taken back."""
        pieces = state.memory.open_pieces
        if not pieces or sight.thread:
            return
        words = merged(one.words for one in pieces)
        user_input = UserInput(kind="text", text=words.text, nlu_unavailable=True)
        state = state.remembering(state.memory.without_open_pieces())
        turn = await _turn(state, user_input, self._context_of(talk, sight.event, now))
        await self._carry_out(talk, turn, now)

    def has_still(self, talk: Talk, message: HeardMessage, thread: Thread | None) -> bool:
        """Whether the pieces that a message was heard with still stand (talk locked): none was answered or taken back."""
        if not (message.used or message.heard.is_joined):
            return True
        return pieces_in(talk.state, message.at, is_answered=_is_answered(thread)) == message.pieces

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
            if following and (following.state.flow or any(effect.speaks for effect in following.effects)):
                # The shortcuts of what is over would stand beside those of the open question.
                said = [replace(message, quick=()) for message in said]
            replies += said
            must_arrive |= bool(said) and not turn.is_courtesy
        found = _found_red(turn.state, now)
        if found:
            # The card has answered them.
            turn = replace(turn, state=turn.state.remembering(replace(turn.state.memory, pieces=())))
            await note_red(talk, Urgency.RED, found, now)
        talk.state = turn.state.to_json()
        for first in range(0, len(replies), MOST_AT_ONCE):
            talk.say(replies[first : first + MOST_AT_ONCE], now, must_arrive=must_arrive)

    async def answer_danger(self, talk: Talk, danger: Danger, now: datetime) -> None:
        """Send the danger's card, whoever has the talk, and raise the alarm where a person is involved."""
        await self.danger_response.answer(talk, self._state(talk), danger, now)
        if danger.level == "red":
            given = CardGiven(level=Urgency.RED, danger=danger.category)
            await self.effects.run(talk, (given,), now)

    async def apologise(self, talk: Talk, now: datetime) -> None:
        """Tell the resident that a message could not be handled, and how to go on."""
        talk.say([Text(text=self.texts("talk.failed"))], now)

    async def _relay(
        self,
        talk: Talk,
        thread: Thread,
        user_input: UserInput,
        message: HeardMessage,
        now: datetime,
    ) -> None:
        """Leave the words to the person; a worrying sign among them raises level and alarm."""
        if thread.status == ThreadStatus.WAITING and _wants_to_withdraw(user_input, thread):
            await withdraw(talk, thread, now)
            talk.say([Text(text=self.texts("talk.withdrawn"))], now)
            return
        note_inbound(talk, thread, now)
        if user_input.language:
            note_language(talk, thread, user_input.language)
        worry = message.worry
        if danger := message.heard.card or worry:
            note_sign(talk, thread, heard_danger(danger.category, urgency_of(danger), message.said, now))
        if message.heard.card:
            return
        if worry:
            await self.danger_response.answer_worry(talk, self._state(talk), thread, worry, now)
        elif thread.status == ThreadStatus.WAITING:
            self._acknowledge(talk, thread, user_input, now)

    def _acknowledge(self, talk: Talk, thread: Thread, user_input: UserInput, now: datetime) -> None:
        """Acknowledge words from time to time while the resident waits; a tap or menu word always."""
        state = self._state(talk)
        if user_input.answer or typed_word(user_input.text, self.flows.menu_words(self.texts)):
            words = self.texts("talk.waiting_choice")
        elif _is_fresh(state.memory.acknowledged, thread, now):
            return
        elif user_input.is_foreign:
            words = self.texts("talk.foreign.waiting")
        else:
            name = profession_name(self.texts, Profession(thread.profession))
            words = self.texts("talk.waiting", profession=name)
        stamp = Acknowledgement(thread=str(thread.id), at=now)
        talk.state = state.remembering(replace(state.memory, acknowledged=stamp)).to_json()
        talk.say([Text(text=words, quick=(stop_waiting(thread, self.texts),))], now)

    def _state(self, talk: Talk) -> State:
        return State.from_json(talk.state, self.flows.data_types)

    def _context_of(self, talk: Talk, event: LineEvent, now: datetime) -> Context:
        return self.context(talk, f"{event.id:x}", now)

    def context(self, talk: Talk, instance: str, now: datetime) -> Context:
        """Return what flows may use in this talk; `instance` names a run that starts now."""
        return Context(
            now=now,
            texts=self.texts,
            city=self.cities[talk.conversation.municipality_id],
            flows=self.flows,
            tables=self.tables,
            instance=instance,
            runs_drafts=self.runs_drafts,
        )


def _is_fresh(stamp: Acknowledgement | None, thread: Thread, now: datetime) -> bool:
    return (
        stamp is not None and stamp.thread == str(thread.id) and is_current(stamp.at, now, ACKNOWLEDGE_EVERY)
    )


def _is_answered(thread: Thread | None) -> bool:
    """Whether a clinician has the talk and has answered all that was said."""
    return (
        thread is not None and thread.status == ThreadStatus.CLAIMED.value and thread.unanswered_since is None
    )


async def _turn(state: State, user_input: UserInput, ctx: Context) -> Turn:
    """Take a turn; one with a long message off the loop, so that other talks are served meanwhile."""
    if len(user_input.text) <= LONG_WORDS:
        return take_turn(state, user_input, ctx)
    return await asyncio.to_thread(take_turn, state, user_input, ctx)


def _with_piece(memory: Memory, thread: Thread | None, message: HeardMessage) -> Memory:
    """Return the memory with a message that is answered now, and with it all before."""
    if _is_answered(thread):
        memory = replace(memory, pieces=())
    return memory.with_piece(message.piece).without_open_pieces()


def _wants_to_withdraw(user_input: UserInput, thread: Thread) -> bool:
    if user_input.is_text:
        return asks_to_stop_waiting(user_input.text)
    return user_input.answer is not None and is_stop_waiting(user_input.answer, thread)


def _found_red(state: State, now: datetime) -> str:
    """Return how this turn (at `now`) found red (handoff.safety_events); empty when it did not."""
    red = (one for one in state.memory.consultations if one.urgency is Urgency.RED and one.at == now)
    return next((INTERVIEW if one.findings else CHECK for one in red), "")
