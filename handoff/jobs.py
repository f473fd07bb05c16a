"""Run the scheduler's work for waiting residents: waiting words and leases that ran out."""

import uuid
from collections.abc import Awaitable
from datetime import datetime, timedelta

from sqlalchemy.exc import TimeoutError as PoolTimeout

from core.clock import Clock
from core.crypto import KeyRing
from core.db.engine import Sessions, is_outage
from core.db.tables import Profession, Thread, ThreadStatus, Timer, TimerOutcome
from core.jobs import Job, JobContext
from core.logging import get_logger
from core.messages import Call, Card
from core.talk import Talk, lock_talk
from core.texts import Texts
from core.timers import due_timers, finish_timer, set_timer
from handoff.service_clinician import end_lease, profession_name
from handoff.service_resident import stop_waiting
from handoff.store import lock_thread
from handoff.thread_lifecycle import LEASE_TIMER, WAITING_TIMER

log = get_logger()

# Minutes after the request at which a waiting resident hears from us. After the last we stay silent:
# each word is a billed push, and "an answer is coming" no longer comforts.
WORDS_AT = (5, 20, 50, 110)
BATCH = 100


async def say_waiting_word(sessions: Sessions, ring: KeyRing, texts: Texts, clock: Clock) -> int:
    """Tell every resident who has waited too long how things stand; return how many were told.

    Each message is a transaction of its own; running twice, also at once, sends it once.
    """
    said = 0
    while True:
        async with sessions() as session:
            timers = await due_timers(session, WAITING_TIMER, clock(), BATCH)
        for timer in timers:
            said += await _serve(sessions, timer, clock(), _say_one(sessions, ring, texts, timer, clock()))
        if len(timers) < BATCH:
            return said


async def end_leases(sessions: Sessions, ring: KeyRing, texts: Texts, clock: Clock) -> int:
    """Put talks back into the queue whose clinician has not answered within the lease; return how many."""
    async with sessions() as session:
        timers = await due_timers(session, LEASE_TIMER, clock(), BATCH)
    ended = 0
    for timer in timers:
        ended += await _serve(sessions, timer, clock(), _end_one_lease(sessions, ring, texts, timer, clock()))
    return ended


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


async def _serve(sessions: Sessions, timer: Timer, now: datetime, work: Awaitable[bool]) -> bool:
    """Do a timer's work; when it fails, end the timer as failed and go on with the next.

    An outage of PostgreSQL is not the timer's fault: the error is raised, the next run tries again.
    """
    try:
        return await work
    except Exception as exc:
        if is_outage(exc) or isinstance(exc, OSError | PoolTimeout):
            raise
        log.exception("handoff_timer_failed", timer_id=timer.id, kind=timer.kind)
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
    """Return the waiting card: how long it may take, that an answer comes, what to do if it gets worse."""
    minutes = int((now - thread.requested_at) / timedelta(minutes=1))
    name = profession_name(texts, Profession(thread.profession))
    return Card(
        title=texts("handoff.waiting.title"),
        body=(
            texts("handoff.waiting.since", minutes=minutes),
            texts("handoff.waiting.promise", profession=name),
            texts("handoff.waiting.worse"),
        ),
        actions=(
            Call(texts("handoff.waiting.call_119"), "119"),
            stop_waiting(thread, texts),
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


async def _waiting_words(context: JobContext) -> int:
    return await say_waiting_word(context.sessions, context.ring, context.texts, context.clock)


async def _unanswered_leases(context: JobContext) -> int:
    return await end_leases(context.sessions, context.ring, context.texts, context.clock)


JOBS = (Job("handoff.waiting_word", 5, _waiting_words), Job("handoff.end_leases", 15, _unanswered_leases))
