"""Test that a clinician sees a held card before it is sent, and can say that she deals with it."""

import re
import uuid

import pytest
from sqlalchemy import select

from core.clock import Clock
from core.db.tables import AuditEntry, Profession, Thread, Timer, Urgency
from core.findings import Finding, FindingAnswer
from core.talk import lock_talk
from core.timers import due_timers
from core.words import Words
from handoff import service_resident
from handoff.held_cards import CARD_TIMER, hold_card
from handoff.model import Summary
from tests.harness.console_client import StaffWeb
from tests.harness.threads import changes, waiting


async def alarm(staff_web: StaffWeb, talk_id: uuid.UUID, category: str = "head") -> None:
    """Somebody whose talk a clinician has writes a sign of danger."""
    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, talk_id)
        thread = await service_resident.open_thread_of(session, talk_id, lock=True)
        assert thread is not None
        now = staff_web.deps.clock()
        service_resident.raise_alarm(talk, thread, category, now)
        await hold_card(talk, thread, category, now)


async def held(staff_web: StaffWeb) -> int:
    async with staff_web.sessions() as session:
        return len(
            (
                await session.scalars(
                    select(Timer).where(Timer.kind == "handoff.card", Timer.outcome.is_(None))
                )
            ).all()
        )


async def test_the_page_tells_of_the_card_and_one_button_holds_it_back(staff_web: StaffWeb) -> None:
    talk_id, thread_id = await waiting(staff_web)
    nurse = await staff_web.at_work("nurse")
    at = f"/console/threads/{thread_id}"
    await nurse.get(at)
    await nurse.post(f"{at}/claim")
    await alarm(staff_web, talk_id)
    _, page = await nurse.get(at)
    assert "対応中</button>" in page
    assert "自動送信" in page
    status, _ = await nurse.post(f"{at}/handling")
    assert status == 204
    assert await held(staff_web) == 0
    _, page = await nurse.get(at)
    assert "自動送信" not in page
    assert "緊急のサインに対応中" in page
    async with staff_web.sessions() as session:
        assert "inbox:alarm:handled" in set(await session.scalars(select(AuditEntry.action)))


async def test_the_page_learns_of_it_while_it_is_open(staff_web: StaffWeb) -> None:
    talk_id, thread_id = await waiting(staff_web)
    nurse = await staff_web.at_work("nurse")
    at = f"/console/threads/{thread_id}"
    await nurse.get(at)
    await nurse.post(f"{at}/claim")
    async with changes(nurse, f"{at}/events?after=0") as following:
        await following()
        await alarm(staff_web, talk_id)
        assert "対応中</button>" in (await following())["head"]
        await nurse.post(f"{at}/handling")
        assert "対応中</button>" not in (await following())["head"]


async def test_a_colleague_sees_the_card_but_cannot_hold_it_back(staff_web: StaffWeb) -> None:
    talk_id, thread_id = await waiting(staff_web)
    nurse = await staff_web.at_work("nurse")
    at = f"/console/threads/{thread_id}"
    await nurse.get(at)
    await nurse.post(f"{at}/claim")
    await alarm(staff_web, talk_id)
    colleague = await staff_web.at_work("colleague")
    _, page = await colleague.get(at)
    assert "自動送信" in page
    assert "対応中</button>" not in page
    status, _ = await colleague.post(f"{at}/handling")
    assert status >= 400
    assert await held(staff_web) == 1


@pytest.mark.parametrize(("outcome", "left"), [("emergency", 0), ("advised", 1)])
async def test_only_who_ends_with_119_takes_the_held_card_with_her(
    staff_web: StaffWeb, clock: Clock, outcome: str, left: int
) -> None:
    talk_id, thread_id = await waiting(staff_web)
    nurse = await staff_web.at_work("nurse")
    at = f"/console/threads/{thread_id}"
    await nurse.get(at)
    await nurse.post(f"{at}/claim")
    await nurse.post(f"{at}/reply", text="119番に電話してください", submission="one")
    await alarm(staff_web, talk_id)
    await nurse.post(f"{at}/alarm")
    await nurse.post(f"{at}/close", outcome=outcome)
    assert await held(staff_web) == left
    async with staff_web.sessions() as session:
        assert len(await due_timers(session, CARD_TIMER, clock())) == left  # due at once, not in 20 s


async def test_dealing_with_a_sign_speaks_of_what_was_seen_only(staff_web: StaffWeb) -> None:
    talk_id, thread_id = await waiting(staff_web)
    nurse = await staff_web.at_work("nurse")
    at = f"/console/threads/{thread_id}"
    await nurse.get(at)
    await nurse.post(f"{at}/claim")
    await alarm(staff_web, talk_id)
    _, page = await nurse.get(at)
    seen = re.search(r'name="card" value="(\d+)"', page)
    assert seen
    await alarm(staff_web, talk_id, "belly")
    await nurse.post(f"{at}/handling", card=seen[1])
    assert await held(staff_web) == 1
    _, page = await nurse.get(at)
    assert "対応中</button>" in page


async def test_what_nobody_has_assessed_says_so_in_the_inbox_and_on_the_page(
    staff_web: StaffWeb, clock: Clock
) -> None:
    _, thread_id = await waiting(staff_web, complaint="こんにちは、膝が痛くて歩けません")
    nurse = await staff_web.at_work("nurse")
    _, inbox = await nurse.get("/console/inbox")
    assert "未判定" in inbox
    assert ">膝が痛くて歩けません<" in inbox
    _, page = await nurse.get(f"/console/threads/{thread_id}")
    assert page.count("未判定") >= 2
    assert "まだ判定していません" in page


async def test_a_summary_tells_yes_first_and_the_noes_in_one_line(staff_web: StaffWeb) -> None:
    talk_id, thread_id = await waiting(staff_web)
    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, talk_id)
        await service_resident.open_thread(
            talk,
            profession=Profession.NURSE,
            urgency=Urgency.ORANGE,
            summary=Summary(
                who="子ども（3歳）",
                complaint=Words.of("熱"),
                findings=(
                    Finding("けいれん", FindingAnswer.NO, "どれもない"),
                    Finding("水分", FindingAnswer.YES, "ひとつでもある"),
                    Finding("発疹", FindingAnswer.NO, "当てはまらない"),
                ),
                wishes=("病院・薬局さがし",),
            ),
            now=staff_web.deps.clock(),
        )
        assert await session.get(Thread, thread_id)
    nurse = await staff_web.at_work("nurse")
    _, page = await nurse.get(f"/console/threads/{thread_id}")
    assert "ないと答えたもの（2）" in page
    assert "けいれん／発疹" in page
    assert "子ども（3歳）" in page
    assert "病院・薬局さがし" in page


async def test_a_talk_does_not_end_while_a_sign_waits_to_be_seen(staff_web: StaffWeb) -> None:
    talk_id, thread_id = await waiting(staff_web)
    nurse = await staff_web.at_work("nurse")
    at = f"/console/threads/{thread_id}"
    await nurse.get(at)
    await nurse.post(f"{at}/claim")
    await nurse.post(f"{at}/reply", text="どうなさいましたか", submission="one")
    await alarm(staff_web, talk_id)
    status, words = await nurse.post(f"{at}/close", outcome="advised")
    assert status == 409
    assert "まだ確認していない緊急のサイン" in words
    await nurse.post(f"{at}/handling")
    assert (await nurse.post(f"{at}/close", outcome="advised"))[0] == 204
