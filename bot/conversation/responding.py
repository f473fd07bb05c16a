"""What a served event leads to: relayed to a person, answered by a flow, or only written down."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import update

from bot.conversation.acting import Actor, stop_waiting
from bot.conversation.alarms import after_flag, answer_flag
from bot.conversation.deciding import take_turn
from bot.conversation.flows.menu import is_menu_word
from bot.conversation.memory import found_red
from bot.conversation.recording import record_inbound
from bot.conversation.said import Said
from bot.conversation.turn import Context, State, Turn
from bot.conversation.wording import asks_to_stop_waiting
from bot.line.errors import LineQuotaExceeded
from bot.line.inbound import Inbound
from bot.triage.protocol import Protocols
from bot.triage.screen import RedFlag
from core.db.tables import EventOutcome, Lane, LineEvent, Outbox, OutboxStatus, Thread, ThreadStatus, Urgency
from core.messages import Message, Text
from core.municipalities import Municipality
from core.talk import Talk
from core.texts import Texts
from handoff.safety_events import note_red
from handoff.service import note_inbound, note_sign, open_thread_of, withdraw
from shop.catalogue import Catalogue

# While someone waits for a person, their further words are acknowledged at most this often.
ACKNOWLEDGE_EVERY = timedelta(minutes=3)
# LINE takes five messages at a time.
MOST_AT_ONCE = 5
# How the sender marks a row that waits for the month's quota (bot.line.errors).
QUOTA_CODE = LineQuotaExceeded.code


@dataclass(frozen=True, slots=True)
class Responder:
    """Answers events under the talk's lock."""

    texts: Texts
    cities: Mapping[str, Municipality]
    protocols: Protocols
    actor: Actor
    products: Catalogue
    runs_drafts: bool = True

    async def respond(
        self, talk: Talk, event: LineEvent, inbound: Inbound, said: Said, flag: RedFlag | None, now: datetime
    ) -> EventOutcome:
        """Write down what was said and answer it; returns how the event ended."""
        # None of these reads what this turn has changed so far: it is all written at once in the end.
        with talk.session.no_autoflush:
            utterance = await record_inbound(talk, event, inbound, now)
            await _wake_parked(talk, now)
            if utterance is None or inbound.kind == "unfollow":
                return EventOutcome.RECORDED
            thread = await open_thread_of(talk.session, talk.conversation.id, lock=True)
        if flag:
            # Its card has been said.
            talk.state = after_flag(State.from_json(talk.state), inbound.spoken, flag, now).to_json()
        if thread:
            await self._relay(talk, thread, said, inbound.spoken if flag else "", now)
            return EventOutcome.RELAYED
        if not flag:
            turn = take_turn(State.from_json(talk.state), said, self._context(talk, event, now))
            await self._carry_out(talk, turn, now)
        return EventOutcome.SERVED

    async def _carry_out(self, talk: Talk, turn: Turn, now: datetime) -> None:
        """Say and do what a turn decided, and what follows it."""
        replies: list[Message] = []
        following: Turn | None = turn
        while following:
            turn = following
            if turn.urgent:
                talk.say(turn.urgent, now, lane=Lane.SAFETY, must_arrive=True)
            following = turn.then
            said = [*turn.replies, *await self.actor.act(talk, turn.actions, now)]
            if following and (following.state.flow or following.actions):
                # The shortcuts of what is over would stand beside those of what is asked now.
                said = [replace(message, quick=()) for message in said]
            replies += said
        talk.state = turn.state.to_json()
        if found := found_red(turn.state, now):
            await note_red(talk, Urgency.RED, found, now)
        for first in range(0, len(replies), MOST_AT_ONCE):
            talk.say(replies[first : first + MOST_AT_ONCE], now)

    async def answer_flag(self, talk: Talk, flag: RedFlag, now: datetime) -> None:
        """Say the emergency card, whoever has the talk, and raise the alarm where a person is involved."""
        await answer_flag(talk, flag, self.cities[talk.conversation.municipality_id], self.texts, now)

    async def apologise(self, talk: Talk, now: datetime) -> None:
        """Say honestly that a message could not be handled, and how to go on."""
        talk.say([Text(text=self.texts("talk.failed"))], now)

    async def _relay(self, talk: Talk, thread: Thread, said: Said, alarming: str, now: datetime) -> None:
        """Leave it to the person; `alarming` are words that a red flag was seen in."""
        if thread.status == ThreadStatus.WAITING and _wants_to_withdraw(said, thread):
            await withdraw(talk, thread, now)
            talk.say([Text(text=self.texts("talk.withdrawn"))], now)
            return
        note_inbound(talk, thread, now)
        if alarming:
            note_sign(talk, thread, alarming)
        elif thread.status == ThreadStatus.WAITING:
            self._acknowledge(talk, thread, said, now)

    def _acknowledge(self, talk: Talk, thread: Thread, said: Said, now: datetime) -> None:
        """Say now and then that words have come in; always when the resident wants something else meanwhile."""
        state = State.from_json(talk.state)
        if said.answer or is_menu_word(said.text, self.texts):
            key = "talk.waiting_choice"
        elif _is_fresh(state.memory.get("acknowledged"), thread, now):
            return
        else:
            key = "talk.waiting"
        stamp = {"thread": str(thread.id), "at": now.isoformat()}
        talk.state = replace(state, memory={**state.memory, "acknowledged": stamp}).to_json()
        talk.say([Text(text=self.texts(key), quick=(stop_waiting(thread, self.texts),))], now)

    def _context(self, talk: Talk, event: LineEvent, now: datetime) -> Context:
        return Context(
            now=now,
            texts=self.texts,
            city=self.cities[talk.conversation.municipality_id],
            protocols=self.protocols,
            instance=f"{event.id:x}",
            products=self.products,
            runs_drafts=self.runs_drafts,
        )


def _is_fresh(stamp: dict[str, str] | None, thread: Thread, now: datetime) -> bool:
    return (
        stamp is not None
        and stamp["thread"] == str(thread.id)
        and now - datetime.fromisoformat(stamp["at"]) < ACKNOWLEDGE_EVERY
    )


def _wants_to_withdraw(said: Said, thread: Thread) -> bool:
    if said.kind == "text":
        return asks_to_stop_waiting(said.text)
    answer = said.answer
    return answer is not None and (answer.flow, answer.instance, answer.value) == (
        "handoff",
        str(thread.id),
        "withdraw",
    )


async def _wake_parked(talk: Talk, now: datetime) -> None:
    """Rows that wait for the month's quota may leave for free with this event's reply token."""
    await talk.session.execute(
        update(Outbox)
        .where(
            Outbox.conversation_id == talk.conversation.id,
            Outbox.status == OutboxStatus.QUEUED.value,
            Outbox.error == QUOTA_CODE,
        )
        .values(next_attempt_at=now)
    )
