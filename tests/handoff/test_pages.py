"""The inbox over HTTP, with two browsers and two cities."""

import asyncio
import dataclasses
import io
import json
import re
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select

from core.console import ConsoleDeps
from core.console.audit import Action
from core.db.engine import make_engine, make_sessions
from core.db.tables import AuditEntry, Media, Outbox, Profession, Speaker, Thread, Urgency, Utterance
from core.live import Signals, make_redis
from core.media import Variant, open_media, prepare_picture, signed_media_url, store_picture
from core.talk import lock_talk
from handoff import service
from handoff.model import Summary
from tests.conftest import FakeClock
from tests.handoff.desk import Browser, House, open_house
from tests.people import make_talk

LIVE_S = 3.0


def jpeg(width: int = 1200, height: int = 900) -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    Image.effect_noise((width, height), 60).convert("RGB").save(out, "JPEG", exif=exif)
    return out.getvalue()


async def waiting(
    house: House, number: int = 1, city: str = "iwaki", **wish: Any
) -> tuple[uuid.UUID, uuid.UUID]:
    """A resident who waits; returns talk and thread."""
    talk_id = await make_talk(house.sessions, house.ring, house.deps.clock, city, number)
    async with house.sessions.begin() as session:
        talk = await lock_talk(session, house.ring, talk_id)
        thread = await service.open_thread(
            talk,
            profession=wish.get("profession", Profession.NURSE),
            urgency=wish.get("urgency", Urgency.GREEN),
            summary=Summary(complaint=wish.get("complaint", f"相談{number}")),
            now=house.deps.clock(),
        )
        return talk_id, thread.id


async def says(house: House, talk_id: uuid.UUID, words: str) -> int:
    async with house.sessions.begin() as session:
        talk = await lock_talk(session, house.ring, talk_id)
        said = talk.record(Speaker.RESIDENT, "text", {"text": words}, house.deps.clock())
        thread = await service.open_thread_of(session, talk_id, lock=True)
        if thread:
            service.note_inbound(talk, thread, house.deps.clock())
        await session.flush()
        return said.id


@asynccontextmanager
async def changes(browser: Browser, path: str) -> AsyncIterator[Any]:
    """Read a page's open line: call the result for the next change."""
    async with browser.http.get(browser.base + path, headers={"Accept": "text/event-stream"}) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")

        async def following() -> dict[str, Any]:
            async with asyncio.timeout(LIVE_S):
                while True:
                    line = (await answer.content.readline()).decode()
                    if line.startswith("event: change"):
                        found: dict[str, Any] = json.loads((await answer.content.readline()).decode()[6:])
                        return found

        yield following


async def test_the_queue_is_ordered_by_urgency_then_waiting_time_own_profession_first(
    house: House, clock: FakeClock
) -> None:
    nurse = await house.at_work("nurse")
    wishes = [
        ("green-old", Urgency.GREEN, Profession.NURSE),
        ("yellow-old", Urgency.YELLOW, Profession.NURSE),
        ("yellow-new", Urgency.YELLOW, Profession.NURSE),
        ("doctor-orange", Urgency.ORANGE, Profession.DOCTOR),
        ("doctor-red", Urgency.RED, Profession.DOCTOR),
    ]
    for number, (name, urgency, profession) in enumerate(wishes, 1):
        await waiting(house, number, urgency=urgency, profession=profession, complaint=name)
        clock.advance(minutes=1)
    _, page = await nurse.get("/console/inbox")
    assert re.findall(r'class="words">([^<]+)', page) == [
        "doctor-red",
        "yellow-old",
        "yellow-new",
        "green-old",
        "doctor-orange",
    ]


async def test_of_two_browsers_that_claim_at_once_one_gets_the_talk(house: House) -> None:
    _, thread_id = await waiting(house)
    first, second = await house.at_work("first"), await house.at_work("second")
    path = f"/console/threads/{thread_id}/claim"
    answers = await asyncio.gather(first.post(path), second.post(path))
    assert sorted(status for status, _ in answers) == [204, 409]
    assert "ほかの担当者が先に担当しました" in next(text for status, text in answers if status == 409)


async def test_a_foreign_citys_thread_and_a_missing_one_look_the_same(house: House) -> None:
    nurse = await house.at_work("nurse")
    _, foreign = await waiting(house, city="demo-kitahama")
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


async def test_without_the_pages_token_nothing_changes(house: House) -> None:
    _, thread_id = await waiting(house)
    nurse = await house.at_work("nurse")
    for forged in ("", "forged"):
        assert (await nurse.post(f"/console/threads/{thread_id}/claim", csrf=forged))[0] == 403
    async with house.sessions() as session:
        assert (await session.scalars(select(Thread.status))).one() == "waiting"
    assert (await nurse.post(f"/console/threads/{thread_id}/claim"))[0] == 204


async def test_every_view_of_a_talk_is_written_down(house: House) -> None:
    _, thread_id = await waiting(house)
    nurse = await house.at_work("nurse")
    for _ in range(2):
        await nurse.get(f"/console/threads/{thread_id}")
    async with house.sessions() as session:
        rows = (
            await session.scalars(select(AuditEntry).where(AuditEntry.action == Action.TALK_VIEWED))
        ).all()
    assert [(r.subject_id, r.municipality_id) for r in rows] == [(str(thread_id), "iwaki")] * 2
    assert all(r.staff_id for r in rows)


async def test_a_reply_sent_twice_reaches_the_resident_once(house: House) -> None:
    _, thread_id = await waiting(house)
    nurse = await house.at_work("nurse")
    await nurse.post(f"/console/threads/{thread_id}/claim")
    path = f"/console/threads/{thread_id}/reply"
    answers = await asyncio.gather(*(nurse.post(path, text="こんにちは", submission="one") for _ in range(3)))
    assert {status for status, _ in answers} == {204}
    async with house.sessions() as session:
        count = await session.scalar(select(func.count()).where(Outbox.speaker == "staff"))
    assert count == 1
    assert (await nurse.post(path, text="つづき", submission="two"))[0] == 204


async def test_a_new_message_appears_on_an_open_page(house: House) -> None:
    talk_id, thread_id = await waiting(house)
    nurse = await house.at_work("nurse")
    await nurse.post(f"/console/threads/{thread_id}/claim")
    async with changes(nurse, f"/console/threads/{thread_id}/events?after=0") as following:
        await following()
        started = time.monotonic()
        await says(house, talk_id, "まだ痛いです")
        change = await following()
        assert time.monotonic() - started < 1.0
        assert len(change["lines"]) == 1
        assert "まだ痛いです" in change["lines"][0]["html"]


async def test_a_colleague_sees_the_claim_without_reloading(house: House) -> None:
    _, thread_id = await waiting(house)
    first, second = await house.at_work("first"), await house.at_work("second")
    async with changes(second, f"/console/threads/{thread_id}/events?after=0") as following:
        assert "/claim" in (await following())["desk"]
        await first.post(f"/console/threads/{thread_id}/claim")
        change = await following()
        assert "/claim" not in change["desk"]
        assert "first さん" in change["head"]


async def test_the_queue_is_live(house: House) -> None:
    nurse = await house.at_work("nurse")
    async with changes(nurse, "/console/inbox/events") as following:
        assert (await following())["waiting"] == 0
        await waiting(house, complaint="めまいがする")
        board = await following()
        assert board["waiting"] == 1
        assert "めまいがする" in board["html"]


async def test_after_a_reconnect_only_what_is_newer_comes(house: House) -> None:
    talk_id, thread_id = await waiting(house)
    nurse = await house.at_work("nurse")
    await says(house, talk_id, "一つ目")
    _, body = await nurse.get(f"/console/threads/{thread_id}/changes?after=0", Accept="application/json")
    version = json.loads(body)["version"]
    await says(house, talk_id, "二つ目")
    _, body = await nurse.get(
        f"/console/threads/{thread_id}/changes?after={version}", Accept="application/json"
    )
    assert [re.findall("..目", line["html"]) for line in json.loads(body)["lines"]] == [["二つ目"]]


async def test_an_unsent_message_is_not_shown_and_vanishes_from_open_pages(
    house: House, clock: FakeClock
) -> None:
    talk_id, thread_id = await waiting(house)
    said = await says(house, talk_id, "やっぱり内緒")
    nurse = await house.at_work("nurse")
    assert "やっぱり内緒" in (await nurse.get(f"/console/threads/{thread_id}"))[1]
    async with changes(nurse, f"/console/threads/{thread_id}/events?after=0") as following:
        await following()
        async with house.sessions.begin() as session:
            talk = await lock_talk(session, house.ring, talk_id)
            row = await session.get(Utterance, said)
            assert row is not None
            row.body, row.unsent_at, row.version = None, clock(), talk.touch()
        change = await following()
        assert [line["id"] for line in change["lines"]] == [said]
        assert "送信取消" in change["lines"][0]["html"]
    assert "やっぱり内緒" not in (await nurse.get(f"/console/threads/{thread_id}"))[1]


async def test_words_of_residents_are_never_markup(house: House) -> None:
    talk_id, thread_id = await waiting(house, complaint="<img src=x onerror=alert(1)>")
    await says(house, talk_id, "<script>alert(1)</script>")
    nurse = await house.at_work("nurse")
    for path in ("/console/inbox", f"/console/threads/{thread_id}"):
        page = (await nurse.get(path))[1]
        assert "<script>alert" not in page
        assert "<img src=x" not in page


async def test_pages_forbid_foreign_scripts_frames_and_caches(house: House) -> None:
    browser = await house.browser()
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


async def test_a_picture_is_cleaned_stored_sealed_and_fetched_by_a_signed_address(
    house: House, clock: FakeClock
) -> None:
    _, thread_id = await waiting(house)
    nurse = await house.at_work("nurse")
    await nurse.post(f"/console/threads/{thread_id}/claim")
    status, _ = await nurse.post(
        f"/console/threads/{thread_id}/reply", submission="p", text="", picture=jpeg()
    )
    assert status == 204
    async with house.sessions() as session:
        media = (await session.scalars(select(Media))).one()
    url = signed_media_url(house.deps.settings, media.id, Variant.ORIGINAL, clock())
    path = url.removeprefix(house.deps.settings.public_url)
    stranger = await house.browser()
    async with stranger.http.get(stranger.base + path) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "image/jpeg"
        data = await answer.read()
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.size == (1200, 900)
        assert not picture.getexif()
    preview = signed_media_url(house.deps.settings, media.id, Variant.PREVIEW, clock())
    async with stranger.http.get(
        stranger.base + preview.removeprefix(house.deps.settings.public_url)
    ) as answer:
        assert len(await answer.read()) <= 1024 * 1024
    forged = path[:-9] + ("A" if path[-9] != "A" else "B") + path[-8:]
    assert (await stranger.get(forged))[0] == 404
    clock.advance(days=91)
    assert (await stranger.get(path))[0] == 404


@pytest.mark.parametrize("data", [b"GIF89a" + b"0" * 100, b"<svg/>", jpeg()[:500]])
async def test_what_is_no_picture_is_refused_with_words(house: House, data: bytes) -> None:
    _, thread_id = await waiting(house)
    nurse = await house.at_work("nurse")
    await nurse.post(f"/console/threads/{thread_id}/claim")
    status, words = await nurse.post(
        f"/console/threads/{thread_id}/reply", submission="p", text="", picture=data
    )
    assert status == 422
    assert "JPEG" in words


async def test_a_talks_pictures_are_for_staff_of_its_city_only(house: House, clock: FakeClock) -> None:
    talk_id, _ = await waiting(house)
    async with house.sessions.begin() as session:
        talk = await lock_talk(session, house.ring, talk_id)
        said = talk.record(Speaker.RESIDENT, "image", {}, clock())
        await session.flush()
        media = await store_picture(talk, await prepare_picture(jpeg()), clock())
        media.utterance_id = said.id
        path, media_id, said_id = f"/console/media/{media.id}", media.id, said.id
    nurse = await house.at_work("nurse")
    other = await house.at_work("kitahama", cities=("demo-kitahama",))
    assert (await (await house.browser()).get(path))[0] == 303
    assert (await other.get(path))[0] == 404
    async with nurse.http.get(nurse.base + path) as answer:
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Security-Policy"].startswith("sandbox")
        assert answer.headers["Content-Disposition"] == "inline"
        whole = await answer.read()
    async with nurse.http.get(nurse.base + path, headers={"Range": "bytes=300000-300099"}) as answer:
        assert answer.status == 206
        assert await answer.read() == whole[300000:300100]
    async with house.sessions() as session:
        seen = await session.scalar(select(func.count()).where(AuditEntry.action == Action.MEDIA_VIEWED))
    assert seen == 2
    async with house.sessions.begin() as session:
        row = await session.get(Utterance, said_id)
        assert row is not None
        row.unsent_at = clock()
    assert (await nurse.get(path))[0] == 404
    assert media_id is not None


async def test_stored_pieces_cannot_be_read_without_the_residents_key(house: House, clock: FakeClock) -> None:
    talk_id, _ = await waiting(house)
    picture = await prepare_picture(jpeg())
    async with house.sessions.begin() as session:
        talk = await lock_talk(session, house.ring, talk_id)
        media = await store_picture(talk, picture, clock())
    stored = await open_media(house.sessions, house.ring, media.id)
    assert b"".join([piece async for piece in stored.read()]) == picture.original
    assert stored.size > 256 * 1024


async def test_closing_from_the_page_gives_the_talk_back(house: House) -> None:
    talk_id, thread_id = await waiting(house)
    nurse = await house.at_work("nurse")
    await nurse.post(f"/console/threads/{thread_id}/claim")
    assert (await nurse.post(f"/console/threads/{thread_id}/close", outcome="withdrawn-by-me"))[0] == 404
    assert (await nurse.post(f"/console/threads/{thread_id}/close", outcome="advised", htmx=False))[0] == 303
    async with house.sessions() as session:
        assert await service.open_thread_of(session, talk_id) is None
    assert "この相談は終了しました" in (await nurse.get(f"/console/threads/{thread_id}"))[1]


async def test_what_did_not_arrive_is_shown_in_the_inbox_and_in_the_talk(
    house: House, clock: FakeClock
) -> None:
    talk_id, thread_id = await waiting(house)
    async with house.sessions.begin() as session:
        talk = await lock_talk(session, house.ring, talk_id)
        row = talk.say([], clock())
        row.status, row.finished_at = "rejected", clock() - timedelta(minutes=1)
    nurse = await house.at_work("nurse")
    assert "LINEが受け付けませんでした" in (await nurse.get("/console/inbox"))[1]
    assert "送れませんでした" in (await nurse.get(f"/console/threads/{thread_id}"))[1]


async def test_everything_a_resident_can_send_has_a_sensible_line(house: House, clock: FakeClock) -> None:
    talk_id, thread_id = await waiting(house)
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
    async with house.sessions.begin() as session:
        talk = await lock_talk(session, house.ring, talk_id)
        for kind, body in kinds.items():
            talk.record(Speaker.RESIDENT, kind, body, clock())
    nurse = await house.at_work("nurse")
    status, page = await nurse.get(f"/console/threads/{thread_id}")
    assert status == 200
    for words in ("スタンプ", "福島県いわき市", "38.5℃以上", "友だち追加", "ブロック", "表示できません"):
        assert words in page


async def test_an_outage_of_the_database_is_a_page_that_reloads_itself(deps: ConsoleDeps) -> None:
    engine = make_engine("postgresql+psycopg://nobody@127.0.0.1:9/nothing")
    async with open_house(dataclasses.replace(deps, sessions=make_sessions(engine))) as house:
        browser = await house.browser()
        assert (await browser.get("/console/login"))[0] == 200
        browser.http.cookie_jar.update_cookies({"helpo_session": "any"})
        status, page = await browser.get("/console/inbox")
        assert status == 503
        assert 'http-equiv="refresh"' in page
        assert (await browser.get("/m/" + "A" * 50))[0] == 404
    await engine.dispose()


async def test_without_redis_an_open_page_still_hears_within_seconds(deps: ConsoleDeps) -> None:
    client = make_redis("redis://127.0.0.1:9")
    async with open_house(dataclasses.replace(deps, signals=Signals(client))) as house:
        talk_id, thread_id = await waiting(house)
        nurse = await house.at_work("nurse")
        async with changes(nurse, f"/console/threads/{thread_id}/events?after=0") as following:
            await following()
            await says(house, talk_id, "聞こえますか")
            assert "聞こえますか" in (await following())["lines"][0]["html"]
    await client.aclose()
