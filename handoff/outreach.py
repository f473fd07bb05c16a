"""Let a clinician reach out to a resident in danger without a thread: open a thread and claim it."""

from datetime import datetime

from core.db.tables import Profession, Speaker, Staff, Thread, Urgency
from core.talk import Talk
from core.texts import Texts
from core.urgency import more_urgent
from core.words import Words
from handoff import safety_store, store
from handoff.errors import AlreadySettled
from handoff.model import Basis, Summary, answering_profession
from handoff.safety_events import DESPAIRS, LISTED_FOR
from handoff.service_clinician import claim
from handoff.service_resident import open_thread, read_summary

# Characters of the resident's last words that go into the summary.
WORDS = 5
LOOKED_THROUGH = 30  # utterances


async def reach_out(talk: Talk, staff: Staff, now: datetime, *, texts: Texts) -> Thread:
    """Open a thread for the dangers of a talk and claim it; a thread that is already waiting is claimed.

    Raises:
        AlreadyTaken: another clinician has the talk.
        AlreadySettled: no danger is open in this talk.
    """
    thread = await store.open_thread_of(talk.session, talk.conversation.id, lock=True)
    if thread is not None:
        return await claim(talk, thread, staff, now, texts=texts)
    events = await safety_store.open_events(talk.session, talk.conversation.id)
    if not events:
        raise AlreadySettled("nothing is open in this talk")
    urgency = more_urgent(*(Urgency(event.urgency) for event in events))
    thread = await open_thread(
        talk,
        profession=answering_profession(Profession.NURSE, staff.professions) or Profession.NURSE,
        urgency=urgency,
        summary=await _summary(talk, urgency, now),
        now=now,
        is_despair=any(event.category in DESPAIRS for event in events),
        reaching_out=staff,
    )
    return await claim(talk, thread, staff, now, texts=texts, greeting="handoff.reaching_out")


async def _summary(talk: Talk, urgency: Urgency, now: datetime) -> Summary:
    """Return what is known: the last thread's summary if it is of today, and the resident's last words."""
    said = await store.utterances(talk.session, talk.conversation.id, limit=LOOKED_THROUGH)
    own = [talk.words(line).get("text", "") for line, *_ in said if line.speaker == Speaker.RESIDENT.value]
    words = tuple(filter(None, own))[-WORDS:]
    fresh = Summary(complaint=Words.of(*words), urgency=urgency, basis=Basis.SIGN)
    last = await store.latest_thread(talk.session, talk.conversation.id)
    if last is None or last.requested_at < now - LISTED_FOR:
        return fresh
    known = read_summary(talk, last)
    return known.extended(Summary(said=tuple(map(Words.of, words)), urgency=urgency, basis=Basis.SIGN))
