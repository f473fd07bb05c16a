"""Test the inbox over HTTP, with two browsers and two cities."""

import asyncio
import dataclasses
import re
import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from core.console import ConsoleDeps
from core.console.audit import AuditAction
from core.db.engine import make_engine, make_sessions
from core.db.tables import AuditEntry, Outbox, Profession, Speaker, Thread, Urgency
from core.talk import lock_talk
from handoff import service_resident
from tests.conftest import FakeClock
from tests.harness.console_client import StaffWeb, open_staff_web
from tests.harness.threads import says, waiting


async def test_the_queue_is_ordered_by_urgency_then_waiting_time_own_profession_first(
    staff_web: StaffWeb, clock: FakeClock
) -> None:
    nurse = await staff_web.at_work("nurse")
    wishes = [
        ("green-old", Urgency.GREEN, Profession.NURSE),
        ("yellow-old", Urgency.YELLOW, Profession.NURSE),
        ("yellow-new", Urgency.YELLOW, Profession.NURSE),
        ("doctor-orange", Urgency.ORANGE, Profession.DOCTOR),
        ("doctor-red", Urgency.RED, Profession.DOCTOR),
    ]
    for number, (name, urgency, profession) in enumerate(wishes, 1):
        await waiting(staff_web, number, urgency=urgency, profession=profession, complaint=name)
        clock.advance(minutes=1)
    _, page = await nurse.get("/console/inbox")
    assert re.findall(r'class="words"><bdi>([^<]+)', page) == [
        "doctor-red",
        "yellow-old",
        "yellow-new",
        "green-old",
        "doctor-orange",
    ]


async def test_of_two_browsers_that_claim_at_once_one_gets_the_talk(staff_web: StaffWeb) -> None:
    _, thread_id = await waiting(staff_web)
    first, second = await staff_web.at_work("first"), await staff_web.at_work("second")
    path = f"/console/threads/{thread_id}/claim"
    answers = await asyncio.gather(first.post(path), second.post(path))
    assert sorted(status for status, _ in answers) == [204, 409]
    assert "ほかの担当者が先に担当しました" in next(text for status, text in answers if status == 409)


async def test_a_foreign_citys_thread_and_a_missing_one_look_the_same(staff_web: StaffWeb) -> None:
    nurse = await staff_web.at_work("nurse")
    _, foreign = await waiting(staff_web, city="demo-kitahama")
    answers = [await nurse.get(f"/console/threads/{i}") for i in (foreign, uuid.uuid4(), "not-an-id")]
    assert [status for status, _ in answers] == [404, 404, 404]

    def shown(page: str) -> str:
        return re.sub(r'back=[^"]*"', "", page)

    assert len({shown(page) for _, page in answers}) == 1
    await nurse.get("/console/inbox")
    for verb in ("claim", "reply", "note", "close", "alarm"):
        status, _ = await nurse.post(
            f"/console/threads/{foreign}/{verb}", submission="x", text="x", outcome="other"
        )
        assert status == 404
    for part in ("changes", "events"):
        assert (await nurse.get(f"/console/threads/{foreign}/{part}"))[0] == 404
    assert "相談1" not in (await nurse.get("/console/inbox"))[1]


async def test_without_the_pages_token_nothing_changes(staff_web: StaffWeb) -> None:
    _, thread_id = await waiting(staff_web)
    nurse = await staff_web.at_work("nurse")
    for forged in ("", "forged"):
        assert (await nurse.post(f"/console/threads/{thread_id}/claim", csrf=forged))[0] == 403
    async with staff_web.sessions() as session:
        assert (await session.scalars(select(Thread.status))).one() == "waiting"
    assert (await nurse.post(f"/console/threads/{thread_id}/claim"))[0] == 204


async def test_every_view_of_a_talk_is_written_down(staff_web: StaffWeb) -> None:
    _, thread_id = await waiting(staff_web)
    nurse = await staff_web.at_work("nurse")
    for _ in range(2):
        await nurse.get(f"/console/threads/{thread_id}")
    async with staff_web.sessions() as session:
        rows = (
            await session.scalars(select(AuditEntry).where(AuditEntry.action == AuditAction.TALK_VIEWED))
        ).all()
    assert [(r.subject_id, r.municipality_id) for r in rows] == [(str(thread_id), "iwaki")] * 2
    assert all(r.staff_id for r in rows)


async def test_a_reply_sent_twice_reaches_the_resident_once(staff_web: StaffWeb) -> None:
    _, thread_id = await waiting(staff_web)
    nurse = await staff_web.at_work("nurse")
    await nurse.post(f"/console/threads/{thread_id}/claim")
    path = f"/console/threads/{thread_id}/reply"
    answers = await asyncio.gather(*(nurse.post(path, text="こんにちは", submission="one") for _ in range(3)))
    assert {status for status, _ in answers} == {204}
    async with staff_web.sessions() as session:
        count = await session.scalar(select(func.count()).where(Outbox.speaker == "staff"))
    assert count == 1
    assert (await nurse.post(path, text="つづき", submission="two"))[0] == 204


async def test_words_of_residents_are_never_markup(staff_web: StaffWeb) -> None:
    talk_id, thread_id = await waiting(staff_web, complaint="<img src=x onerror=alert(1)>")
    await says(staff_web, talk_id, "<script>alert(1)</script>")
    nurse = await staff_web.at_work("nurse")
    for path in ("/console/inbox", f"/console/threads/{thread_id}"):
        page = (await nurse.get(path))[1]
        assert "<script>alert" not in page
        assert "<img src=x" not in page


async def test_pages_forbid_foreign_scripts_frames_and_caches(staff_web: StaffWeb) -> None:
    browser = await staff_web.browser()
    async with browser.http.get(browser.base + "/console/login") as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        page = await answer.text()
    assert not re.search(r"\son\w+=|\sstyle=|<script(?! src)|<style", page)
    for path in re.findall(r'(?:src|href)="(/console/static/[^"]+)"', page):
        async with browser.http.get(browser.base + path) as answer:
            assert answer.status == 200
            assert "immutable" in answer.headers["Cache-Control"]


async def test_closing_from_the_page_gives_the_talk_back(staff_web: StaffWeb) -> None:
    talk_id, thread_id = await waiting(staff_web)
    nurse = await staff_web.at_work("nurse")
    await nurse.post(f"/console/threads/{thread_id}/claim")
    assert (await nurse.post(f"/console/threads/{thread_id}/close", outcome="withdrawn-by-me"))[0] == 404
    await nurse.post(f"/console/threads/{thread_id}/reply", text="お大事に", submission="one")
    assert (await nurse.post(f"/console/threads/{thread_id}/close", outcome="advised", htmx=False))[0] == 303
    async with staff_web.sessions() as session:
        assert await service_resident.open_thread_of(session, talk_id) is None
    assert "この相談は終了しました" in (await nurse.get(f"/console/threads/{thread_id}"))[1]


async def test_what_did_not_arrive_is_shown_in_the_inbox_and_in_the_talk(
    staff_web: StaffWeb, clock: FakeClock
) -> None:
    talk_id, thread_id = await waiting(staff_web)
    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, talk_id)
        row = talk.say([], clock())
        row.status, row.finished_at = "rejected", clock() - timedelta(minutes=1)
    nurse = await staff_web.at_work("nurse")
    assert "LINEが受け付けませんでした" in (await nurse.get("/console/inbox"))[1]
    assert "送れませんでした" in (await nurse.get(f"/console/threads/{thread_id}"))[1]


async def test_everything_a_resident_can_send_has_a_sensible_line(
    staff_web: StaffWeb, clock: FakeClock
) -> None:
    talk_id, thread_id = await waiting(staff_web)
    kinds: dict[str, dict[str, Any]] = {
        "sticker": {"keywords": ["ありがとう"]},
        "location": {"latitude": 37.05, "longitude": 140.88, "address": "福島県いわき市"},
        "postback": {"text": "38.5℃以上"},
        "follow": {},
        "unfollow": {},
        "other": {},
        "audio": {"duration_ms": 1000},
        "newkind": {},
    }
    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, talk_id)
        for kind, body in kinds.items():
            talk.record(Speaker.RESIDENT, kind, body, clock())
    nurse = await staff_web.at_work("nurse")
    status, page = await nurse.get(f"/console/threads/{thread_id}")
    assert status == 200
    for words in ("スタンプ", "福島県いわき市", "38.5℃以上", "友だち追加", "ブロック", "表示できません"):
        assert words in page


async def test_an_outage_of_the_database_is_a_page_that_reloads_itself(deps: ConsoleDeps) -> None:
    engine = make_engine("postgresql+psycopg://nobody@127.0.0.1:9/nothing")
    async with open_staff_web(dataclasses.replace(deps, sessions=make_sessions(engine))) as staff_web:
        browser = await staff_web.browser()
        assert (await browser.get("/console/login"))[0] == 200
        browser.http.cookie_jar.update_cookies({"helpo_session": "any"})
        status, page = await browser.get("/console/inbox")
        assert status == 503
        assert 'http-equiv="refresh"' in page
        assert (await browser.get("/m/" + "A" * 50))[0] == 404
    await engine.dispose()
