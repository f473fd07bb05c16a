import uuid
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientTimeout
from sqlalchemy import delete, select, update

from bot.line.client import LineClient
from bot.line.media import MOST_ATTEMPTS, serve_media
from bot.line.media_store import LEASE, Fetched, Settled, claim, finish
from core.crypto import KeyRing
from core.db.engine import Sessions
from core.db.tables import Conversation, Media, MediaChunk, MediaStatus, Resident, Speaker, Utterance
from core.media import CHUNK_BYTES, chunk_context
from core.talk import lock_talk
from tests.conftest import FakeClock
from tests.harness.people import make_talk
from tests.line.fake_line import QUOTA, RATE, FakeAnswer, FakeLine

Line = tuple[FakeLine, LineClient]


async def media_of(
    sessions: Sessions,
    ring: KeyRing,
    clock: FakeClock,
    *,
    number: int = 1,
    municipality: str = "iwaki",
    message_id: str = "7001",
) -> uuid.UUID:
    """A resident sent a picture; its row as the turn leaves it."""
    conversation_id = await make_talk(sessions, ring, clock, municipality=municipality, number=number)
    media_id = uuid.uuid4()
    async with sessions.begin() as session:
        talk = await lock_talk(session, ring, conversation_id)
        utterance = talk.record(
            Speaker.RESIDENT, "image", {"media": str(media_id)}, clock(), line_message_id=message_id
        )
        await session.flush()
        session.add(
            Media(
                id=media_id, municipality_id=municipality, conversation_id=conversation_id, utterance_id=utterance.id,
                line_message_id=message_id, kind="image", status=MediaStatus.PENDING.value, next_attempt_at=clock(), created_at=clock(),
            )
        )  # fmt: skip
    return media_id


async def row(sessions: Sessions, media_id: uuid.UUID) -> Media:
    async with sessions() as session:
        return await session.get_one(Media, media_id)


async def opened(sessions: Sessions, ring: KeyRing, media_id: uuid.UUID) -> bytes:
    async with sessions.begin() as session:
        media = await session.get_one(Media, media_id)
        talk = await lock_talk(session, ring, media.conversation_id)
        chunks = await session.scalars(
            select(MediaChunk).where(MediaChunk.media_id == media_id).order_by(MediaChunk.number)
        )
        return b"".join(talk.key.open(c.data, chunk_context(c.media_id, c.number)) for c in chunks)


async def test_a_picture_is_stored_sealed_and_the_talk_moves_on(
    sessions: Sessions, ring: KeyRing, clock: FakeClock, line: Line
) -> None:
    fake, client = line
    media_id = await media_of(sessions, ring, clock)
    async with sessions() as session:
        before = (await session.scalars(select(Conversation.version))).one()
    picture = bytes(range(256)) * 2500
    fake.will(FakeAnswer(body=picture, headers={"Content-Type": "image/png"}))
    assert await serve_media(sessions, ring, {"iwaki": client}, clock) == 1
    media = await row(sessions, media_id)
    assert (media.status, media.content_type, media.size) == ("stored", "image/png", len(picture))
    assert await opened(sessions, ring, media_id) == picture
    async with sessions() as session:
        chunks = (await session.scalars(select(MediaChunk))).all()
        utterance = (await session.scalars(select(Utterance))).one()
    assert len(chunks) == -(-len(picture) // CHUNK_BYTES)
    assert all(bytes(range(64)) not in chunk.data for chunk in chunks)
    assert utterance.version > before
    assert await serve_media(sessions, ring, {"iwaki": client}, clock) == 0


async def test_an_empty_file_is_a_file(
    sessions: Sessions, ring: KeyRing, clock: FakeClock, line: Line
) -> None:
    fake, client = line
    media_id = await media_of(sessions, ring, clock)
    fake.will(FakeAnswer(body=b""))
    await serve_media(sessions, ring, {"iwaki": client}, clock)
    assert ((await row(sessions, media_id)).status, await opened(sessions, ring, media_id)) == ("stored", b"")


async def test_a_video_that_line_still_prepares_is_asked_for_again_soon(
    sessions: Sessions, ring: KeyRing, clock: FakeClock, line: Line
) -> None:
    fake, client = line
    media_id = await media_of(sessions, ring, clock)
    fake.will(FakeAnswer(202, body=b""), FakeAnswer(202, body=b""), FakeAnswer(body=b"film"))
    for pause in (2, 4):
        await serve_media(sessions, ring, {"iwaki": client}, clock)
        media = await row(sessions, media_id)
        assert (media.status, media.next_attempt_at - clock()) == ("pending", timedelta(seconds=pause))
        assert await serve_media(sessions, ring, {"iwaki": client}, clock) == 0
        clock.advance(seconds=pause)
    await serve_media(sessions, ring, {"iwaki": client}, clock)
    assert (await row(sessions, media_id)).status == "stored"


@pytest.mark.parametrize(
    "answer",
    [
        FakeAnswer(500, {}),
        FakeAnswer(429, RATE),
        FakeAnswer(429, QUOTA),
        FakeAnswer(401, {}),
        FakeAnswer(drop=True),
        FakeAnswer(hang=True),
    ],
)
async def test_while_line_fails_nothing_is_given_up(
    sessions: Sessions,
    ring: KeyRing,
    clock: FakeClock,
    line: Line,
    answer: FakeAnswer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake, client = line
    monkeypatch.setattr("bot.line.content.TIMEOUT", ClientTimeout(total=0.3))
    media_id = await media_of(sessions, ring, clock)
    fake.will(answer, answer)
    await serve_media(sessions, ring, {"iwaki": client}, clock)
    assert (await row(sessions, media_id)).status == "pending"
    fake.script.clear()
    fake.will(FakeAnswer(body=b"x"))
    clock.advance(minutes=6)
    await serve_media(sessions, ring, {"iwaki": client}, clock)
    assert (await row(sessions, media_id)).status == "stored"


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (FakeAnswer(404, {}), "gone"),
        (FakeAnswer(410, {}), "gone"),
        (FakeAnswer(400, {}), "failed"),
        (FakeAnswer(pieces=[b"x" * 1024 * 1024] * 21), "too_large"),
    ],
)
async def test_what_will_never_come_is_settled(
    sessions: Sessions, ring: KeyRing, clock: FakeClock, line: Line, answer: FakeAnswer, status: str
) -> None:
    fake, client = line
    media_id = await media_of(sessions, ring, clock)
    fake.will(answer)
    await serve_media(sessions, ring, {"iwaki": client}, clock)
    assert (await row(sessions, media_id)).status == status
    assert await opened(sessions, ring, media_id) == b""


async def test_after_a_day_of_failures_it_is_given_up(
    sessions: Sessions, ring: KeyRing, clock: FakeClock, line: Line
) -> None:
    fake, client = line
    media_id = await media_of(sessions, ring, clock)
    async with sessions.begin() as session:
        await session.execute(update(Media).values(attempts=MOST_ATTEMPTS - 1))
    fake.will(FakeAnswer(500, {}))
    await serve_media(sessions, ring, {"iwaki": client}, clock)
    assert (await row(sessions, media_id)).status == "failed"


async def test_an_unsent_picture_is_not_fetched(
    sessions: Sessions, ring: KeyRing, clock: FakeClock, line: Line
) -> None:
    fake, client = line
    media_id = await media_of(sessions, ring, clock)
    async with sessions.begin() as session:
        await session.execute(update(Utterance).values(unsent_at=clock()))
    await serve_media(sessions, ring, {"iwaki": client}, clock)
    assert ((await row(sessions, media_id)).status, fake.calls) == ("gone", [])


async def test_a_picture_unsent_while_it_is_fetched_is_not_kept(
    sessions: Sessions, ring: KeyRing, clock: FakeClock, line: Line
) -> None:
    fake, client = line
    media_id = await media_of(sessions, ring, clock)

    async def unsend() -> None:
        async with sessions.begin() as session:
            await session.execute(update(Utterance).values(unsent_at=clock()))

    fake.meanwhile = unsend
    fake.will(FakeAnswer(body=b"face"))
    await serve_media(sessions, ring, {"iwaki": client}, clock)
    assert (await row(sessions, media_id)).status == "gone"
    assert await opened(sessions, ring, media_id) == b""


async def test_a_killed_process_s_file_is_taken_up_when_its_lease_ends(
    sessions: Sessions, ring: KeyRing, clock: FakeClock, line: Line
) -> None:
    fake, client = line
    media_id = await media_of(sessions, ring, clock)
    async with sessions.begin() as session:
        await session.execute(update(Media).values(attempts=1, next_attempt_at=clock() + LEASE))
    assert await serve_media(sessions, ring, {"iwaki": client}, clock) == 0
    clock.advance(seconds=LEASE.total_seconds())
    fake.will(FakeAnswer(body=b"x"))
    assert await serve_media(sessions, ring, {"iwaki": client}, clock) == 1
    assert (await row(sessions, media_id)).status == "stored"


async def test_several_residents_files_are_sealed_each_with_its_own_key(
    sessions: Sessions, ring: KeyRing, clock: FakeClock, line: Line
) -> None:
    fake, client = line
    ids = [await media_of(sessions, ring, clock, number=n, message_id=f"70{n}") for n in range(3)]
    fake.will(*(FakeAnswer(body=b"x" * 10) for _ in ids))
    assert await serve_media(sessions, ring, {"iwaki": client}, clock) == 3
    assert [await opened(sessions, ring, i) for i in ids] == [b"x" * 10] * 3


async def test_a_city_without_a_channel_here_waits(
    sessions: Sessions, ring: KeyRing, clock: FakeClock, line: Line
) -> None:
    _, client = line
    media_id = await media_of(sessions, ring, clock, municipality="demo-kitahama")
    assert await serve_media(sessions, ring, {"iwaki": client}, clock) == 0
    assert (await row(sessions, media_id)).status == "pending"


async def test_a_resident_whose_key_is_gone_does_not_stop_the_others_pictures(
    sessions: Sessions, ring: KeyRing, clock: FakeClock, line: Line
) -> None:
    fake, client = line
    lost = await media_of(sessions, ring, clock, number=1, message_id="701")
    kept = await media_of(sessions, ring, clock, number=2, message_id="702")
    async with sessions.begin() as session:
        conversation = await session.get_one(
            Conversation, (await session.get_one(Media, lost)).conversation_id
        )
        resident = await session.get_one(Resident, conversation.resident_id)
        resident.wrapped_key = b"destroyed"
    fake.will(FakeAnswer(body=b"x"))
    assert await serve_media(sessions, ring, {"iwaki": client}, clock) == 2
    assert [(await row(sessions, i)).status for i in (lost, kept)] == ["failed", "stored"]
    assert len(fake.calls) == 1
    assert await serve_media(sessions, ring, {"iwaki": client}, clock) == 0


async def test_of_two_fetches_of_one_file_the_second_leaves_the_first_s_file_alone(
    sessions: Sessions, ring: KeyRing, clock: FakeClock, line: Line
) -> None:
    fake, client = line
    media_id = await media_of(sessions, ring, clock)

    async def the_lease_runs_out() -> None:
        """While the first worker waits for LINE, a second one fetches and stores."""
        fake.meanwhile = None
        clock.advance(seconds=LEASE.total_seconds())
        assert await serve_media(sessions, ring, {"iwaki": client}, clock) == 1
        assert (await row(sessions, media_id)).status == "stored"

    fake.meanwhile = the_lease_runs_out
    fake.will(FakeAnswer(body=b"picture"), FakeAnswer(body=b"again!!"))
    assert await serve_media(sessions, ring, {"iwaki": client}, clock) == 1
    assert (await row(sessions, media_id)).status == "stored"
    assert await opened(sessions, ring, media_id) == b"picture"


async def test_who_finds_a_file_settled_after_writing_its_pieces_takes_them_back(
    sessions: Sessions, ring: KeyRing, clock: FakeClock, line: Line
) -> None:
    """Both found the file open; the other's commit came between our look and our turn under the talk's lock."""
    fake, client = line
    media_id = await media_of(sessions, ring, clock)
    async with sessions.begin() as session:
        (media,) = await claim(session, ring, ["iwaki"], clock(), 1)
    assert media.key is not None
    ours = Fetched("image/png", 4, [media.key.seal(b"ours", chunk_context(media_id, 0))])
    clock.advance(seconds=LEASE.total_seconds())
    fake.will(FakeAnswer(body=b"picture"))

    async def finish_late() -> None:
        async with sessions.begin() as session:
            assert await session.scalar(select(Media.status)) == "pending"
            await serve_media(sessions, ring, {"iwaki": client}, clock)
            await session.execute(delete(MediaChunk))
            session.add(MediaChunk(media_id=media_id, number=0, data=ours.chunks[0]))
            await finish(session, ring, media, MediaStatus.STORED, ours)

    with pytest.raises(Settled):
        await finish_late()
    assert (await row(sessions, media_id)).status == "stored"
    assert await opened(sessions, ring, media_id) == b"picture"


async def test_one_file_s_unforeseen_error_does_not_stop_the_others(
    sessions: Sessions, ring: KeyRing, clock: FakeClock, line: Line
) -> None:
    fake, client = line
    odd = await media_of(sessions, ring, clock, number=1, message_id="odd")
    plain = await media_of(sessions, ring, clock, number=2, message_id="plain")

    class OddClient(LineClient):
        def content(self, message_id: str) -> Any:
            if message_id == "odd":
                raise ZeroDivisionError
            return client.content(message_id)

    fake.will(FakeAnswer(body=b"x"))
    assert await serve_media(sessions, ring, {"iwaki": OddClient(client.access)}, clock) == 2
    assert [(await row(sessions, i)).status for i in (odd, plain)] == ["pending", "stored"]
