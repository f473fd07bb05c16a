"""Test byte ranges of voice, video and pictures: of staff by a signed address, of residents in the inbox."""

import os
import uuid
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import update

from core.db.tables import Media, MediaStatus, Speaker
from core.media import CHUNK_BYTES, Variant, signed_media_url, store_chunks
from core.talk import lock_talk
from tests.conftest import FakeClock
from tests.harness.console_client import Browser, StaffWeb
from tests.harness.threads import waiting

SIZE = CHUNK_BYTES * 2 + 1000
DATA = os.urandom(SIZE)
PLACES = ["inbox", "signed"]


async def stored(staff_web: StaffWeb, content_type: str = "audio/x-m4a", data: bytes = DATA) -> uuid.UUID:
    """A voice message a resident sent, in three chunks."""
    talk_id, _ = await waiting(staff_web)

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(data), 100_000):
            yield data[start : start + 100_000]

    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, talk_id)
        said = talk.record(Speaker.RESIDENT, "audio", {}, staff_web.deps.clock())
        await session.flush()
        media = Media(
            id=uuid.uuid4(),
            municipality_id="iwaki",
            conversation_id=talk_id,
            utterance_id=said.id,
            kind="audio",
            status=MediaStatus.STORED.value,
            content_type=content_type,
            size=len(data),
            next_attempt_at=staff_web.deps.clock(),
            created_at=staff_web.deps.clock(),
        )
        session.add(media)
        await session.flush()
        await store_chunks(session, talk.key, media.id, pieces(), 10 * SIZE)
        return media.id


async def place_of(
    staff_web: StaffWeb, clock: FakeClock, place: str, media_id: uuid.UUID
) -> tuple[Browser, str]:
    if place == "inbox":
        return await staff_web.at_work("nurse"), f"/console/media/{media_id}"
    url = signed_media_url(staff_web.deps.settings, media_id, Variant.ORIGINAL, clock())
    return await staff_web.browser(), url.removeprefix(staff_web.deps.settings.public_url)


@pytest.mark.parametrize("place", PLACES)
async def test_a_player_gets_the_parts_it_asks_for(staff_web: StaffWeb, clock: FakeClock, place: str) -> None:
    browser, path = await place_of(staff_web, clock, place, await stored(staff_web))
    edge = CHUNK_BYTES
    for asked, start, stop in [
        ("0-", 0, SIZE),
        ("0-1", 0, 2),
        (f"{edge - 1}-{edge}", edge - 1, edge + 1),
        (f"{edge}-{2 * edge - 1}", edge, 2 * edge),
        (f"{2 * edge}-{'9' * 5000}", 2 * edge, SIZE),
        ("-1", SIZE - 1, SIZE),
        (f"-{SIZE + 5}", 0, SIZE),
    ]:
        async with browser.http.get(browser.base + path, headers={"Range": f"bytes={asked}"}) as answer:
            assert answer.status == 206
            assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{SIZE}"
            assert answer.headers["Content-Length"] == str(stop - start)
            assert answer.headers["Accept-Ranges"] == "bytes"
            assert answer.headers["Content-Type"] == "audio/x-m4a"
            assert await answer.read() == DATA[start:stop]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("asked", [f"{SIZE}-", f"{SIZE + 1}-{SIZE + 2}", "9" * 5000 + "-", "-0"])
async def test_beyond_the_end_is_refused_with_the_size(
    staff_web: StaffWeb, clock: FakeClock, place: str, asked: str
) -> None:
    browser, path = await place_of(staff_web, clock, place, await stored(staff_web))
    async with browser.http.get(browser.base + path, headers={"Range": f"bytes={asked}"}) as answer:
        assert (answer.status, answer.headers["Content-Range"]) == (416, f"bytes */{SIZE}")
        assert await answer.read() == b""


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "asked", ["bytes=0-1,5-9", "bytes=5-2", "bytes=x", "items=0-1", "bytes=" + "-" * 5000]
)
async def test_several_parts_and_nonsense_give_the_whole(
    staff_web: StaffWeb, clock: FakeClock, place: str, asked: str
) -> None:
    browser, path = await place_of(staff_web, clock, place, await stored(staff_web))
    async with browser.http.get(browser.base + path, headers={"Range": asked}) as answer:
        assert answer.status == 200
        assert "Content-Range" not in answer.headers
        assert await answer.read() == DATA


@pytest.mark.parametrize("place", PLACES)
async def test_a_head_request_tells_the_size_of_the_whole(
    staff_web: StaffWeb, clock: FakeClock, place: str
) -> None:
    browser, path = await place_of(staff_web, clock, place, await stored(staff_web))
    for headers in ({}, {"Range": "bytes=0-1"}, {"Range": f"bytes={SIZE}-"}):
        async with browser.http.head(browser.base + path, headers=headers) as answer:
            assert answer.status == 200
            assert answer.headers["Content-Length"] == str(SIZE)
            assert answer.headers["Accept-Ranges"] == "bytes"
            assert await answer.read() == b""


async def test_parts_of_a_taken_back_file_and_of_a_foreign_citys_are_not_found(
    staff_web: StaffWeb, clock: FakeClock
) -> None:
    media_id = await stored(staff_web)
    other = await staff_web.at_work("kitahama", cities=("demo-kitahama",))
    assert (await other.get(f"/console/media/{media_id}", Range="bytes=0-1"))[0] == 404
    async with staff_web.sessions.begin() as session:
        await session.execute(update(Media).values(status=MediaStatus.GONE.value))
    nurse = await staff_web.at_work("nurse")
    assert (await nurse.get(f"/console/media/{media_id}", Range="bytes=0-1"))[0] == 404
