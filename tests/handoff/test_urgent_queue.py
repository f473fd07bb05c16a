"""Test that danger comes first in the queue, and that every waiting thread is visible to all professions."""

import re
from datetime import timedelta

import pytest

from core.db.tables import Profession, Urgency
from core.talk import lock_talk
from handoff import service_clinician, service_resident
from handoff.model import Summary
from handoff.queue import FIRST_RESPONSE
from tests.conftest import FakeClock
from tests.harness.console_client import StaffWeb
from tests.harness.threads import changes, rings, says, waiting

INBOX = "/console/inbox"


def sections(page: str) -> dict[str, list[str]]:
    """The words of each section's rows, in the order of the page."""
    found = re.findall(r'<section id="(\w+)" class="list".*?>(.*?)</section>', page, re.DOTALL)
    return {name: re.findall(r'class="words"><bdi>([^<]+)', rows) for name, rows in found}


async def despairs(staff_web: StaffWeb, number: int, complaint: str) -> None:
    """Who wants to die is put through to a counsellor by the card of care."""
    talk_id, _ = await waiting(
        staff_web, number, profession=Profession.COUNSELLOR, urgency=Urgency.ORANGE, complaint=complaint
    )
    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, talk_id)
        await service_resident.open_thread(
            talk,
            profession=Profession.COUNSELLOR,
            urgency=Urgency.ORANGE,
            summary=Summary(urgency=Urgency.ORANGE),
            now=staff_web.deps.clock(),
            is_despair=True,
        )


@pytest.mark.parametrize("profession", [Profession.NURSE, Profession.PHARMACIST, Profession.COUNSELLOR])
async def test_despair_and_red_stand_first_for_every_profession(
    staff_web: StaffWeb, clock: FakeClock, profession: Profession
) -> None:
    await waiting(staff_web, 1, urgency=Urgency.ORANGE, profession=profession, complaint="息切れが続く")
    await despairs(staff_web, 2, "もう消えてしまいたい")
    clock.advance(minutes=1)
    await waiting(staff_web, 3, urgency=Urgency.RED, profession=Profession.DOCTOR, complaint="胸が苦しい")
    clinician = await staff_web.at_work("clinician", professions=(profession,))
    page = (await clinician.get(INBOX))[1]
    found = sections(page)
    assert found["first"] == ["もう消えてしまいたい", "胸が苦しい"]
    assert found["own"] == ["息切れが続く"]
    assert next(iter(found)) == "first"
    assert "死にたい気持ち" in page


async def test_words_of_despair_in_a_waiting_thread_bring_it_to_the_front(staff_web: StaffWeb) -> None:
    talk_id, _ = await waiting(staff_web, profession=Profession.MIDWIFE, complaint="眠れません")
    pharmacist = await staff_web.at_work("pharmacist", professions=(Profession.PHARMACIST,))
    assert sections((await pharmacist.get(INBOX))[1])["others"] == ["眠れません"]
    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, talk_id)
        thread = await service_resident.open_thread_of(session, talk_id, lock=True)
        assert thread is not None
        service_resident.raise_alarm(talk, thread, "suicidal", staff_web.deps.clock(), urgency=Urgency.ORANGE)
        await service_clinician.acknowledge_alarm(
            talk, thread, await staff_web.hire("seer"), staff_web.deps.clock()
        )
    assert sections((await pharmacist.get(INBOX))[1])["first"] == ["眠れません"]


@pytest.mark.parametrize(
    ("urgency", "minutes"),
    [(Urgency.ORANGE, 5), (Urgency.YELLOW, 15), (Urgency.GREEN, 30), (Urgency.WHITE, 30)],
)
async def test_who_waits_too_long_for_the_urgency_is_shown_to_every_profession(
    staff_web: StaffWeb, clock: FakeClock, urgency: Urgency, minutes: int
) -> None:
    assert FIRST_RESPONSE[urgency] == timedelta(minutes=minutes)
    await waiting(staff_web, urgency=urgency, profession=Profession.DIETITIAN, complaint="待っています")
    midwife = await staff_web.at_work("midwife", professions=(Profession.MIDWIFE,))
    clock.advance(minutes=minutes, seconds=-1)
    found = sections((await midwife.get(INBOX))[1])
    assert (found["others"], "overdue" in found) == (["待っています"], False)
    clock.advance(seconds=1)
    page = (await midwife.get(INBOX))[1]
    assert sections(page)["overdue"] == ["待っています"]
    assert "others" not in sections(page)
    assert f"目安の{minutes}分を過ぎています" in page
    assert f'datetime="{(clock() - timedelta(minutes=minutes)).isoformat()}" data-since' in page


async def test_red_is_due_at_once() -> None:
    assert FIRST_RESPONSE[Urgency.RED] == timedelta(0)
    assert set(FIRST_RESPONSE) == set(Urgency)


async def test_an_open_inbox_rings_when_somebody_has_waited_too_long(
    staff_web: StaffWeb, clock: FakeClock
) -> None:
    await waiting(staff_web, urgency=Urgency.ORANGE, profession=Profession.DOCTOR, complaint="息切れ")
    nurse = await staff_web.at_work("nurse")
    async with changes(nurse, f"{INBOX}/events") as following:
        await following()
        assert [why for why, _ in await rings(nurse)] == ["waiting"]
        clock.advance(minutes=5)
        await waiting(staff_web, 2, complaint="別の方")
        board = await following()
    assert [why for why, _ in await rings(nurse)] == ["overdue", "waiting"]
    assert sections(board["html"])["overdue"] == ["息切れ"]


async def test_a_talk_that_came_back_waits_since_the_words_nobody_answered(
    staff_web: StaffWeb, clock: FakeClock
) -> None:
    talk_id, thread_id = await waiting(staff_web, urgency=Urgency.YELLOW, complaint="めまい")
    nurse = await staff_web.at_work("nurse")
    await nurse.post(f"/console/threads/{thread_id}/claim")
    await nurse.post(f"/console/threads/{thread_id}/reply", text="はい", submission="one")
    clock.advance(minutes=20)
    await says(staff_web, talk_id, "吐き気もします")
    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, talk_id)
        thread = await service_resident.open_thread_of(session, talk_id, lock=True)
        assert thread is not None
        assert await service_clinician.end_lease(talk, thread, clock(), texts=staff_web.deps.texts)
    colleague = await staff_web.at_work("colleague")
    assert sections((await colleague.get(INBOX))[1])["own"] == ["めまい"]
    clock.advance(minutes=15)
    assert sections((await colleague.get(INBOX))[1])["overdue"] == ["めまい"]


async def test_who_is_being_answered_is_not_overdue(staff_web: StaffWeb, clock: FakeClock) -> None:
    _, thread_id = await waiting(staff_web, urgency=Urgency.RED, complaint="胸が苦しい")
    nurse = await staff_web.at_work("nurse")
    await nurse.post(f"/console/threads/{thread_id}/claim")
    clock.advance(minutes=20)
    found = sections((await nurse.get(INBOX))[1])
    assert found["mine"] == ["胸が苦しい"]
    assert not {"first", "overdue"} & set(found)


async def test_words_that_turn_the_page_round_stay_in_their_row(staff_web: StaffWeb) -> None:
    turned = "\u202e終わりから読む言葉"
    talk_id, thread_id = await waiting(staff_web, complaint=turned)
    await says(staff_web, talk_id, turned)
    nurse = await staff_web.at_work("nurse")
    row = (await nurse.get(INBOX))[1]
    page = (await nurse.get(f"/console/threads/{thread_id}"))[1]
    for shown in (row, page):
        assert "\u202e" not in shown
        assert "<bdi>終わりから読む言葉</bdi>" in shown
