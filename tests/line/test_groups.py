import pytest
from aiohttp.test_utils import TestClient
from sqlalchemy import select

from bot.line.client import LineClient
from bot.line.groups import serve_group_events
from core.crypto import KeyRing
from core.db.engine import Sessions
from core.db.tables import LineEvent
from tests.conftest import FakeClock
from tests.line.fake_line import FakeAnswer, FakeLine
from tests.line.webhooks import TAKEO, body_of, post, text_event

Line = tuple[FakeLine, LineClient]
GROUP = {"type": "group", "groupId": "C" + "1" * 32}
ROOM = {"type": "room", "roomId": "R" + "2" * 32}


async def outcomes(sessions: Sessions) -> list[tuple[str, str | None]]:
    async with sessions() as session:
        rows = await session.scalars(select(LineEvent).order_by(LineEvent.id))
        return [(row.kind, row.outcome) for row in rows]


async def test_groups_and_rooms_are_left_once_and_never_answered(
    intake: TestClient, sessions: Sessions, ring: KeyRing, clock: FakeClock, line: Line
) -> None:
    fake, client = line
    events = [
        text_event(TAKEO, "", clock(), type="join", source=GROUP, message=...),
        text_event(TAKEO, "みんな見て", clock(), source={**GROUP, "userId": TAKEO}),
        text_event(TAKEO, "", clock(), type="join", source=ROOM, message=...),
        text_event(TAKEO, "", clock(), type="leave", source={"type": "group", "groupId": "C9"}, message=...),
        text_event(TAKEO, "", clock(), type="accountLink", source=..., message=...),
        text_event(TAKEO, "", clock(), type="join", source={"type": "group"}, message=...),
    ]
    await post(intake, body_of(*events))
    assert await serve_group_events(sessions, ring, {"iwaki": client}, clock) == 6
    assert [c.path for c in fake.calls] == [
        f"/v2/bot/group/{GROUP['groupId']}/leave",
        f"/v2/bot/room/{ROOM['roomId']}/leave",
    ]
    assert await outcomes(sessions) == [
        ("group.join", "left_group"),
        ("group.message.text", "left_group"),
        ("group.join", "left_group"),
        ("group.leave", "recorded"),
        ("accountLink", "recorded"),
        ("group.join", "recorded"),
    ]
    assert await serve_group_events(sessions, ring, {"iwaki": client}, clock) == 0
    async with sessions() as session:
        assert set(await session.scalars(select(LineEvent.payload))) == {None}


async def test_the_talks_of_residents_are_left_alone(
    intake: TestClient, sessions: Sessions, ring: KeyRing, clock: FakeClock, line: Line
) -> None:
    await post(intake, body_of(text_event(TAKEO, "熱", clock())))
    assert await serve_group_events(sessions, ring, {"iwaki": line[1]}, clock) == 0
    assert await outcomes(sessions) == [("message.text", None)]


@pytest.mark.parametrize("answer", [FakeAnswer(500, {}), FakeAnswer(401, {}), FakeAnswer(hang=True)])
async def test_while_line_fails_it_is_tried_again_and_given_up_after_five(
    intake: TestClient, sessions: Sessions, ring: KeyRing, clock: FakeClock, line: Line, answer: FakeAnswer
) -> None:
    fake, client = line
    await post(intake, body_of(text_event(TAKEO, "", clock(), type="join", source=GROUP, message=...)))
    fake.will(*[answer] * 5)
    for _ in range(5):
        assert await outcomes(sessions) == [("group.join", None)]
        assert await serve_group_events(sessions, ring, {"iwaki": client}, clock) == 1
        clock.advance(minutes=20)
    assert await outcomes(sessions) == [("group.join", "failed")]
    async with sessions() as session:
        assert (await session.scalars(select(LineEvent.payload))).all() == [None]
