"""The clinician's side of a handed-off talk: claim, reply, note, alarm, lease, close.

All of it runs under the talk's lock; nothing here commits.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

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
from core.messages import Button, Message, Picture, Say, Text
from core.outside_text import cleaned, shows_nothing
from core.talk import Talk
from core.texts import Texts
from core.timers import cancel_timers, set_timer
from core.urgency import exceeds
from handoff import store
from handoff.errors import (
    AlarmUnseen,
    AlreadyTaken,
    NoProfession,
    NothingToSay,
    NotYours,
    Unanswered,
)
from handoff.held_cards import drop_cards, held_cards
from handoff.model import answering_profession
from handoff.safety_events import note_answered, note_ended
from handoff.thread_lifecycle import (
    ENDS_WITH_119,
    FIRST_WORD_AFTER,
    LEASE_TIMER,
    WAITING_TIMER,
    end_thread,
    lock_open_thread,
    record_thread_event,
)

# A clinician keeps a talk this long after her last act; then it is queued again if the resident waits.
LEASE = timedelta(minutes=30)
# LINE takes 5,000 UTF-16 units in one message; most Japanese characters are one unit.
LONGEST_REPLY = 4_500  # characters
# The resident's buttons when the bot has the talk back; a composition may give its own.
MENU = ("consult", "facility", "medicine", "person")
ENDS_UNANSWERED = (ThreadOutcome.SETTLED, ThreadOutcome.BY_PHONE, ThreadOutcome.CALLED_119)


async def handle_alarm(
    talk: Talk, thread: Thread, staff: Staff, now: datetime, *, up_to: int | None = None
) -> Thread:
    """Drop the cards of red flags that a clinician has seen (`up_to`, a timer's id) and deals with.

    Raises:
        NotYours: another clinician has it, or none.
        AlreadyClosed: it has ended.
    """
    thread = await lock_open_thread(talk, thread)
    _must_have(thread, staff)
    await drop_cards(talk, now, up_to=up_to)
    if not await held_cards(talk.session, talk.conversation.id):
        thread.alarm_at = None
    record_thread_event(talk, thread, "handling", now, staff)
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
    thread = await lock_open_thread(talk, thread)
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
    record_thread_event(talk, thread, "claimed", now, staff, profession=profession.value)
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
    thread = await lock_open_thread(talk, thread)
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
    thread = await lock_open_thread(talk, thread)
    if thread.alarm_at is not None:
        thread.alarm_at = None
        record_thread_event(talk, thread, "alarm_seen", now, staff)
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
    record_thread_event(talk, thread, "returned", now)
    is_hurried = exceeds(Urgency(thread.urgency), Urgency.YELLOW)
    words = texts(
        "handoff.returned_hurry" if is_hurried else "handoff.returned",
        profession=profession_name(texts, Profession(thread.profession)),
    )
    talk.say([Text(text=words)], now, must_arrive=True)
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
    menu: Sequence[Button] | None = None,
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
    thread = await lock_open_thread(talk, thread)
    _must_have(thread, staff)
    if thread.alarm_at and outcome not in ENDS_WITH_119:
        raise AlarmUnseen("a red flag has not been acknowledged")
    if thread.unanswered_since:
        seen = version >= await store.newest_words_version(talk.session, talk.conversation.id)
        if not seen or outcome not in ends_unanswered(is_following=talk.resident.is_following):
            raise Unanswered("the resident's newest words are unanswered")
    await note_ended(talk, staff, outcome, now)
    await end_thread(talk, thread, outcome, now)
    talk.give_to(Owner.BOT)
    record_thread_event(talk, thread, "closed", now, staff, outcome=outcome.value)
    name = told_profession(texts, thread, staff)
    quick = tuple(menu) if menu is not None else default_menu(texts)
    talk.say([Text(text=texts("handoff.closed", profession=name), quick=quick)], now, must_arrive=True)
    thread.version = talk.conversation.version
    return thread


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


def default_menu(texts: Texts) -> tuple[Button, ...]:
    """Return the resident's buttons when the bot has the talk back."""
    return tuple(Say(texts(f"handoff.menu.{key}.label"), texts(f"handoff.menu.{key}.says")) for key in MENU)


def _shown_words(text: str) -> str:
    """Return a clinician's text as it is sent and kept; empty when a reader would see nothing."""
    return "" if shows_nothing(text) else cleaned(text).strip()


def _must_have(thread: Thread, staff: Staff) -> None:
    if thread.assignee_id != staff.id:
        raise NotYours("only the clinician who has the talk may do this")


async def _renew_lease(talk: Talk, thread: Thread, now: datetime) -> None:
    await set_timer(
        talk.session,
        LEASE_TIMER,
        str(thread.id),
        now + LEASE,
        municipality_id=thread.municipality_id,
        conversation_id=thread.conversation_id,
    )
