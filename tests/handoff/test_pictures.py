"""Test pictures in a talk: cleaned, sealed, and shown only to those who may see them."""

import asyncio
import io
import struct
import zlib

import pytest
from PIL import Image
from sqlalchemy import func, select

from core.console.audit import AuditAction
from core.db.tables import AuditEntry, Media, Speaker, Utterance
from core.media import Variant, open_media, prepare_picture, signed_media_url, store_picture
from core.talk import lock_talk
from tests.conftest import FakeClock
from tests.harness.console_client import StaffWeb
from tests.harness.threads import waiting


def jpeg(width: int = 1200, height: int = 900) -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    Image.effect_noise((width, height), 60).convert("RGB").save(out, "JPEG", exif=exif)
    return out.getvalue()


async def test_a_picture_is_cleaned_stored_sealed_and_fetched_by_a_signed_address(
    staff_web: StaffWeb, clock: FakeClock
) -> None:
    _, thread_id = await waiting(staff_web)
    nurse = await staff_web.at_work("nurse")
    await nurse.post(f"/console/threads/{thread_id}/claim")
    status, _ = await nurse.post(
        f"/console/threads/{thread_id}/reply", submission="p", text="", picture=jpeg()
    )
    assert status == 204
    async with staff_web.sessions() as session:
        media = (await session.scalars(select(Media))).one()
    url = signed_media_url(staff_web.deps.settings, media.id, Variant.ORIGINAL, clock())
    path = url.removeprefix(staff_web.deps.settings.public_url)
    stranger = await staff_web.browser()
    async with stranger.http.get(stranger.base + path) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "image/jpeg"
        data = await answer.read()
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.size == (1200, 900)
        assert not picture.getexif()
    preview = signed_media_url(staff_web.deps.settings, media.id, Variant.PREVIEW, clock())
    async with stranger.http.get(
        stranger.base + preview.removeprefix(staff_web.deps.settings.public_url)
    ) as answer:
        assert len(await answer.read()) <= 1024 * 1024
    forged = path[:-9] + ("A" if path[-9] != "A" else "B") + path[-8:]
    assert (await stranger.get(forged))[0] == 404
    clock.advance(days=91)
    assert (await stranger.get(path))[0] == 404


def photo(*entries: tuple[int, int, int, bytes]) -> bytes:
    """A good picture with EXIF that lies on its side and has these entries: tag, type, count, value."""
    on_its_side = (0x0112, 3, 1, b"\x06\0\0\0")
    listed = [on_its_side, *entries]
    table = b"".join(struct.pack("<HHI4s", *entry) for entry in listed)
    exif = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", len(listed)) + table + bytes(4)
    out = io.BytesIO()
    Image.new("RGB", (20, 10)).save(out, "JPEG", exif=exif)
    return out.getvalue()


def png(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """A small file that claims to be so large, with further chunks: name, content."""
    head = (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    body = (b"IDAT", zlib.compress(bytes(1000)))
    parts = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in (head, *chunks, body, (b"IEND", b""))
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


# Entries of EXIF that Pillow cannot read, in a picture that is good.
BAD_EXIF = {
    "a number that is none": photo((0x0100, 1, 1, bytes(4))),
    "a number out of range": photo((0x0128, 4, 1, b"abcd")),
    "a fraction where words belong": photo((0x010E, 5, 1, bytes(4))),
    "words where a number belongs": photo((0x02BC, 2, 5, bytes(4))),
    "a float where a list belongs": photo((0x02BC, 11, 1, bytes(4))),
}
BROKEN = {
    "too many pixels": png(9000, 9000),
    "a bomb by its size": png(60_000, 60_000),
    "a bomb in its text": png(10, 10, (b"zTXt", b"x\0\0" + zlib.compress(bytes(200_000_000)))),
    "no end": png(100, 100)[:60],
}


def test_a_picture_on_its_side_is_turned_and_goes_out() -> None:
    data = asyncio.run(prepare_picture(photo())).original
    assert Image.open(io.BytesIO(data)).size == (10, 20)


@pytest.mark.parametrize("data", BAD_EXIF.values(), ids=BAD_EXIF)
def test_a_good_picture_goes_out_without_its_broken_exif(data: bytes) -> None:
    sent = Image.open(io.BytesIO(asyncio.run(prepare_picture(data)).original))
    assert sorted(sent.size) == [10, 20]
    assert not sent.getexif()


@pytest.mark.parametrize(
    "data",
    [b"GIF89a" + b"0" * 100, b"<svg/>", jpeg()[:500], *(pytest.param(d, id=n) for n, d in BROKEN.items())],
)
async def test_what_is_no_picture_is_refused_with_words(staff_web: StaffWeb, data: bytes) -> None:
    _, thread_id = await waiting(staff_web)
    nurse = await staff_web.at_work("nurse")
    await nurse.post(f"/console/threads/{thread_id}/claim")
    status, words = await nurse.post(
        f"/console/threads/{thread_id}/reply", submission="p", text="", picture=data
    )
    assert status == 422
    assert "JPEG" in words


async def test_a_talks_pictures_are_for_staff_of_its_city_only(staff_web: StaffWeb, clock: FakeClock) -> None:
    talk_id, _ = await waiting(staff_web)
    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, talk_id)
        said = talk.record(Speaker.RESIDENT, "image", {}, clock())
        await session.flush()
        media = await store_picture(talk, await prepare_picture(jpeg()), clock())
        media.utterance_id = said.id
        path, media_id, said_id = f"/console/media/{media.id}", media.id, said.id
    nurse = await staff_web.at_work("nurse")
    other = await staff_web.at_work("kitahama", cities=("demo-kitahama",))
    assert (await (await staff_web.browser()).get(path))[0] == 303
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
    async with staff_web.sessions() as session:
        seen = await session.scalar(select(func.count()).where(AuditEntry.action == AuditAction.MEDIA_VIEWED))
    assert seen == 2
    async with staff_web.sessions.begin() as session:
        row = await session.get(Utterance, said_id)
        assert row is not None
        row.unsent_at = clock()
    assert (await nurse.get(path))[0] == 404
    assert media_id is not None


async def test_stored_pieces_cannot_be_read_without_the_residents_key(
    staff_web: StaffWeb, clock: FakeClock
) -> None:
    talk_id, _ = await waiting(staff_web)
    picture = await prepare_picture(jpeg())
    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, talk_id)
        media = await store_picture(talk, picture, clock())
    stored = await open_media(staff_web.sessions, staff_web.ring, media.id)
    assert b"".join([piece async for piece in stored.read()]) == picture.original
    assert stored.size > 256 * 1024
