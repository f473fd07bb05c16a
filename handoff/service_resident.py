"""The resident's side of a handed-off talk: a person is wanted, more is said, an alarm, no longer wanted.

All of it runs under the talk's lock; nothing here commits.
"""

import uuid
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from core.db.tables import (
    Profession,
    Staff,
    Thread,
    ThreadOutcome,
    ThreadStatus,
    Urgency,
)
from core.findings import Finding
from core.messages import Answer, Tap
from core.residents.keys import open_json, seal_json
from core.talk import Talk
from core.texts import Texts
from core.timers import set_timer
from core.urgency import more_urgent
from core.words import without_words
from handoff import store
from handoff.errors import (
    AlreadyTaken,
)
from handoff.model import Basis, Summary
from handoff.safety_events import DESPAIRS, WITHDRAWN, note_red
from handoff.thread_lifecycle import (
    FIRST_WORD_AFTER,
    WAITING_TIMER,
    end_thread,
    lock_open_thread,
    record_thread_event,
)


def read_summary(talk: Talk, thread: Thread) -> Summary:
    """Open a thread's summary."""
    return Summary.from_json(open_json(talk.key, thread.summary, "summary"))


async def open_thread_of(
    session: AsyncSession, conversation_id: uuid.UUID, *, lock: bool = False
) -> Thread | None:
    """Return the talk's open thread, if it has one; locked for the rest of the transaction if asked."""
    return await store.open_thread_of(session, conversation_id, lock=lock)


async def thread_of(talk: Talk) -> Thread | None:
    """Return the talk's open thread, locked with it; asked for once, however often somebody wants to know."""
    if not talk.is_thread_known:
        talk.know_thread(await store.open_thread_of(talk.session, talk.conversation.id, lock=True))
    return talk.thread


async def open_thread(
    talk: Talk,
    *,
    profession: Profession,
    urgency: Urgency,
    summary: Summary,
    now: datetime,
    is_despair: bool = False,
    reaching_out: Staff | None = None,
) -> Thread:
    """Put a talk into the queue; `reaching_out` is the clinician who opens it without having been asked.

    Asking again returns the open thread: its urgency only rises, its summary grows, and while no clinician
    has it the latest profession asked for counts.
    """
    thread = await thread_of(talk)
    if thread is not None:
        thread.is_despair = thread.is_despair or is_despair
        return _extend(talk, thread, profession, urgency, summary)
    thread = Thread(
        id=uuid.uuid4(),
        municipality_id=talk.conversation.municipality_id,
        conversation_id=talk.conversation.id,
        profession=profession.value,
        urgency=urgency.value,
        summary=seal_json(talk.key, summary.to_json(), "summary"),
        status=ThreadStatus.WAITING.value,
        is_despair=is_despair,
        unanswered_since=now,
        requested_at=now,
    )
    talk.session.add(thread)
    talk.know_thread(thread)
    what = "reached_out" if reaching_out else "opened"
    record_thread_event(
        talk, thread, what, now, reaching_out, profession=profession.value, urgency=urgency.value
    )
    await set_timer(
        talk.session,
        WAITING_TIMER,
        str(thread.id),
        now + FIRST_WORD_AFTER,
        municipality_id=thread.municipality_id,
        conversation_id=thread.conversation_id,
    )
    return thread


def _extend(talk: Talk, thread: Thread, profession: Profession, urgency: Urgency, summary: Summary) -> Thread:
    grown = read_summary(talk, thread).extended(summary)
    thread.summary = seal_json(talk.key, grown.to_json(), "summary")
    thread.urgency = more_urgent(Urgency(thread.urgency), urgency).value
    if thread.status == ThreadStatus.WAITING.value:
        thread.profession = profession.value
    thread.version = talk.touch()
    return thread


async def forget_words_of_threads(talk: Talk, spoken: AbstractSet[str]) -> None:
    """Remove lines that a resident took back from the summaries of all threads of a talk."""
    for thread in await store.lock_threads(talk.session, talk.conversation.id):
        known = read_summary(talk, thread)
        shorter = without_words(known, spoken)
        if shorter != known:
            thread.summary = seal_json(talk.key, shorter.to_json(), "summary")
            # Pages keep a summary while its thread's version stays, so the version must grow.
            thread.version = talk.touch()


def note_inbound(talk: Talk, thread: Thread, now: datetime) -> None:
    """Record that the resident has said something that no person has answered yet (thread locked)."""
    if thread.unanswered_since is None:
        thread.unanswered_since = now
    thread.version = talk.conversation.version


def raise_alarm(
    talk: Talk, thread: Thread, category: str, now: datetime, *, urgency: Urgency = Urgency.RED
) -> None:
    """Record a red flag: the thread is at least this urgent and on top until a person acknowledges it.

    The thread is locked.
    """
    thread.alarm_at = now
    thread.is_despair = thread.is_despair or category in DESPAIRS
    thread.urgency = more_urgent(Urgency(thread.urgency), urgency).value
    record_thread_event(talk, thread, "alarm", now, category=category)


def note_sign(talk: Talk, thread: Thread, sign_of_danger: Finding) -> None:
    """Add a danger that was heard in words, and these, to the summary (thread locked)."""
    known, words = read_summary(talk, thread), sign_of_danger.mark.words
    sign = Summary(
        said=(words,), findings=(sign_of_danger,), urgency=Urgency(thread.urgency), basis=Basis.SIGN
    )
    if not known.complaint:
        sign = replace(sign, complaint=words, said=())
    thread.summary = seal_json(talk.key, known.extended(sign).to_json(), "summary")
    thread.version = talk.touch()


def note_language(talk: Talk, thread: Thread, language: str) -> None:
    """Note in the summary that the resident writes in another language than Japanese (thread locked)."""
    known = read_summary(talk, thread)
    if known.language != language:
        thread.summary = seal_json(talk.key, replace(known, language=language).to_json(), "summary")
        thread.version = talk.touch()


async def withdraw(talk: Talk, thread: Thread, now: datetime) -> Thread:
    """End a thread because the resident no longer wants a person.

    Raises:
        AlreadyTaken: a clinician has the talk; she ends it.
        AlreadyClosed: it has ended.
    """
    thread = await lock_open_thread(talk, thread)
    if thread.status != ThreadStatus.WAITING.value:
        raise AlreadyTaken("a clinician has this talk")
    if (thread.is_despair or thread.urgency == Urgency.RED.value) and thread.first_response_at is None:
        await note_red(talk, Urgency(thread.urgency), WITHDRAWN, now)
    await end_thread(talk, thread, ThreadOutcome.WITHDRAWN, now)
    record_thread_event(talk, thread, "withdrawn", now)
    return thread


def stop_waiting(thread: Thread, texts: Texts) -> Tap:
    """Return the button that ends the wait for this thread, and no other."""
    label = texts("handoff.waiting.stop")
    return Tap(label, _stop_answer(thread).data(), label)


def is_stop_waiting(answer: Answer, thread: Thread) -> bool:
    """Whether a tap is on the button that ends the wait for this thread."""
    return answer == _stop_answer(thread)


def _stop_answer(thread: Thread) -> Answer:
    return Answer("handoff", str(thread.id), "waiting", "withdraw")
