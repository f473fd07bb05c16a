"""What the scheduler does for waiting residents."""

import uuid
from datetime import datetime, timedelta

from core.clock import Clock
from core.crypto import KeyRing
from core.db.engine import Sessions
from core.db.tables import Profession, Thread, ThreadStatus, Timer, TimerOutcome
from core.errors import ServiceError
from core.logging import get_logger
from core.messages import Answer, Call, Card, Tap
from core.talk import Talk, lock_talk
from core.texts import Texts
from core.timers import due_timers, finish_timer, set_timer
from handoff.service import LEASE_TIMER, WAITING_TIMER, end_lease, profession_name
from handoff.store import lock_thread

log = get_logger()

# Minutes after the request at which a waiting resident hears from us. After the last we stay silent:
# each word is a billed push, and "an answer is coming" no longer comforts.
WORDS_AT = (5, 20, 50, 110)
BATCH = 100


async def say_waiting_word(sessions: Sessions, ring: KeyRing, texts: Texts, clock: Clock) -> int:
    """Tell every resident who waits too long how it stands; return how many were told.

    Each word is its own transaction; running twice, also at once, says it once.
    """
    said = 0
    while True:
        async with sessions.begin() as session:
            timers = await due_timers(session, WAITING_TIMER, clock(), BATCH)
        for timer in timers:
            said += await _serve(sessions, ring, texts, timer, clock())
        if len(timers) < BATCH:
            return said


async def end_leases(sessions: Sessions, ring: KeyRing, texts: Texts, clock: Clock) -> int:
    """Queue again the talks whose clinician has left the resident without an answer; return how many."""
    async with sessions.begin() as session:
        timers = await due_timers(session, LEASE_TIMER, clock(), BATCH)
    return sum([await _end_one_lease(sessions, ring, texts, timer, clock()) for timer in timers])


async def _end_one_lease(
    sessions: Sessions, ring: KeyRing, texts: Texts, timer: Timer, now: datetime
) -> bool:
    assert timer.conversation_id is not None
    async with sessions.begin() as session:
        talk = await lock_talk(session, ring, timer.conversation_id)
        thread = await lock_thread(session, uuid.UUID(timer.subject_id))
        if not await finish_timer(session, timer.id, TimerOutcome.FIRED, now):
            return False
        return await end_lease(talk, thread, now, texts=texts)


async def _serve(sessions: Sessions, ring: KeyRing, texts: Texts, timer: Timer, now: datetime) -> bool:
    try:
        return await _say_one(sessions, ring, texts, timer, now)
    except ServiceError as exc:
        log.exception("waiting_word_failed", timer_id=timer.id, code=exc.code)
    async with sessions.begin() as session:
        await finish_timer(session, timer.id, TimerOutcome.FAILED, now)
    return False


async def _say_one(sessions: Sessions, ring: KeyRing, texts: Texts, timer: Timer, now: datetime) -> bool:
    assert timer.conversation_id is not None
    async with sessions.begin() as session:
        talk = await lock_talk(session, ring, timer.conversation_id)
        thread = await lock_thread(session, uuid.UUID(timer.subject_id))
        waits = thread.status == ThreadStatus.WAITING.value
        outcome = TimerOutcome.FIRED if waits else TimerOutcome.CANCELLED
        if not await finish_timer(session, timer.id, outcome, now) or not waits:
            return False
        talk.say([waiting_word(texts, thread, now)], now)
        await _set_next(talk, thread, now)
        return True


def waiting_word(texts: Texts, thread: Thread, now: datetime) -> Card:
    """Return the honest word: how long, that an answer comes, and what to do if it gets worse."""
    minutes = int((now - thread.requested_at) / timedelta(minutes=1))
    name = profession_name(texts, Profession(thread.profession))
    stop = Answer("handoff", str(thread.id), "waiting", "withdraw")
    return Card(
        title=texts("handoff.waiting.title"),
        body=(
            texts("handoff.waiting.since", minutes=minutes),
            texts("handoff.waiting.promise", profession=name),
            texts("handoff.waiting.worse"),
        ),
        actions=(
            Call(texts("handoff.waiting.call_119"), "119"),
            Tap(texts("handoff.waiting.stop"), stop.data(), texts("handoff.waiting.stop")),
        ),
    )


async def _set_next(talk: Talk, thread: Thread, now: datetime) -> None:
    later = (thread.requested_at + timedelta(minutes=m) for m in WORDS_AT)
    due_at = next((at for at in later if at > now), None)
    if due_at is not None:
        await set_timer(
            talk.session,
            WAITING_TIMER,
            str(thread.id),
            due_at,
            municipality_id=thread.municipality_id,
            conversation_id=thread.conversation_id,
        )
