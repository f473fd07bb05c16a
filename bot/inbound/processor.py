"""Serve one event: screen it, understand it, decide, and record everything in one transaction."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.dialogue.user_input import UserInput
from bot.inbound.claims import Sight, TurnClaim, claim_turns, finish, look
from bot.inbound.overlooked_store import WaitingText, overlooked_texts
from bot.inbound.recorder import record_failure
from bot.inbound.responder import Responder
from bot.inbound.turn_store import write_turn
from bot.language.understanding import Nlu, NluResult, understand
from bot.line.inbound import MEDIA_KINDS, Inbound, InboundKind, parse_event
from bot.triage.screen.screen import RedFlag, Screen
from core.clock import Clock
from core.crypto import KeyRing, WrappedKey
from core.db.engine import Sessions, announce, is_outage, one_statement
from core.db.tables import EventOutcome, LineEvent
from core.errors import ServiceError
from core.ja import ReadText
from core.live import WAKE_INBOUND
from core.logging import get_logger
from core.messages import Answer
from core.talk import Talk, lock_talk
from core.understanding import NluUnavailable

log = get_logger()

# Seconds after which a turn shows the loading animation.
LOADING_AFTER_S = 1.0
RETRY_PAUSE_S = 0.5


class Presence(Protocol):
    """Shows the resident that an answer is on its way."""

    async def show_loading(self, municipality_id: str, line_user_id: str) -> None:
        """Start the loading animation; never raises."""
        ...


@dataclass(frozen=True, slots=True)
class EventProcessor:
    """Serves pending events, a turn for each."""

    sessions: Sessions
    ring: KeyRing
    clock: Clock
    nlu: Nlu
    screen: Screen
    responder: Responder
    presence: Presence

    async def claim(self, free: int, alone: bool) -> Sequence[TurnClaim]:  # noqa: FBT001 - the lane's protocol
        """Lease talks with pending events; the attempts are committed before any event is read."""
        async with one_statement(self.sessions) as session:
            return await claim_turns(session, self.clock(), free, alone=alone)

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
        inbound = self._read(claim.key, claim.payload)
        spoken = ReadText(inbound.spoken)
        flag = self.screen(spoken) if spoken else None
        if flag and not claim.is_flagged:
            await self._answer_flag(claim.conversation_id, claim.event_id, flag)
        text = spoken if spoken == inbound.text else ReadText(inbound.text)
        understood, is_unavailable = await self._understand(claim, inbound.kind, text, flag)
        user_input = _user_input(inbound, text, understood, is_unavailable=is_unavailable)
        async with self.sessions.begin() as session:
            talk = await lock_talk(session, self.ring, claim.conversation_id)
            sight = await _still_ours(talk, claim, inbound, self.clock())
            if sight is None:
                return
            if _is_unheard(claim, user_input, flag) and not sight.thread:
                # The person has left meanwhile: these words are ours, and Rasa was not asked about them.
                sight.event.attempts -= 1
                _release(talk)
                announce(session, WAKE_INBOUND)
                return
            outcome = await self.responder.respond(talk, sight, inbound, user_input, flag, self.clock())
            finish(sight.event, outcome, self.clock())
            _release(talk)
            await write_turn(talk, sight.event)

    def _read(self, key: WrappedKey, payload: bytes | None) -> Inbound:
        return parse_event(json.loads(self.ring.unwrap(key).open(payload or b"", "event")))

    async def screen_overlooked(self) -> int:
        """Screen texts that wait behind something slow or broken; return how many emergencies were answered.

        A talk's order is kept for answers only: an emergency does not wait for its turn.
        """
        async with one_statement(self.sessions) as session:
            waiting = await overlooked_texts(session, self.clock())
        answered = 0
        for text in waiting:
            flag = self._flag_in(text)
            if flag:
                await self._answer_flag(text.conversation_id, text.event_id, flag)
                answered += 1
        return answered

    def _flag_in(self, text: WaitingText) -> RedFlag | None:
        try:
            return self.screen(self._read(text.key, text.payload).spoken)
        except (ServiceError, ValueError):
            return None  # its own turn reports the failure

    async def _answer_flag(self, conversation_id: uuid.UUID, event_id: int, flag: RedFlag) -> None:
        """Commit the emergency card before anything slow is asked; a retry does not send it again."""
        async with self.sessions.begin() as session:
            talk = await lock_talk(session, self.ring, conversation_id)
            event = await session.get(LineEvent, event_id, with_for_update={"key_share": True})
            if event is None or event.red_flag is not None or event.outcome is not None:
                return
            event.red_flag = flag.category
            await self.responder.answer_flag(talk, flag, self.clock())
        log.info("red_flag_answered", event_id=event_id, category=flag.category)

    async def _understand(
        self, claim: TurnClaim, kind: str, text: ReadText, flag: RedFlag | None
    ) -> tuple[NluResult | None, bool]:
        """Ask Rasa with no transaction open; (None, True) when it does not answer."""
        if kind != "text" or flag or claim.is_handed_off:
            return None, False
        try:
            return await understand(self.nlu, text), False
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


def _is_unheard(claim: TurnClaim, user_input: UserInput, flag: RedFlag | None) -> bool:
    return claim.is_handed_off and user_input.is_text and flag is None


def _user_input(
    inbound: Inbound, text: ReadText, understood: NluResult | None, *, is_unavailable: bool
) -> UserInput:
    # A file that lies elsewhere than at LINE is not fetched, so no clinician can look at it.
    is_out_of_reach = inbound.kind in MEDIA_KINDS and not inbound.has_media
    return UserInput(
        kind=InboundKind.OTHER if is_out_of_reach else inbound.kind,
        text=text,
        answer=Answer.parse(inbound.data) if inbound.kind == "postback" else None,
        latitude=inbound.latitude,
        longitude=inbound.longitude,
        meaning=understood.meaning if understood else None,
        nlu_unavailable=is_unavailable,
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
