"""Ask what is due after cards, and notice what was not answered; every worker does, without a scheduler."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.dialogue.flow import Context
from bot.dialogue.memory_entries import AskedAfter
from bot.dialogue.moves import leave_for
from bot.dialogue.state import State
from bot.flows.aftercare import store
from bot.flows.aftercare.effects import alarm
from bot.flows.aftercare.flow import AFTERCARE, AftercareFlow, instance_of
from bot.flows.aftercare.moments import (
    ASKED_AT_LATEST,
    GIVEN_UP_AFTER,
    GOING_AFTER,
    GOING_AT_LATEST,
    URGENT_FOR,
    WAITS,
    allowed_at,
)
from core.clock import Clock
from core.crypto import KeyRing, Unreadable
from core.db.engine import Sessions, is_outage
from core.db.tables import Aftercare, AftercareKind, AftercareOutcome, Lane, Urgency
from core.logging import get_logger
from core.talk import Talk, lock_talk
from handoff.safety_events import NOT_CALLED, NOT_GOING, is_in_danger
from handoff.service_resident import thread_of

log = get_logger()

BATCH = 100
MOST_ATTEMPTS = 3
RETRY_AFTER = timedelta(minutes=1)
# A question about a danger that was just asked is not talked over.
ANOTHER_DANGER = timedelta(minutes=3)
# What a question stands for that nobody answers: the staff hear of it.
UNHEARD = {
    AftercareKind.CALLED: (NOT_CALLED, Urgency.RED),
    AftercareKind.GOING: (NOT_GOING, Urgency.ORANGE),
}


@dataclass(frozen=True, slots=True)
class AftercareRounds:
    """Serves rows of `aftercare`: each in a transaction of its own, each to exactly one outcome.

    `contexts` makes what flows may use from a talk, an instance and the moment.
    """

    sessions: Sessions
    ring: KeyRing
    clock: Clock
    flow: AftercareFlow
    contexts: Callable[[Talk, str, datetime], Context]

    async def serve(self) -> int:
        """Serve all that is due; return how many. Running twice, also at once, asks each once."""
        served = 0
        while True:
            async with self.sessions.begin() as session:
                found = await store.due(session, self.clock(), BATCH)
            for row_id, talk_id in found:
                served += await self._serve_safely(row_id, talk_id)
            if len(found) < BATCH:
                return served

    async def _serve_safely(self, row_id: int, talk_id: uuid.UUID) -> bool:
        try:
            return await self._serve(row_id, talk_id)
        except Exception as error:
            if is_outage(error) or isinstance(error, OSError | PoolTimeout):
                raise
            log.exception("aftercare_failed", aftercare_id=row_id)
        await self._retry_later(row_id, talk_id)
        return False

    async def _serve(self, row_id: int, talk_id: uuid.UUID) -> bool:
        async with self.sessions.begin() as session:
            talk = await lock_talk(session, self.ring, talk_id)
            row, now = await store.read(session, row_id), self.clock()
            if row.outcome is not None or row.due_at > now:
                return False
            outcome = await self._dealt_with(talk, row, now)
            if outcome:
                _finish(row, outcome, now)
        log.info("aftercare_served", aftercare_id=row_id, kind=row.kind, outcome=row.outcome)
        return True

    async def _retry_later(self, row_id: int, talk_id: uuid.UUID) -> None:
        async with self.sessions.begin() as session:
            await lock_talk(session, self.ring, talk_id)
            row, now = await store.read(session, row_id), self.clock()
            if row.outcome is not None:
                return
            row.attempts += 1
            row.due_at = now + RETRY_AFTER
            if row.attempts < MOST_ATTEMPTS:
                return
            _finish(row, AftercareOutcome.FAILED, now)
        try:
            async with self.sessions.begin() as session:
                await _tell_staff(await lock_talk(session, self.ring, talk_id), row, now)
        except Unreadable:
            log.exception("aftercare_not_told", aftercare_id=row_id)

    async def _dealt_with(self, talk: Talk, row: Aftercare, now: datetime) -> AftercareOutcome | None:
        """Ask, or deal with the silence; return how the row ended, None while it goes on."""
        if not talk.resident.is_following:
            return AftercareOutcome.BLOCKED
        if await _has_person(talk, row):
            return AftercareOutcome.ACCOMPANIED
        if row.asked_at is not None:
            await self._unanswered(talk, row, now)
            return AftercareOutcome.UNANSWERED
        is_late = now - row.due_at > ASKED_AT_LATEST[AftercareKind(row.kind)]
        is_next_day = row.kind == AftercareKind.NEXT_DAY.value
        if is_late or (is_next_day and now - row.carded_at > GIVEN_UP_AFTER):
            await _tell_staff(talk, row, now)
            return AftercareOutcome.LATE
        ctx = self.contexts(talk, instance_of(row.id), now)
        state = State.from_json(talk.state, ctx.flows.data_types)
        if later := await _later(talk, row, state, ctx):
            row.due_at = later
            return None
        self._ask(talk, row, state, ctx)
        return None

    def _ask(self, talk: Talk, row: Aftercare, state: State, ctx: Context) -> None:
        turn = self.flow.asked(leave_for(state, AFTERCARE, ctx), _asked_after(row, ctx.now), ctx)
        talk.state = turn.state.to_json()
        kind = AftercareKind(row.kind)
        lane = Lane.SAFETY if kind is AftercareKind.CALLED else Lane.TALK
        talk.say(turn.replies, ctx.now, lane=lane)
        row.asked_at, row.due_at = ctx.now, ctx.now + WAITS[kind]

    async def _unanswered(self, talk: Talk, row: Aftercare, now: datetime) -> None:
        await _tell_staff(talk, row, now)
        assert row.asked_at is not None
        if row.kind != AftercareKind.CALLED.value or now - row.asked_at > URGENT_FOR:
            return
        ctx = self.contexts(talk, instance_of(row.id), now)
        state = State.from_json(talk.state, ctx.flows.data_types)
        message = self.flow.unanswered(_asked_after(row, row.asked_at), state, ctx)
        talk.say([message], now, lane=Lane.SAFETY)


def _finish(row: Aftercare, outcome: AftercareOutcome, now: datetime) -> None:
    row.outcome, row.finished_at = outcome.value, now


def _asked_after(row: Aftercare, at: datetime) -> AskedAfter:
    return AskedAfter(
        instance=instance_of(row.id),
        kind=AftercareKind(row.kind),
        level=Urgency(row.level),
        card_at=row.carded_at,
        at=at,
        danger=row.danger,
    )


async def _tell_staff(talk: Talk, row: Aftercare, now: datetime) -> None:
    """Let it ring for the staff that nobody knows whether 119 was called, or somebody can go."""
    if unheard := UNHEARD.get(AftercareKind(row.kind)):
        await alarm(talk, *unheard, now)


async def _has_person(talk: Talk, row: Aftercare) -> bool:
    """Whether a person sees to it: then nothing is asked.

    Who asked for a person and waits is still asked what is urgent; what can wait is left to the person. The next day is
    asked about whoever helped.
    """
    thread = await thread_of(talk)
    if row.kind in {AftercareKind.LOOK_AGAIN.value, AftercareKind.NEXT_DAY.value}:
        return thread is not None
    if thread is not None and thread.is_despair:
        return True
    if await store.is_accompanied(talk.session, talk.conversation.id, row.carded_at):
        return True
    return row.kind == AftercareKind.CALLED.value and not await is_in_danger(talk)


async def _later(talk: Talk, row: Aftercare, state: State, ctx: Context) -> datetime | None:
    """Return until when the question waits; None when it is asked now."""
    now = ctx.now
    morning = allowed_at(now, row.carded_at, Urgency(row.level))
    if morning > now:
        return morning
    if row.kind == AftercareKind.GOING.value:
        wrote = await store.wrote_last(talk.session, talk.conversation.id, row.carded_at)
        until = min((wrote or row.carded_at) + GOING_AFTER, row.carded_at + GOING_AT_LATEST)
        return until if until > now else None
    asked_at = state.memory.asked_at
    asks_danger = ctx.flows.spec(state.flow).asks_danger and asked_at is not None
    if asks_danger and asked_at and now - asked_at < ANOTHER_DANGER and now - row.carded_at < GOING_AFTER:
        return asked_at + ANOTHER_DANGER
    return None
