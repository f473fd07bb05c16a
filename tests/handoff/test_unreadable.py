"""Test a resident whose key is gone: her words are unreadable, all others are served."""

from sqlalchemy import select

from core.db.tables import Thread, Timer
from core.talk import lock_talk
from core.timers import set_timer
from handoff import service_clinician, thread_lifecycle
from handoff.jobs import end_leases, say_waiting_word
from tests.conftest import FakeClock
from tests.harness.console_client import StaffWeb
from tests.harness.threads import says, waiting


async def test_the_queue_shows_the_others_and_marks_the_one_that_cannot_be_opened(
    staff_web: StaffWeb,
) -> None:
    lost, _ = await waiting(staff_web, 1, complaint="失われた言葉")
    await waiting(staff_web, 2, complaint="頭が痛い")
    await staff_web.destroy_key(lost)
    nurse = await staff_web.at_work("nurse")
    status, page = await nurse.get("/console/inbox")
    assert status == 200
    assert "頭が痛い" in page
    assert page.count("内容を開けません") == 1


async def test_a_thread_that_cannot_be_opened_says_so(staff_web: StaffWeb) -> None:
    lost, thread_id = await waiting(staff_web)
    await says(staff_web, lost, "失われた言葉")
    await staff_web.destroy_key(lost)
    nurse = await staff_web.at_work("nurse")
    status, page = await nurse.get(f"/console/threads/{thread_id}")
    assert status == 200
    assert "暗号の鍵が使えないため開けません" in page
    assert '<p class="missing">内容を開けません</p>' in page
    assert "失われた言葉" not in page
    status, _ = await nurse.get(f"/console/threads/{thread_id}/changes?after=0")
    assert status == 200


async def test_a_talk_can_be_locked_without_its_key(staff_web: StaffWeb) -> None:
    lost, _ = await waiting(staff_web)
    await staff_web.destroy_key(lost)
    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, lost)
        assert talk.touch() > 0


async def outcomes(staff_web: StaffWeb, kind: str) -> list[str | None]:
    async with staff_web.sessions() as session:
        found = await session.scalars(select(Timer.outcome).where(Timer.kind == kind).order_by(Timer.id))
        return list(found)


async def test_one_word_that_cannot_be_said_does_not_keep_the_next_from_being_said(
    staff_web: StaffWeb, clock: FakeClock
) -> None:
    lost, _ = await waiting(staff_web, 1)
    await waiting(staff_web, 2)
    await staff_web.destroy_key(lost)
    async with staff_web.sessions.begin() as session:
        await set_timer(
            session,
            thread_lifecycle.WAITING_TIMER,
            "no-thread-id",
            clock(),
            municipality_id="iwaki",
            conversation_id=lost,
        )
    clock.advance(minutes=6)
    assert await say_waiting_word(staff_web.sessions, staff_web.ring, staff_web.deps.texts, clock) == 1
    assert await outcomes(staff_web, thread_lifecycle.WAITING_TIMER) == ["failed", "fired", "failed", None]


async def test_one_lease_that_cannot_be_ended_does_not_keep_the_next_from_ending(
    staff_web: StaffWeb, clock: FakeClock
) -> None:
    talks = [await waiting(staff_web, number) for number in (1, 2)]
    staff = await staff_web.hire("nurse")
    for talk_id, thread_id in talks:
        async with staff_web.sessions.begin() as session:
            talk = await lock_talk(session, staff_web.ring, talk_id)
            thread = await session.get_one(Thread, thread_id)
            await service_clinician.claim(talk, thread, staff, clock(), texts=staff_web.deps.texts)
        clock.advance(seconds=1)
    await staff_web.destroy_key(talks[0][0])
    clock.advance(minutes=31)
    assert await end_leases(staff_web.sessions, staff_web.ring, staff_web.deps.texts, clock) == 1
    assert await outcomes(staff_web, thread_lifecycle.LEASE_TIMER) == ["failed", "fired"]
