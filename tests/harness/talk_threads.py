"""Help tests of dialogues to look at more than words: the thread, its summary, a clinician at work."""

from sqlalchemy import select

from core.clock import Clock
from core.crypto import KeyRing
from core.db.tables import Conversation, Profession, Thread
from core.talk import lock_talk
from core.texts import Texts
from handoff.model import Summary
from handoff.service_clinician import claim
from handoff.service_resident import open_thread_of, read_summary
from tests.harness.in_process import Town
from tests.harness.people import make_staff


async def open_thread(town: Town) -> Thread | None:
    """Return the open thread of the town's one talk."""
    async with town.sessions() as session:
        talk_id = (await session.scalars(select(Conversation.id))).one()
        return await open_thread_of(session, talk_id)


async def summary(town: Town, ring: KeyRing) -> Summary:
    """Return what the clinician gets with the town's one talk."""
    async with town.sessions.begin() as session:
        talk = await lock_talk(session, ring, (await session.scalars(select(Conversation.id))).one())
        thread = await open_thread_of(session, talk.conversation.id)
        assert thread is not None
        return read_summary(talk, thread)


async def claimed(town: Town, ring: KeyRing, clock: Clock, texts: Texts) -> Thread:
    """Let a counsellor take the town's one talk over; returns the thread."""
    staff = await make_staff(town.sessions, ring, clock, "demo-counsellor", (Profession.COUNSELLOR,))
    async with town.sessions.begin() as session:
        talk = await lock_talk(session, ring, (await session.scalars(select(Conversation.id))).one())
        thread = await open_thread_of(session, talk.conversation.id, lock=True)
        assert thread is not None
        return await claim(talk, thread, staff, clock(), texts=texts)
