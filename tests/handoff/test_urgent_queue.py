"""Test that danger comes first in the queue, and that every waiting thread is visible to all professions."""

import re
from datetime import timedelta

import pytest

from core.db.tables import Profession, Urgency
from core.talk import lock_talk
from handoff import service
from handoff.queue import FIRST_RESPONSE
from tests.conftest import FakeClock
from tests.harness.console_client import House
from tests.harness.threads import changes, says, waiting

INBOX = "/console/inbox"


def sections(page: str) -> dict[str, list[str]]:
    """The words of each section's rows, in the order of the page."""
    found = re.findall(r'<section id="(\w+)" class="list".*?>(.*?)</section>', page, re.DOTALL)
    return {name: re.findall(r'class="words">([^<]+)', rows) for name, rows in found}


async def despairs(house: House, number: int, complaint: str) -> None:
    """Who wants to die is put through to a counsellor by the card of care."""
    talk_id, _ = await waiting(
        house, number, profession=Profession.COUNSELLOR, urgency=Urgency.ORANGE, complaint=complaint
    )
    async with house.sessions.begin() as session:
        talk = await lock_talk(session, house.ring, talk_id)
        await service.open_thread(
            talk,
            profession=Profession.COUNSELLOR,
            urgency=Urgency.ORANGE,
            summary=service.Summary(urgency=Urgency.ORANGE),
            now=house.deps.clock(),
            is_despair=True,
        )


@pytest.mark.parametrize("profession", [Profession.NURSE, Profession.PHARMACIST, Profession.COUNSELLOR])
async def test_despair_and_red_stand_first_for_every_profession(
    house: House, clock: FakeClock, profession: Profession
) -> None:
    await waiting(house, 1, urgency=Urgency.ORANGE, profession=profession, complaint="息切れが続く")
    await despairs(house, 2, "もう消えてしまいたい")
    clock.advance(minutes=1)
    await waiting(house, 3, urgency=Urgency.RED, profession=Profession.DOCTOR, complaint="胸が苦しい")
    clinician = await house.at_work("clinician", professions=(profession,))
    page = (await clinician.get(INBOX))[1]
    found = sections(page)
    assert found["first"] == ["もう消えてしまいたい", "胸が苦しい"]
    assert found["own"] == ["息切れが続く"]
    assert next(iter(found)) == "first"
    assert "死にたい気持ち" in page


async def test_words_of_despair_in_a_waiting_thread_bring_it_to_the_front(house: House) -> None:
    talk_id, _ = await waiting(house, profession=Profession.MIDWIFE, complaint="眠れません")
    pharmacist = await house.at_work("pharmacist", professions=(Profession.PHARMACIST,))
    assert sections((await pharmacist.get(INBOX))[1])["others"] == ["眠れません"]
    async with house.sessions.begin() as session:
        talk = await lock_talk(session, house.ring, talk_id)
        thread = await service.open_thread_of(session, talk_id, lock=True)
        assert thread is not None
        service.raise_alarm(talk, thread, "suicidal", house.deps.clock(), urgency=Urgency.ORANGE)
        await service.acknowledge_alarm(talk, thread, await house.hire("seer"), house.deps.clock())
    assert sections((await pharmacist.get(INBOX))[1])["first"] == ["眠れません"]


@pytest.mark.parametrize(
    ("urgency", "minutes"),
    [(Urgency.ORANGE, 5), (Urgency.YELLOW, 15), (Urgency.GREEN, 30), (Urgency.WHITE, 30)],
)
async def test_who_waits_too_long_for_the_urgency_is_shown_to_every_profession(
    house: House, clock: FakeClock, urgency: Urgency, minutes: int
) -> None:
    assert FIRST_RESPONSE[urgency] == timedelta(minutes=minutes)
    await waiting(house, urgency=urgency, profession=Profession.DIETITIAN, complaint="待っています")
    midwife = await house.at_work("midwife", professions=(Profession.MIDWIFE,))
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


async def test_an_open_inbox_rings_when_somebody_has_waited_too_long(house: House, clock: FakeClock) -> None:
    await waiting(house, urgency=Urgency.ORANGE, profession=Profession.DOCTOR, complaint="息切れ")
    nurse = await house.at_work("nurse")
    async with changes(nurse, f"{INBOX}/events") as following:
        assert (await following())["alarms"] == 0
        clock.advance(minutes=5)
        await waiting(house, 2, complaint="別の方")
        board = await following()
    assert board["alarms"] == 1
    assert sections(board["html"])["overdue"] == ["息切れ"]


async def test_a_talk_that_came_back_waits_since_the_words_nobody_answered(
    house: House, clock: FakeClock
) -> None:
    talk_id, thread_id = await waiting(house, urgency=Urgency.YELLOW, complaint="めまい")
    nurse = await house.at_work("nurse")
    await nurse.post(f"/console/threads/{thread_id}/claim")
    await nurse.post(f"/console/threads/{thread_id}/reply", text="はい", submission="one")
    clock.advance(minutes=20)
    await says(house, talk_id, "吐き気もします")
    async with house.sessions.begin() as session:
        talk = await lock_talk(session, house.ring, talk_id)
        thread = await service.open_thread_of(session, talk_id, lock=True)
        assert thread is not None
        assert await service.end_lease(talk, thread, clock(), texts=house.deps.texts)
    colleague = await house.at_work("colleague")
    assert sections((await colleague.get(INBOX))[1])["own"] == ["めまい"]
    clock.advance(minutes=15)
    assert sections((await colleague.get(INBOX))[1])["overdue"] == ["めまい"]


async def test_who_is_being_answered_is_not_overdue(house: House, clock: FakeClock) -> None:
    _, thread_id = await waiting(house, urgency=Urgency.RED, complaint="胸が苦しい")
    nurse = await house.at_work("nurse")
    await nurse.post(f"/console/threads/{thread_id}/claim")
    clock.advance(minutes=20)
    found = sections((await nurse.get(INBOX))[1])
    assert found["mine"] == ["胸が苦しい"]
    assert not {"first", "overdue"} & set(found)


async def test_words_that_turn_the_page_round_stay_in_their_row(house: House) -> None:
    turned = "\u202e終わりから読む言葉"
    talk_id, thread_id = await waiting(house, complaint=turned)
    await says(house, talk_id, turned)
    nurse = await house.at_work("nurse")
    row = (await nurse.get(INBOX))[1]
    assert f'<bdi class="words">{turned}</bdi>' in row
    page = (await nurse.get(f"/console/threads/{thread_id}"))[1]
    assert page.count(f"<bdi>{turned}</bdi>") == page.count(turned) >= 2
