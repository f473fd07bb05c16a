"""Test leases: a resident whose clinician does not answer is queued again."""

import uuid

import pytest

from core.crypto import KeyRing
from core.db.engine import Sessions
from core.db.tables import Owner, Profession, Staff, Urgency
from core.talk import lock_talk
from core.texts import Texts
from core.words import Words
from handoff import service_clinician, service_resident
from handoff.errors import NotYours
from handoff.jobs import end_leases
from handoff.model import Summary
from tests.conftest import FakeClock
from tests.harness.people import make_staff, make_talk


@pytest.fixture
async def nurse(sessions: Sessions, ring: KeyRing, clock: FakeClock) -> Staff:
    return await make_staff(sessions, ring, clock)


@pytest.fixture
async def talk_id(
    sessions: Sessions, ring: KeyRing, clock: FakeClock, texts: Texts, nurse: Staff
) -> uuid.UUID:
    """Return a talk that the nurse has claimed; the resident waits for her first words."""
    found = await make_talk(sessions, ring, clock)
    async with sessions.begin() as session:
        talk = await lock_talk(session, ring, found)
        thread = await service_resident.open_thread(
            talk,
            profession=Profession.NURSE,
            urgency=Urgency.GREEN,
            summary=Summary(complaint=Words.of("熱")),
            now=clock(),
        )
        await service_clinician.claim(talk, thread, nurse, clock(), texts=texts)
    return found


async def status(sessions: Sessions, ring: KeyRing, talk_id: uuid.UUID) -> tuple[str, str]:
    async with sessions.begin() as session:
        talk = await lock_talk(session, ring, talk_id)
        thread = await service_resident.open_thread_of(session, talk_id)
        assert thread
        return thread.status, talk.conversation.owner


async def answer(
    sessions: Sessions, ring: KeyRing, clock: FakeClock, talk_id: uuid.UUID, nurse: Staff
) -> None:
    async with sessions.begin() as session:
        talk = await lock_talk(session, ring, talk_id)
        thread = await service_resident.open_thread_of(session, talk_id)
        assert thread
        await service_clinician.reply(talk, thread, nurse, clock(), text="お待たせしました")


async def test_a_clinician_who_never_answers_loses_the_talk_and_the_resident_is_told(
    sessions: Sessions, ring: KeyRing, clock: FakeClock, texts: Texts, talk_id: uuid.UUID, nurse: Staff
) -> None:
    clock.advance(minutes=29)
    assert await end_leases(sessions, ring, texts, clock) == 0
    clock.advance(minutes=2)
    assert await end_leases(sessions, ring, texts, clock) == 1
    assert await end_leases(sessions, ring, texts, clock) == 0
    assert await status(sessions, ring, talk_id) == ("waiting", Owner.BOT)
    with pytest.raises(NotYours):
        await answer(sessions, ring, clock, talk_id, nurse)


async def test_each_answer_renews_the_lease(
    sessions: Sessions, ring: KeyRing, clock: FakeClock, texts: Texts, talk_id: uuid.UUID, nurse: Staff
) -> None:
    clock.advance(minutes=25)
    await answer(sessions, ring, clock, talk_id, nurse)
    clock.advance(minutes=25)
    assert await end_leases(sessions, ring, texts, clock) == 0
    assert await status(sessions, ring, talk_id) == ("claimed", Owner.CLINICIAN)


async def test_while_nobody_waits_for_her_words_the_talk_stays_hers(
    sessions: Sessions, ring: KeyRing, clock: FakeClock, texts: Texts, talk_id: uuid.UUID, nurse: Staff
) -> None:
    await answer(sessions, ring, clock, talk_id, nurse)
    for _ in range(5):
        clock.advance(minutes=31)
        assert await end_leases(sessions, ring, texts, clock) == 0
    assert await status(sessions, ring, talk_id) == ("claimed", Owner.CLINICIAN)
