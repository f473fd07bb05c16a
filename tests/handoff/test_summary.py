"""Test the summary of a thread as a clinician sees and prints it: situation, background, assessment, recommendation."""

import json
import re
import uuid
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select, update

from core.console.audit import AuditAction
from core.db.tables import AuditEntry, Profession, Staff, Thread, Urgency, Utterance
from core.findings import Finding, FindingAnswer, FindingKind, FindingMark, heard_danger
from core.talk import lock_talk
from core.words import Words
from handoff import service_resident
from handoff.model import Basis, Summary
from tests.conftest import FakeClock
from tests.harness.console_client import StaffWeb
from tests.harness.people import make_talk
from tests.harness.threads import says

COUGH, DIZZY, MEDICINE = "せきがひどい", "ふらつく", "血をさらさらにする薬を飲んでいる"
WORSE = "横になると息が苦しいです"


async def handed_over(staff_web: StaffWeb, clock: FakeClock, **more: object) -> tuple[uuid.UUID, uuid.UUID]:
    """Return talk and thread of a resident whose consultation ended orange."""
    talk_id = await make_talk(staff_web.sessions, staff_web.ring, staff_web.deps.clock, "iwaki", 1)
    at = clock()
    sign = FindingMark(at=at)
    findings = (
        Finding(DIZZY, FindingAnswer.YES, "あり", replace(sign, urgency=Urgency.YELLOW)),
        Finding(COUGH, FindingAnswer.TOLD, "お話から", replace(sign, urgency=Urgency.ORANGE)),
        Finding("胸が痛い／顔色が悪い", FindingAnswer.NO, "どれもない", sign),
        Finding(MEDICINE, FindingAnswer.TOLD, "お話から", replace(sign, kind=FindingKind.RISK)),
        Finding("性別", FindingAnswer.TOLD, "女性", replace(sign, kind=FindingKind.FACT)),
        Finding("体温", FindingAnswer.TOLD, "38.4度", replace(sign, kind=FindingKind.FACT)),
        Finding("妊娠", FindingAnswer.UNKNOWN, "聞いていない", FindingMark(kind=FindingKind.FACT)),
    )
    summary = Summary(
        who="本人（62歳）",
        complaint=Words.of("せきと熱が続いています"),
        findings=findings,
        urgency=Urgency.ORANGE,
        advised=("1時間以内に病院へ行ってください。",),
        basis=Basis.PROTOCOL,
        protocols=("せき（大人）",),
        departments=("内科", "呼吸器内科"),
    )
    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, talk_id)
        thread = await service_resident.open_thread(
            talk,
            profession=Profession.NURSE,
            urgency=Urgency.ORANGE,
            summary=replace(summary, **more),
            now=clock(),
        )
        return talk_id, thread.id


async def gets_worse(staff_web: StaffWeb, clock: FakeClock, talk_id: uuid.UUID, words: str = WORSE) -> int:
    """Say words in which a danger is heard, as `Responder` handles them."""
    said = await says(staff_web, talk_id, words)
    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, talk_id)
        thread = await service_resident.open_thread_of(session, talk_id, lock=True)
        assert thread
        heard = heard_danger("breathing", Urgency.RED, Words.of(words), clock())
        service_resident.note_sign(talk, thread, heard)
        service_resident.raise_alarm(talk, thread, "breathing", clock())
    return said


async def summary_page(staff_web: StaffWeb, thread_id: uuid.UUID, login: str = "nurse") -> str:
    nurse = await staff_web.at_work(login)
    status, page = await nurse.get(f"/console/threads/{thread_id}/summary")
    assert status == 200
    return page


def parts(page: str) -> dict[str, str]:
    """Return the text of each of the four parts."""
    found = re.findall(r'<section class="sbar">\s*<h3><abbr>(.)</abbr>(.*?)</section>', page, re.DOTALL)
    return {letter: re.sub(r"<[^>]+>|\s+", " ", body) for letter, body in found}


async def test_each_fact_stands_in_its_part(staff_web: StaffWeb, clock: FakeClock) -> None:
    _, thread_id = await handed_over(staff_web, clock)
    found = parts(await summary_page(staff_web, thread_id))
    assert list(found) == ["S", "B", "A", "R"]
    assert "1時間以内に受診" in found["S"]
    assert "せきと熱が続いています" in found["S"]
    for fact in ("本人（62歳）", "女性", "38.4度", MEDICINE):
        assert fact in found["B"]
    assert re.search("妊娠 *聞いていない", found["B"])
    assert "せき（大人）" in found["A"]
    assert found["A"].index(COUGH) < found["A"].index(DIZZY)
    assert "胸が痛い／顔色が悪い" in found["A"]
    assert MEDICINE not in found["A"]
    assert "内科・呼吸器内科" in found["R"]
    assert "1時間以内に病院へ行ってください。" in found["R"]


async def test_findings_have_their_times(staff_web: StaffWeb, clock: FakeClock) -> None:
    _, thread_id = await handed_over(staff_web, clock)
    found = parts(await summary_page(staff_web, thread_id))
    assert re.findall(r"\d+/\d+\(.\) \d\d:\d\d", found["A"]) == ["11/16(月) 10:00"] * 2


async def test_a_newer_worse_finding_goes_to_the_top_and_is_shown_at_once(
    staff_web: StaffWeb, clock: FakeClock
) -> None:
    talk_id, thread_id = await handed_over(staff_web, clock)
    nurse = await staff_web.at_work("nurse")
    clock.now += timedelta(minutes=7)
    await says(staff_web, talk_id, "まだ熱があります")
    clock.now += timedelta(minutes=1)
    await gets_worse(staff_web, clock, talk_id)
    _, body = await nurse.get(f"/console/threads/{thread_id}/changes?after=0", Accept="application/json")
    found = parts(json.loads(body)["summary"])
    assert "いますぐ119" in found["S"]
    assert found["S"].index(WORSE) < found["S"].index("まだ熱があります") < found["S"].index("せきと熱が")
    assert found["A"].index("息が苦しい") < found["A"].index(COUGH) < found["A"].index(DIZZY)
    assert "緊急のサインから判定" in found["A"]


async def test_words_taken_back_are_gone_from_the_summary_and_the_print(
    staff_web: StaffWeb, clock: FakeClock
) -> None:
    talk_id, thread_id = await handed_over(staff_web, clock)
    clock.now += timedelta(minutes=1)
    said = await gets_worse(staff_web, clock, talk_id)
    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, talk_id)
        await session.execute(
            update(Utterance).where(Utterance.id == said).values(unsent_at=clock(), version=talk.touch())
        )
        await service_resident.forget_words_of_threads(talk, frozenset({WORSE}))
    page = await summary_page(staff_web, thread_id)
    assert WORSE not in page
    assert "息が苦しい" not in page
    assert COUGH in page


async def test_words_before_the_thread_are_not_told_as_later_ones(
    staff_web: StaffWeb, clock: FakeClock
) -> None:
    talk_id = await make_talk(staff_web.sessions, staff_web.ring, staff_web.deps.clock, "iwaki", 1)
    await says(staff_web, talk_id, "先に言ったこと")
    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, talk_id)
        thread = await service_resident.open_thread(
            talk,
            profession=Profession.NURSE,
            urgency=Urgency.GREEN,
            summary=Summary(complaint=Words.of("せき")),
            now=clock(),
        )
    found = parts(await summary_page(staff_web, thread.id))
    assert "先に言ったこと" not in found["S"]


async def test_each_view_of_a_summary_is_audited(staff_web: StaffWeb, clock: FakeClock) -> None:
    _, thread_id = await handed_over(staff_web, clock)
    await summary_page(staff_web, thread_id)
    async with staff_web.sessions() as session:
        (entry,) = await session.scalars(
            select(AuditEntry).where(AuditEntry.action == AuditAction.SUMMARY_VIEWED)
        )
        nurse = await session.get_one(Staff, entry.staff_id)
        thread = await session.get_one(Thread, thread_id)
    assert (entry.subject_id, nurse.login) == (str(thread_id), "nurse")
    assert entry.detail == {"version": str(thread.version)}


async def test_another_citys_summary_is_not_found(staff_web: StaffWeb, clock: FakeClock) -> None:
    _, thread_id = await handed_over(staff_web, clock)
    stranger = await staff_web.at_work("stranger", cities=("demo-kitahama",))
    status, page = await stranger.get(f"/console/threads/{thread_id}/summary")
    assert status == 404
    assert COUGH not in page


async def test_a_summary_whose_key_is_destroyed_says_so(staff_web: StaffWeb, clock: FakeClock) -> None:
    talk_id, thread_id = await handed_over(staff_web, clock)
    await says(staff_web, talk_id, "ないしょの言葉")
    await staff_web.destroy_key(talk_id)
    page = await summary_page(staff_web, thread_id)
    assert "暗号の鍵が使えない" in page
    assert "ないしょの言葉" not in page
    assert "せきと熱" not in page


async def test_words_about_the_service_have_no_level(staff_web: StaffWeb, clock: FakeClock) -> None:
    _, thread_id = await handed_over(
        staff_web, clock, basis=Basis.FEEDBACK, findings=(), complaint=Words.of("返事が遅い")
    )
    found = parts(await summary_page(staff_web, thread_id))
    assert list(found) == ["S"]
    assert "返事が遅い" in found["S"]
    assert "受診" not in found["S"]
