"""Test that a browser's tabs share one stream, and that a form sent twice counts once."""

import asyncio
import json
import uuid
from typing import Any

from sqlalchemy import func, select

from core.db.tables import AuditEntry, Outbox, Role, Utterance
from tests.harness.console_client import StaffWeb
from tests.harness.threads import changes, says, waiting


async def until(following: Any, topic: str) -> dict[str, Any]:
    while True:
        found = await following()
        if found["topic"] == topic:
            change: dict[str, Any] = found["change"]
            return change


async def test_one_line_carries_the_queue_what_waits_and_every_open_talk(staff_web: StaffWeb) -> None:
    nurse = await staff_web.at_work("nurse")
    talks = [await waiting(staff_web, number) for number in (1, 2, 3)]
    query = "&".join(f"talk={thread_id}.0" for _, thread_id in talks)
    async with changes(nurse, f"/console/events?waits=&inbox=&{query}") as following:
        first = [await following() for _ in range(5)]
        assert {f["topic"] for f in first} == {
            "waits",
            "inbox",
            *(f"talk:{thread_id}" for _, thread_id in talks),
        }
        for talk_id, thread_id in talks:
            await says(staff_web, talk_id, f"ことば{talk_id}")
            change = await until(following, f"talk:{thread_id}")
            assert [f"ことば{talk_id}" in line["html"] for line in change["lines"]] == [True]
        await waiting(staff_web, 4)
        assert (await until(following, "inbox"))["waiting"] == 4


async def test_a_line_leaves_out_what_is_not_the_visitors(staff_web: StaffWeb) -> None:
    nurse = await staff_web.at_work("nurse")
    _, foreign = await waiting(staff_web, city="demo-kitahama")
    _, own = await waiting(staff_web, 2)
    query = f"talk={foreign}.0&talk={uuid.uuid4()}.0&talk=nonsense&nothing=&talk={own}.0.²"
    status, body = await nurse.get(f"/console/look?{query}", Accept="application/json")
    assert status == 200
    assert [found["topic"] for found in json.loads(body)] == [f"talk:{own}"]
    health_center = await staff_web.at_work("office", roles=[Role.HEALTH_CENTER], professions=())
    _, body = await health_center.get(f"/console/look?waits=&inbox=&talk={own}.0", Accept="application/json")
    assert json.loads(body) == []


async def test_looking_at_talks_on_the_shared_line_is_written_down(staff_web: StaffWeb) -> None:
    _, thread_id = await waiting(staff_web)
    nurse = await staff_web.at_work("nurse")
    await nurse.get(f"/console/look?talk={thread_id}.0", Accept="application/json")
    async with staff_web.sessions() as session:
        views = await session.scalar(
            select(func.count()).where(
                AuditEntry.action == "inbox:talk:viewed", AuditEntry.subject_id == str(thread_id)
            )
        )
    assert views == 1


async def test_who_is_signed_out_is_told_so_by_the_line(staff_web: StaffWeb) -> None:
    browser = await staff_web.browser()
    for path in ("/console/events?waits=", "/console/look?waits="):
        assert (await browser.get(path, Accept="application/json"))[0] == 401


async def test_a_note_sent_twice_is_written_once_and_another_is_another(staff_web: StaffWeb) -> None:
    _, thread_id = await waiting(staff_web)
    nurse = await staff_web.at_work("nurse")
    path = f"/console/threads/{thread_id}/note"
    answers = await asyncio.gather(*(nurse.post(path, text="引き継ぎ", submission="n1") for _ in range(3)))
    assert {status for status, _ in answers} == {204}
    assert (await nurse.post(path, text="引き継ぎ", submission="n2"))[0] == 204
    assert (await nurse.post(path, text="番号なし"))[0] == 422
    async with staff_web.sessions() as session:
        assert await session.scalar(select(func.count()).where(Utterance.speaker == "note")) == 2


async def test_other_words_under_a_known_number_are_no_repetition(staff_web: StaffWeb) -> None:
    """Who goes back to a page and writes anew sends the page's old number."""
    _, thread_id = await waiting(staff_web)
    nurse = await staff_web.at_work("nurse")
    await nurse.post(f"/console/threads/{thread_id}/claim")
    for text in ("一つ目", "二つ目", "二つ目", " 二つ目 "):
        for kind in ("reply", "note"):
            status, _ = await nurse.post(f"/console/threads/{thread_id}/{kind}", text=text, submission="same")
            assert status == 204
    async with staff_web.sessions() as session:
        assert await session.scalar(select(func.count()).where(Outbox.speaker == "staff")) == 2
        assert await session.scalar(select(func.count()).where(Utterance.speaker == "note")) == 2
        kept = (
            await session.scalars(select(AuditEntry.detail).where(AuditEntry.action == "inbox:reply:sent"))
        ).all()
    assert "same" not in json.dumps(kept)


async def test_a_session_that_ended_while_sending_leads_back_to_the_talk(staff_web: StaffWeb) -> None:
    _, thread_id = await waiting(staff_web)
    browser = await staff_web.browser()
    page = f"{browser.base}/console/threads/{thread_id}"
    for told, back in (
        ({"HX-Request": "true", "HX-Current-URL": page}, f"/console/threads/{thread_id}"),
        ({"HX-Request": "true", "HX-Current-URL": "https://elsewhere.example/x"}, "/console/"),
        ({"HX-Request": "true"}, "/console/"),
    ):
        async with browser.http.post(f"{page}/reply", data={"text": "x"}, headers=told) as answer:
            assert answer.status == 401
            assert answer.headers["HX-Redirect"] == f"/console/login?next={back}"
    async with browser.http.post(
        f"{page}/reply", data={"text": "x"}, headers={"Referer": page}, allow_redirects=False
    ) as answer:
        assert answer.headers["Location"] == f"/console/login?next=/console/threads/{thread_id}"
