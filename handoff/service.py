"""Change a thread: every transition, under the talk's lock; nothing here commits.

The first half is the resident's side (a person is asked for, more is said, an alarm, no longer asked for),
the second the clinician's (claim, reply, note, close).
"""

import uuid
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from core.db.tables import (
    Owner,
    Profession,
    Role,
    Speaker,
    Staff,
    Thread,
    ThreadOutcome,
    ThreadStatus,
    Urgency,
    Utterance,
)
from core.messages import Action, Answer, Message, Picture, Say, Tap, Text
from core.outside_text import cleaned, shows_nothing
from core.residents.keys import open_json, seal_json
from core.talk import Talk
from core.texts import Texts
from core.timers import cancel_timers, set_timer
from core.urgency import more_urgent
from core.words import Words, without_words
from handoff import store
from handoff.errors import (
    AlarmUnseen,
    AlreadyClosed,
    AlreadyTaken,
    NoProfession,
    NothingToSay,
    NotYours,
    Unanswered,
)
from handoff.held_cards import drop_cards, held_cards, send_cards_now
from handoff.model import Basis, Summary, answering_profession
from handoff.safety_events import DESPAIR, WITHDRAWN, note_answered, note_ended, note_red

WAITING_TIMER = "handoff.waiting"
FIRST_WORD_AFTER = timedelta(minutes=5)
LEASE_TIMER = "handoff.lease"
# A clinician keeps a talk this long after her last act; then it is queued again if the resident waits.
LEASE = timedelta(minutes=30)
# LINE takes 5,000 UTF-16 units in one message; most Japanese characters are one unit.
LONGEST_REPLY = 4_500  # characters
# The resident's buttons when the bot has the talk back; a composition may give its own.
MENU = ("consult", "facility", "medicine", "person")
ENDS_WITH_119 = frozenset({ThreadOutcome.EMERGENCY, ThreadOutcome.CALLED_119})
ENDS_UNANSWERED = (ThreadOutcome.SETTLED, ThreadOutcome.BY_PHONE, ThreadOutcome.CALLED_119)


def read_summary(talk: Talk, thread: Thread) -> Summary:
    """Open a thread's summary."""
    return Summary.from_json(open_json(talk.key, thread.summary, "summary"))


async def open_thread_of(
    session: AsyncSession, conversation_id: uuid.UUID, *, lock: bool = False
) -> Thread | None:
    """Return the talk's open thread, if it has one; locked for the rest of the transaction if asked."""
    return await store.open_thread_of(session, conversation_id, lock=lock)


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
    thread = await store.open_thread_of(talk.session, talk.conversation.id, lock=True)
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
    what = "reached_out" if reaching_out else "opened"
    _happened(talk, thread, what, now, reaching_out, profession=profession.value, urgency=urgency.value)
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
    thread.is_despair = thread.is_despair or category == DESPAIR
    thread.urgency = more_urgent(Urgency(thread.urgency), urgency).value
    _happened(talk, thread, "alarm", now, category=category)


def note_sign(talk: Talk, thread: Thread, words: str) -> None:
    """Add the words of a red flag to the summary (thread locked)."""
    known = read_summary(talk, thread)
    sign = Summary(said=(Words.of(words),), urgency=Urgency(thread.urgency), basis=Basis.SIGN)
    if not known.complaint:
        sign = replace(sign, complaint=Words.of(words), said=())
    thread.summary = seal_json(talk.key, known.extended(sign).to_json(), "summary")
    thread.version = talk.touch()


async def handle_alarm(
    talk: Talk, thread: Thread, staff: Staff, now: datetime, *, up_to: int | None = None
) -> Thread:
    """Drop the cards of red flags that a clinician has seen (`up_to`, a timer's id) and deals with.

    Raises:
        NotYours: another clinician has it, or none.
        AlreadyClosed: it has ended.
    """
    thread = await _locked(talk, thread)
    _must_have(thread, staff)
    await drop_cards(talk, now, up_to=up_to)
    if not await held_cards(talk.session, talk.conversation.id):
        thread.alarm_at = None
    _happened(talk, thread, "handling", now, staff)
    return thread


async def withdraw(talk: Talk, thread: Thread, now: datetime) -> Thread:
    """End a thread because the resident no longer wants a person.

    Raises:
        AlreadyTaken: a clinician has the talk; she ends it.
        AlreadyClosed: it has ended.
    """
    thread = await _locked(talk, thread)
    if thread.status != ThreadStatus.WAITING.value:
        raise AlreadyTaken("a clinician has this talk")
    if (thread.is_despair or thread.urgency == Urgency.RED.value) and thread.first_response_at is None:
        await note_red(talk, Urgency(thread.urgency), WITHDRAWN, now)
    await _end(talk, thread, ThreadOutcome.WITHDRAWN, now)
    _happened(talk, thread, "withdrawn", now)
    return thread


async def claim(
    talk: Talk,
    thread: Thread,
    staff: Staff,
    now: datetime,
    *,
    texts: Texts,
    greeting: str = "handoff.claimed",
) -> Thread:
    """Take a talk over from the bot; the resident is told which profession answers, not the name.

    Claiming one's own talk again changes nothing.

    Raises:
        NoProfession: the account is no clinician's, or has no profession that could be told to the resident.
        AlreadyTaken: another clinician was faster.
        AlreadyClosed: it has ended.
    """
    profession = answering_profession(Profession(thread.profession), staff.professions)
    if profession is None or Role.CLINICIAN not in staff.roles:
        raise NoProfession("only a clinician with a profession answers residents")
    thread = await _locked(talk, thread)
    if thread.status == ThreadStatus.CLAIMED.value:
        if thread.assignee_id != staff.id:
            raise AlreadyTaken("another clinician has this talk")
        return thread
    thread.status = ThreadStatus.CLAIMED.value
    thread.assignee_id = staff.id
    thread.claimed_at = now
    await cancel_timers(talk.session, str(thread.id), [WAITING_TIMER], now)
    await _renew_lease(talk, thread, now)
    talk.give_to(Owner.CLINICIAN, staff.id)
    _happened(talk, thread, "claimed", now, staff, profession=profession.value)
    name = profession_name(texts, profession)
    talk.say([Text(text=texts(greeting, profession=name))], now, must_arrive=True)
    thread.version = talk.conversation.version
    return thread


async def reply(
    talk: Talk, thread: Thread, staff: Staff, now: datetime, *, text: str = "", picture: Picture | None = None
) -> Thread:
    """Send words, a picture or both to the resident as the clinician who has the talk.

    Raises:
        NotYours: another clinician has it, or none.
        AlreadyClosed: it has ended.
        NothingToSay: neither visible words nor a picture, or too many words.
    """
    thread = await _locked(talk, thread)
    _must_have(thread, staff)
    words = _shown_words(text)
    if len(words) > LONGEST_REPLY or not (words or picture):
        raise NothingToSay("a reply needs words or a picture")
    messages: list[Message] = [Text(text=words)] if words else []
    if picture:
        messages.append(picture)
    talk.say(messages, now, speaker=Speaker.STAFF, must_arrive=True, staff_id=staff.id)
    thread.first_response_at = thread.first_response_at or now
    thread.unanswered_since = None
    await note_answered(talk, staff, now)
    await _renew_lease(talk, thread, now)
    thread.version = talk.conversation.version
    return thread


async def add_note(talk: Talk, thread: Thread, staff: Staff, text: str, now: datetime) -> Utterance:
    """Write a note for colleagues; it never leaves the inbox. Closed threads take notes too.

    Raises:
        NothingToSay: the note is empty, shows nothing or is too long.
    """
    words = _shown_words(text)
    if not words or len(words) > LONGEST_REPLY:
        raise NothingToSay("a note needs words")
    note = talk.record(Speaker.NOTE, "note", {"text": words}, now, staff_id=staff.id)
    thread.version = talk.conversation.version
    return note


async def acknowledge_alarm(talk: Talk, thread: Thread, staff: Staff, now: datetime) -> Thread:
    """Record that a person has seen the red flag; the urgency stays.

    Raises:
        AlreadyClosed: it has ended.
    """
    thread = await _locked(talk, thread)
    if thread.alarm_at is not None:
        thread.alarm_at = None
        _happened(talk, thread, "alarm_seen", now, staff)
    return thread


async def end_lease(talk: Talk, thread: Thread, now: datetime, *, texts: Texts) -> bool:
    """End a lease that ran out (thread locked); return whether the clinician lost the talk.

    While the resident waits for no answer she keeps it for another term. Otherwise the talk goes back to the
    queue as it was, the resident is told, and what she writes meanwhile is refused.
    """
    if thread.status != ThreadStatus.CLAIMED.value:
        return False
    if thread.unanswered_since is None:
        await _renew_lease(talk, thread, now)
        return False
    thread.status = ThreadStatus.WAITING.value
    thread.assignee_id = None
    talk.give_to(Owner.BOT)
    await set_timer(
        talk.session,
        WAITING_TIMER,
        str(thread.id),
        now + FIRST_WORD_AFTER,
        municipality_id=thread.municipality_id,
        conversation_id=thread.conversation_id,
    )
    _happened(talk, thread, "returned", now)
    talk.say([Text(text=texts("handoff.returned"))], now, must_arrive=True)
    thread.version = talk.conversation.version
    return True


async def close(
    talk: Talk,
    thread: Thread,
    staff: Staff,
    outcome: ThreadOutcome,
    now: datetime,
    *,
    texts: Texts,
    menu: Sequence[Action] | None = None,
    version: int = 0,
) -> Thread:
    """End the thread: the resident is told, and the bot has the talk back.

    With unanswered words it ends only with an outcome that says why they need no answer, and only if the
    clinician's page has shown them: `version` is the talk's version on it.

    Raises:
        NotYours: another clinician has it, or none.
        AlreadyClosed: it has ended.
        AlarmUnseen: a red flag is not acknowledged.
        Unanswered: the resident's newest words are unanswered.
    """
    thread = await _locked(talk, thread)
    _must_have(thread, staff)
    if thread.alarm_at and outcome not in ENDS_WITH_119:
        raise AlarmUnseen("a red flag has not been acknowledged")
    if thread.unanswered_since:
        seen = version >= await store.newest_words_version(talk.session, talk.conversation.id)
        if not seen or outcome not in ends_unanswered(is_following=talk.resident.is_following):
            raise Unanswered("the resident's newest words are unanswered")
    await note_ended(talk, staff, outcome, now)
    await _end(talk, thread, outcome, now)
    talk.give_to(Owner.BOT)
    _happened(talk, thread, "closed", now, staff, outcome=outcome.value)
    name = told_profession(texts, thread, staff)
    quick = tuple(menu) if menu is not None else default_menu(texts)
    talk.say([Text(text=texts("handoff.closed", profession=name), quick=quick)], now, must_arrive=True)
    thread.version = talk.conversation.version
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


def ends_unanswered(*, is_following: bool) -> tuple[ThreadOutcome, ...]:
    """Return the outcomes that say why the resident's newest words need no answer in the talk."""
    gone = () if is_following else (ThreadOutcome.UNREACHABLE,)
    return (*ENDS_UNANSWERED, *gone)


def profession_name(texts: Texts, profession: Profession) -> str:
    """Return the residents' word for a profession."""
    return texts(f"handoff.profession.{profession.value}")


def told_profession(texts: Texts, thread: Thread, staff: Staff) -> str:
    """Return the profession that the resident was told for the clinician who has the talk.

    Talks claimed before accounts needed a profession were announced under the one asked for.
    """
    wanted = Profession(thread.profession)
    return profession_name(texts, answering_profession(wanted, staff.professions) or wanted)


def default_menu(texts: Texts) -> tuple[Action, ...]:
    """Return the resident's buttons when the bot has the talk back."""
    return tuple(Say(texts(f"handoff.menu.{key}.label"), texts(f"handoff.menu.{key}.says")) for key in MENU)


async def _locked(talk: Talk, thread: Thread) -> Thread:
    found = await store.lock_thread(talk.session, thread.id)
    if found.status == ThreadStatus.CLOSED.value:
        raise AlreadyClosed("this talk has ended")
    return found


def _shown_words(text: str) -> str:
    """Return a clinician's text as it is sent and kept; empty when a reader would see nothing."""
    return "" if shows_nothing(text) else cleaned(text).strip()


def _must_have(thread: Thread, staff: Staff) -> None:
    if thread.assignee_id != staff.id:
        raise NotYours("only the clinician who has the talk may do this")


async def _end(talk: Talk, thread: Thread, outcome: ThreadOutcome, now: datetime) -> None:
    thread.status = ThreadStatus.CLOSED.value
    thread.outcome = outcome.value
    thread.closed_at = now
    thread.alarm_at = None
    thread.unanswered_since = None
    await cancel_timers(talk.session, str(thread.id), [WAITING_TIMER, LEASE_TIMER], now)
    # With a 119 outcome she has said it herself; else the card of a late red flag must still be sent.
    if outcome in ENDS_WITH_119:
        await drop_cards(talk, now)
    else:
        await send_cards_now(talk, now)


async def _renew_lease(talk: Talk, thread: Thread, now: datetime) -> None:
    await set_timer(
        talk.session,
        LEASE_TIMER,
        str(thread.id),
        now + LEASE,
        municipality_id=thread.municipality_id,
        conversation_id=thread.conversation_id,
    )


def _happened(
    talk: Talk, thread: Thread, what: str, now: datetime, staff: Staff | None = None, **fields: str
) -> None:
    """Record in the talk what happened to its thread."""
    body = {"thread": str(thread.id), **fields}
    talk.record(Speaker.SYSTEM, f"handoff.{what}", body, now, staff_id=staff.id if staff else None)
    thread.version = talk.conversation.version
