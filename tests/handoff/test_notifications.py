"""Test what waits for a clinician: which talks, how urgently, and until when they ring."""

import json
import uuid
from datetime import timedelta

import pytest

from core.db.tables import Profession, Speaker, Urgency
from core.findings import heard_danger
from core.talk import lock_talk
from core.words import Words
from handoff import notification_feed, queue, safety_events, service_clinician, service_resident
from tests.conftest import FakeClock
from tests.harness.console_client import StaffWeb
from tests.harness.people import make_talk
from tests.harness.threads import rings, says, waiting, waits


@pytest.fixture(autouse=True)
def _read_afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked for here is never a second old."""
    for module, name in ((queue, "FRESH_S"), (queue, "PAUSE_S"), (notification_feed, "VIEWS_FRESH_S")):
        monkeypatch.setattr(module, name, 0.0)


async def alarm(staff_web: StaffWeb, talk_id: uuid.UUID, category: str = "stroke") -> None:
    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, talk_id)
        thread = await service_resident.open_thread_of(session, talk_id, lock=True)
        assert thread
        service_resident.raise_alarm(talk, thread, category, staff_web.deps.clock())


async def danger(staff_web: StaffWeb) -> None:
    """Somebody who is red and asks for nobody."""
    now = staff_web.deps.clock()
    talk_id = await make_talk(staff_web.sessions, staff_web.ring, staff_web.deps.clock, "iwaki", 1)
    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, talk_id)
        talk.record(Speaker.RESIDENT, "text", {"text": "胸が苦しい"}, now)
        await safety_events.note_red(talk, Urgency.RED, "chest_back", now)


async def test_nobody_waiting_is_silence(staff_web: StaffWeb) -> None:
    nurse = await staff_web.at_work("nurse")
    assert await waits(nurse) == {"title": "", "count": 0, "urgent": 0, "calls": []}


@pytest.mark.parametrize(
    ("urgency", "profession", "why"),
    [
        (Urgency.GREEN, Profession.NURSE, "waiting"),
        (Urgency.YELLOW, Profession.DOCTOR, "waiting"),
        (Urgency.ORANGE, Profession.NURSE, "waiting"),
        (Urgency.RED, Profession.NURSE, "red"),
        (Urgency.RED, Profession.PHARMACIST, "red"),
    ],
)
async def test_a_red_is_told_apart_from_the_ordinary_whoever_was_asked_for(
    staff_web: StaffWeb, urgency: Urgency, profession: Profession, why: str
) -> None:
    nurse = await staff_web.at_work("nurse")
    await waiting(staff_web, urgency=urgency, profession=profession)
    found = await waits(nurse)
    assert [c["why"] for c in found["calls"]] == [why]
    assert found["title"] == ("【緊急1】(1) " if why == "red" else "(1) ")


async def test_somebody_who_wants_to_die_is_urgent_for_every_profession(staff_web: StaffWeb) -> None:
    nurse = await staff_web.at_work("nurse")
    talk_id, _ = await waiting(staff_web, urgency=Urgency.ORANGE, profession=Profession.COUNSELLOR)
    assert (await waits(nurse))["urgent"] == 0
    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, talk_id)
        thread = await service_resident.open_thread_of(session, talk_id, lock=True)
        assert thread
        sign = heard_danger(
            "suicide_plan", Urgency.ORANGE, Words.of("消えてしまいたい"), staff_web.deps.clock()
        )
        service_resident.note_sign(talk, thread, sign)
    found = await waits(nurse)
    assert (found["urgent"], found["calls"][0]["why"]) == (1, "sign")


async def test_a_red_who_asks_for_nobody_rings_until_somebody_has_opened_it(
    staff_web: StaffWeb, clock: FakeClock
) -> None:
    nurse, doctor = await staff_web.at_work("nurse"), await staff_web.at_work("doctor")
    await danger(staff_web)
    found = await waits(nurse)
    assert (found["urgent"], found["calls"][0]["why"], found["title"]) == (1, "danger", "【緊急1】(1) ")
    first = found["calls"][0]["ring"]
    clock.advance(seconds=11)
    again = (await waits(nurse))["calls"][0]["ring"]
    assert first
    assert again not in {"", first}
    status, _ = await doctor.get(found["calls"][0]["page"])
    assert status == 200
    found = await waits(nurse)
    assert (found["urgent"], found["count"], found["calls"][0]["ring"]) == (0, 1, "")


async def test_what_waits_is_told_without_a_word_of_the_resident(staff_web: StaffWeb) -> None:
    nurse = await staff_web.at_work("nurse")
    talk_id, _ = await waiting(staff_web, urgency=Urgency.RED, complaint="胸が締めつけられる")
    await says(staff_web, talk_id, "冷や汗も出ます")
    body = json.dumps(await waits(nurse), ensure_ascii=False)
    assert "胸" not in body
    assert "冷や汗" not in body
    assert "相談者" in body


async def test_another_citys_red_rings_for_nobody_here(staff_web: StaffWeb) -> None:
    nurse = await staff_web.at_work("nurse")
    await waiting(staff_web, city="demo-kitahama", urgency=Urgency.RED)
    assert (await waits(nurse))["count"] == 0
    both = await staff_web.at_work("both", cities=("iwaki", "demo-kitahama"))
    assert "北浜" in (await waits(both))["calls"][0]["text"]


async def test_a_red_rings_every_ten_seconds_until_she_opens_it(
    staff_web: StaffWeb, clock: FakeClock
) -> None:
    nurse, colleague = await staff_web.at_work("nurse"), await staff_web.at_work("colleague")
    _, thread_id = await waiting(staff_web, urgency=Urgency.RED)
    heard = set()
    for _ in range(4):
        heard |= set(await rings(nurse))
        clock.advance(seconds=5)
    assert len(heard) == 2
    await nurse.get(f"/console/threads/{thread_id}")
    clock.advance(seconds=10)
    assert await rings(nurse) == []
    assert (await waits(nurse))["urgent"] == 1  # it is still counted
    assert await rings(colleague)  # who has not seen it is called on


async def test_new_words_of_a_red_that_waits_ring_again(staff_web: StaffWeb, clock: FakeClock) -> None:
    nurse = await staff_web.at_work("nurse")
    talk_id, thread_id = await waiting(staff_web, urgency=Urgency.RED)
    await nurse.get(f"/console/threads/{thread_id}")
    clock.advance(minutes=1)
    assert await rings(nurse) == []
    await says(staff_web, talk_id, "返事がありません")
    assert await rings(nurse)


async def test_an_alarm_in_a_talk_she_has_open_rings_until_it_is_acknowledged(
    staff_web: StaffWeb, clock: FakeClock
) -> None:
    nurse = await staff_web.at_work("nurse")
    talk_id, thread_id = await waiting(staff_web)
    await nurse.post(f"/console/threads/{thread_id}/claim")
    await nurse.get(f"/console/threads/{thread_id}")
    clock.advance(minutes=1)
    await alarm(staff_web, talk_id)
    for _ in range(3):
        assert [why for why, _ in await rings(nurse)] == ["alarm"]
        clock.advance(seconds=10)
    await nurse.post(f"/console/threads/{thread_id}/alarm")
    assert "alarm" not in [why for why, _ in await rings(nurse)]


async def test_each_new_word_in_her_own_talk_rings_once_and_her_reply_ends_it(
    staff_web: StaffWeb, clock: FakeClock
) -> None:
    nurse, colleague = await staff_web.at_work("nurse"), await staff_web.at_work("colleague")
    talk_id, thread_id = await waiting(staff_web)
    await nurse.post(f"/console/threads/{thread_id}/claim")
    await nurse.post(f"/console/threads/{thread_id}/reply", text="はい", submission="1")
    assert await rings(nurse) == []
    await says(staff_web, talk_id, "熱が上がりました")
    first = await rings(nurse)
    clock.advance(minutes=2)
    assert await rings(nurse) == first  # the same ring: pages remember that it has sounded
    await colleague.post(f"/console/threads/{thread_id}/note", text="見ています", submission="2")
    assert await rings(nurse) == first
    await says(staff_web, talk_id, "39度です")
    second = await rings(nurse)
    assert [why for why, _ in second] == ["unread"]
    assert second != first
    assert await rings(colleague) == []
    await nurse.post(f"/console/threads/{thread_id}/reply", text="わかりました", submission="3")
    assert await rings(nurse) == []


async def test_a_talk_that_comes_back_to_the_queue_rings_again(staff_web: StaffWeb, clock: FakeClock) -> None:
    nurse, colleague = await staff_web.at_work("nurse"), await staff_web.at_work("colleague")
    talk_id, thread_id = await waiting(staff_web)
    first = await rings(colleague)
    await nurse.post(f"/console/threads/{thread_id}/claim")
    assert await rings(colleague) == []
    clock.advance(minutes=31)
    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, talk_id)
        thread = await service_resident.open_thread_of(session, talk_id, lock=True)
        assert thread
        assert await service_clinician.end_lease(
            talk, thread, clock() + timedelta(minutes=1), texts=staff_web.deps.texts
        )
    assert await rings(colleague) != first
    assert [why for why, _ in await rings(colleague)] == ["overdue"]


async def test_the_most_urgent_is_told_first_and_all_are_counted(
    staff_web: StaffWeb, clock: FakeClock
) -> None:
    nurse = await staff_web.at_work("nurse")
    for number in range(1, 23):
        await waiting(staff_web, number)
        clock.advance(seconds=1)
    await waiting(staff_web, 30, urgency=Urgency.RED)
    found = await waits(nurse)
    assert (found["count"], len(found["calls"]), found["calls"][0]["why"]) == (23, 20, "red")
