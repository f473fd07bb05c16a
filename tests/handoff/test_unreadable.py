"""Test a resident whose key is gone: her words are unreadable, all others are served."""

from sqlalchemy import select

from core.db.tables import Thread, Timer
from core.talk import lock_talk
from core.timers import set_timer
from handoff import service
from handoff.jobs import end_leases, say_waiting_word
from tests.conftest import FakeClock
from tests.harness.console_client import House
from tests.harness.threads import says, waiting


async def test_the_queue_shows_the_others_and_marks_the_one_that_cannot_be_opened(house: House) -> None:
    lost, _ = await waiting(house, 1, complaint="失われた言葉")
    await waiting(house, 2, complaint="頭が痛い")
    await house.destroy_key(lost)
    nurse = await house.at_work("nurse")
    status, page = await nurse.get("/console/inbox")
    assert status == 200
    assert "頭が痛い" in page
    assert page.count("内容を開けません") == 1


async def test_a_thread_that_cannot_be_opened_says_so(house: House) -> None:
    lost, thread_id = await waiting(house)
    await says(house, lost, "失われた言葉")
    await house.destroy_key(lost)
    nurse = await house.at_work("nurse")
    status, page = await nurse.get(f"/console/threads/{thread_id}")
    assert status == 200
    assert "暗号の鍵が使えないため開けません" in page
    assert '<p class="missing">内容を開けません</p>' in page
    assert "失われた言葉" not in page
    status, _ = await nurse.get(f"/console/threads/{thread_id}/changes?after=0")
    assert status == 200


async def test_a_talk_can_be_locked_without_its_key(house: House) -> None:
    lost, _ = await waiting(house)
    await house.destroy_key(lost)
    async with house.sessions.begin() as session:
        talk = await lock_talk(session, house.ring, lost)
        assert talk.touch() > 0


async def outcomes(house: House, kind: str) -> list[str | None]:
    async with house.sessions() as session:
        found = await session.scalars(select(Timer.outcome).where(Timer.kind == kind).order_by(Timer.id))
        return list(found)


async def test_one_word_that_cannot_be_said_does_not_keep_the_next_from_being_said(
    house: House, clock: FakeClock
) -> None:
    lost, _ = await waiting(house, 1)
    await waiting(house, 2)
    await house.destroy_key(lost)
    async with house.sessions.begin() as session:
        await set_timer(
            session,
            service.WAITING_TIMER,
            "no-thread-id",
            clock(),
            municipality_id="iwaki",
            conversation_id=lost,
        )
    clock.advance(minutes=6)
    assert await say_waiting_word(house.sessions, house.ring, house.deps.texts, clock) == 1
    assert await outcomes(house, service.WAITING_TIMER) == ["failed", "fired", "failed", None]


async def test_one_lease_that_cannot_be_ended_does_not_keep_the_next_from_ending(
    house: House, clock: FakeClock
) -> None:
    talks = [await waiting(house, number) for number in (1, 2)]
    staff = await house.hire("nurse")
    for talk_id, thread_id in talks:
        async with house.sessions.begin() as session:
            talk = await lock_talk(session, house.ring, talk_id)
            thread = await session.get_one(Thread, thread_id)
            await service.claim(talk, thread, staff, clock(), texts=house.deps.texts)
        clock.advance(seconds=1)
    await house.destroy_key(talks[0][0])
    clock.advance(minutes=31)
    assert await end_leases(house.sessions, house.ring, house.deps.texts, clock) == 1
    assert await outcomes(house, service.LEASE_TIMER) == ["failed", "fired"]
