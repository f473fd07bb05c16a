"""Serve one event: screen it, understand it, decide, and record everything in one transaction."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from bot.dialogue.memory_entries import Piece, pieces_at
from bot.dialogue.user_input import UserInput
from bot.inbound.claims import Sight, TurnClaim, claim_turns, finish, look
from bot.inbound.overlooked_store import WaitingText, overlooked_texts
from bot.inbound.pieces import HeardMessage, hear_message, pieces_in
from bot.inbound.recorder import record_failure
from bot.inbound.responder import Responder
from bot.inbound.turn_store import write_turn
from bot.language.languages import is_readable
from bot.language.understanding import Nlu, NluResult, understand
from bot.line.inbound import MEDIA_KINDS, Inbound, InboundKind, parse_event
from bot.triage.danger.alarm_threshold import AlarmThreshold
from bot.triage.danger.ear import Ear
from bot.triage.danger.hearing import hear, heard_by
from core.clock import TOKYO, Clock
from core.crypto import DataKey, KeyRing
from core.db.engine import Sessions, announce, is_outage, one_fixed_statement, one_statement
from core.db.tables import EventOutcome, LineEvent
from core.errors import ServiceError
from core.live import WAKE_INBOUND
from core.logging import get_logger
from core.messages import Answer
from core.residents.keys import open_json
from core.talk import Talk, lock_talk
from core.understanding import NluUnavailable
from handoff.service_resident import thread_of

log = get_logger()

# Seconds after which a turn shows the loading animation.
LOADING_AFTER_S = 1.0
RETRY_PAUSE_S = 0.5
# Bytes of an event, sealed: hearing a text of some 1,000 characters takes 5 ms, and in proportion.
LONG_PAYLOAD = 4000


class Presence(Protocol):
    """Shows the resident that an answer is on its way."""

    async def show_loading(self, municipality_id: str, line_user_id: str) -> None:
        """Start the loading animation; never raises."""
        ...


class SendOff(Protocol):
    """Sends a turn's answer off without a way through the queue."""

    def __call__(self, talk: Talk, event: LineEvent, now: datetime) -> Callable[[], None] | None:
        """Write down that the talk's answer leaves now; return what sends it once that is committed.

        None, and nothing written, when the answer has to wait for its turn like any other row.
        """
        ...


@dataclass(frozen=True, slots=True)
class EventProcessor:
    """Serves pending events, a turn for each."""

    sessions: Sessions
    ring: KeyRing
    clock: Clock
    nlu: Nlu
    ear: Ear
    alarm_threshold: AlarmThreshold
    responder: Responder
    presence: Presence
    send_off: SendOff | None = None

    async def claim(self, free: int, alone: bool) -> Sequence[TurnClaim]:  # noqa: FBT001 - the lane's protocol
        """Lease talks with pending events; the attempts are committed before any event is read."""
        async with one_fixed_statement(self.sessions) as driver:
            return await claim_turns(driver, self.clock(), free, alone=alone)

    async def serve(self, claim: TurnClaim) -> None:
        """Serve a claimed event; after a failure it is tried again later, five times in all."""
        if claim.is_given_up:
            await self._give_up(claim)
            return
        try:
            async with self._loading(claim):
                await self._serve(claim)
        except Exception as error:
            if is_outage(error):
                await self._give_back(claim)
                raise
            log.exception("turn_failed", event_id=claim.event_id, attempt=claim.attempts)
            await self._retry_later(claim)

    async def _serve(self, claim: TurnClaim) -> None:
        message = await self._heard(claim)
        if message.heard.card and not claim.is_flagged:
            await self._answer_danger(claim.conversation_id, claim.event_id, message, is_of_state=True)
        understood, is_unavailable = await self._understand(claim, message)
        alarm = understood.meaning.alarm if understood else None
        message = replace(message, heard=hear(message.heard, alarm, self.alarm_threshold))
        user_input = _user_input(message, understood, is_unavailable=is_unavailable)
        async with self.sessions.begin() as session:
            talk = await lock_talk(session, self.ring, claim.conversation_id)
            sight = await _still_ours(talk, claim, message.inbound, self.clock())
            if sight is None:
                return
            is_unheard = _is_unheard(claim, user_input, message) and not sight.thread
            is_unsent = message.heard.card and sight.event.red_flag is None
            if is_unheard or is_unsent or not self.responder.has_still(talk, message, sight.thread):
                # The person has left meanwhile: these words are ours, and Rasa was not asked about them. Or what this
                # message was heard together with has been answered or taken back.
                sight.event.attempts -= 1
                _release(talk)
                announce(session, WAKE_INBOUND)
                return
            outcome = await self.responder.respond(talk, sight, message, user_input, self.clock())
            finish(sight.event, outcome, self.clock())
            _release(talk)
            depart = None
            if self.send_off and sight.is_way_free:
                depart = self.send_off(talk, sight.event, self.clock())
            await write_turn(talk, sight.event)
        if depart:
            depart()

    async def _heard(self, claim: TurnClaim) -> HeardMessage:
        """Hear the claimed message; a long one off the loop, so that other talks are served meanwhile."""
        if len(claim.payload or b"") <= LONG_PAYLOAD:
            return self._hear(claim)
        return await asyncio.to_thread(self._hear, claim)

    def _hear(self, claim: TurnClaim) -> HeardMessage:
        key = self.ring.unwrap(claim.key)
        inbound = _read(key, claim.payload)
        pieces: tuple[Piece, ...] = ()
        if inbound.spoken and claim.state:
            state = open_json(key, claim.state, "state")
            pieces = pieces_in(state, claim.occurred_at, is_answered=claim.is_answered)
        day = self.clock().astimezone(TOKYO).date()
        return hear_message(self.ear, inbound, pieces, claim.occurred_at, day)

    async def screen_overlooked(self) -> int:
        """Screen texts that wait behind something slow or broken; return how many emergencies were answered.

        A talk's order is kept for answers only: an emergency does not wait for its turn.
        """
        async with one_statement(self.sessions) as session:
            waiting = await overlooked_texts(session, self.clock())
        answered = 0
        pieces: dict[uuid.UUID, tuple[Piece, ...]] = {}
        for text in waiting:
            message = self._heard_waiting(text, pieces.get(text.conversation_id, ()))
            if message is None:
                continue
            pieces[text.conversation_id] = pieces_at((*message.pieces, message.piece), message.at)
            if message.heard.card:
                pieces[text.conversation_id] = ()
                await self._answer_danger(text.conversation_id, text.event_id, message, is_of_state=False)
                answered += 1
        return answered

    def _heard_waiting(self, text: WaitingText, pieces: tuple[Piece, ...]) -> HeardMessage | None:
        try:
            inbound = _read(self.ring.unwrap(text.key), text.payload)
        except (ServiceError, ValueError):
            return None  # its own turn reports the failure
        return hear_message(self.ear, inbound, pieces_at(pieces, text.occurred_at), text.occurred_at)

    async def _answer_danger(
        self, conversation_id: uuid.UUID, event_id: int, message: HeardMessage, *, is_of_state: bool
    ) -> None:
        """Commit the emergency card before anything slow is asked; a retry does not send it again.

        Nothing is done where the talk's state no longer has the pieces that it was heard in (`is_of_state`).
        """
        danger = message.heard.card
        assert danger is not None
        async with self.sessions.begin() as session:
            talk = await lock_talk(session, self.ring, conversation_id)
            event = await session.get(LineEvent, event_id, with_for_update={"key_share": True})
            if event is None or event.red_flag is not None or event.outcome is not None:
                return
            if is_of_state and not self.responder.has_still(talk, message, await thread_of(talk)):
                return
            event.red_flag = danger.category
            await self.responder.answer_danger(talk, danger, self.clock())
        log.info("red_flag_answered", event_id=event_id, category=danger.category)

    async def _understand(self, claim: TurnClaim, message: HeardMessage) -> tuple[NluResult | None, bool]:
        """Ask Rasa with no transaction open; (None, True) when it does not answer."""
        is_words = message.inbound.heard_as == "text" and is_readable(message.text)
        if not is_words or message.heard.card or claim.is_handed_off:
            return None, False
        try:
            return await understand(self.nlu, message.text), False
        except NluUnavailable as error:
            log.warning("understanding_unavailable", event_id=claim.event_id, code=error.code)
            return None, True

    @asynccontextmanager
    async def _loading(self, claim: TurnClaim) -> AsyncIterator[None]:
        async def later() -> None:
            await asyncio.sleep(LOADING_AFTER_S)
            await self.presence.show_loading(claim.municipality_id, claim.line_user_id)

        task = asyncio.create_task(later())
        try:
            yield
        finally:
            task.cancel()

    async def _retry_later(self, claim: TurnClaim) -> None:
        async with self.sessions.begin() as session:
            talk = await lock_talk(session, self.ring, claim.conversation_id)
            event = await session.get(LineEvent, claim.event_id)
            if event and talk.conversation.turn_lease == claim.lease:
                event.next_attempt_at = self.clock() + timedelta(seconds=RETRY_PAUSE_S * 2**claim.attempts)
                _release(talk)

    async def _give_back(self, claim: TurnClaim) -> None:
        """Release a claim after trouble with the database: the attempt does not count."""
        async with self.sessions.begin() as session:
            talk = await lock_talk(session, self.ring, claim.conversation_id)
            event = await session.get(LineEvent, claim.event_id)
            if event and event.outcome is None and talk.conversation.turn_lease == claim.lease:
                event.attempts -= 1
                event.next_attempt_at = self.clock() + timedelta(seconds=RETRY_PAUSE_S)
                _release(talk)

    async def _give_up(self, claim: TurnClaim) -> None:
        async with self.sessions.begin() as session:
            talk = await lock_talk(session, self.ring, claim.conversation_id)
            event = await session.get(LineEvent, claim.event_id)
            if event and event.outcome is None:
                await record_failure(talk, event, self.clock())
                await self.responder.apologise(talk, self.clock())
                finish(event, EventOutcome.FAILED, self.clock())
                _release(talk)
        log.error("event_failed", event_id=claim.event_id)


def _read(key: DataKey, payload: bytes | None) -> Inbound:
    return parse_event(json.loads(key.open(payload or b"", "event")))


def _is_unheard(claim: TurnClaim, user_input: UserInput, message: HeardMessage) -> bool:
    return claim.is_handed_off and user_input.is_text and message.heard.card is None


def _user_input(message: HeardMessage, understood: NluResult | None, *, is_unavailable: bool) -> UserInput:
    inbound, heard = message.inbound, message.heard
    # A file that lies elsewhere than at LINE is not fetched, so no clinician can look at it.
    is_out_of_reach = inbound.kind in MEDIA_KINDS and not inbound.has_media
    return UserInput(
        kind=InboundKind.OTHER if is_out_of_reach else inbound.heard_as,
        text=message.text,
        answer=Answer.parse(inbound.data) if inbound.kind == "postback" else None,
        latitude=inbound.latitude,
        longitude=inbound.longitude,
        meaning=understood.meaning if understood else None,
        nlu_unavailable=is_unavailable,
        danger=heard.worry.category if heard.worry else "",
        bare_no=heard.bare_no,
        is_danger_guessed=heard.worry is not None and heard_by(heard.worry) == "alarm",
        clauses=understood.clauses if understood else (),
    )


async def _still_ours(talk: Talk, claim: TurnClaim, inbound: Inbound, now: datetime) -> Sight | None:
    """Return what stands in the talk when the event is still ours to serve and still the talk's oldest."""
    if talk.conversation.turn_lease != claim.lease:
        return None
    sight = await look(
        talk,
        claim.event_id,
        now,
        line_message_id=inbound.line_message_id or "",
        is_tap=bool(inbound.data),
    )
    if sight is None or sight.event.outcome is not None:
        _release(talk)
        return None
    event = sight.event
    if sight.is_older_waiting:
        event.attempts -= 1
        _release(talk)
        announce(talk.session, WAKE_INBOUND)
        return None
    served_until = talk.conversation.served_until
    event.is_late = served_until is not None and event.occurred_at < served_until
    talk.conversation.served_until = max(served_until or event.occurred_at, event.occurred_at)
    return sight


def _release(talk: Talk) -> None:
    talk.conversation.turn_lease = talk.conversation.turn_lease_until = None
