import json
import uuid
from pathlib import Path

import pytest
from aiohttp import ClientTimeout

from bot.line.client import LineClient
from bot.line.connection import LineAccess
from bot.line.errors import (
    ContentGone,
    ContentNotReady,
    ContentTooLarge,
    LineError,
    LineNotReached,
    LineQuotaExceeded,
    LineRejected,
    LineThrottled,
    LineUnauthorised,
    LineUnavailable,
)
from tests.line.fake_line import QUOTA, RATE, FakeAnswer, FakeLine

Line = tuple[FakeLine, LineClient]

SECRET_WORDS = "胸が痛い"
MESSAGES = json.dumps([{"type": "text", "text": SECRET_WORDS}], ensure_ascii=False).encode()
SENT = {"sentMessages": [{"id": "461230966842064897", "quoteToken": "IStG5h1Tz7b"}, {"id": "2"}]}


async def test_a_reply_carries_token_and_frozen_bytes_and_returns_the_ids(line: Line) -> None:
    fake, client = line
    fake.will(FakeAnswer(json=SENT))
    receipt = await client.reply("reply-token", MESSAGES)
    [call] = fake.calls
    assert (call.method, call.path) == ("POST", "/v2/bot/message/reply")
    assert MESSAGES in call.body
    assert json.loads(call.body) == {"replyToken": "reply-token", "messages": json.loads(MESSAGES)}
    assert call.headers["Authorization"] == "Bearer token-iwaki"
    assert "X-Line-Retry-Key" not in call.headers
    assert receipt.request_id == "request-1"
    assert [(m.id, m.quote_token) for m in receipt.messages] == [
        ("461230966842064897", "IStG5h1Tz7b"),
        ("2", None),
    ]


async def test_a_push_twice_is_the_same_bytes_and_409_counts_as_sent(line: Line) -> None:
    fake, client = line
    key = uuid.uuid4()
    fake.will(
        FakeAnswer(500, {"message": "Internal server error"}),
        FakeAnswer(
            409,
            {"message": "The retry key is already accepted", **SENT},
            headers={"x-line-accepted-request-id": "first"},
        ),
    )
    with pytest.raises(LineUnavailable):
        await client.push("U1", MESSAGES, key)
    receipt = await client.push("U1", MESSAGES, key)
    assert (receipt.was_accepted_before, receipt.request_id, receipt.messages[0].id) == (
        True,
        "first",
        "461230966842064897",
    )
    first, second = fake.calls
    assert first.body == second.body
    assert first.headers["X-Line-Retry-Key"] == second.headers["X-Line-Retry-Key"] == str(key)


@pytest.mark.parametrize(
    ("answer", "error", "retryable"),
    [
        (FakeAnswer(500, {"message": "x"}), LineUnavailable, True),
        (FakeAnswer(502, body=b"<html>bad gateway"), LineUnavailable, True),
        (FakeAnswer(302, headers={"Location": "http://127.0.0.1:9/"}), LineUnavailable, True),
        (FakeAnswer(429, RATE), LineThrottled, True),
        (FakeAnswer(429, body=b""), LineThrottled, True),
        (FakeAnswer(429, QUOTA), LineQuotaExceeded, True),
        (FakeAnswer(401, {"message": "Authentication failed"}), LineUnauthorised, True),
        (FakeAnswer(403, {"message": "Access to this API is not available for your account"}), LineUnauthorised, True),
        (FakeAnswer(400, {"message": "Invalid reply token"}), LineRejected, False),
        (FakeAnswer(409, {"message": "?"}), LineRejected, False),
        (FakeAnswer(413, body=b"[]"), LineRejected, False),
        (FakeAnswer(hang=True), LineUnavailable, True),
        (FakeAnswer(drop=True), LineUnavailable, True),
    ],
)  # fmt: skip
async def test_what_went_wrong_says_what_to_do(
    line: Line, answer: FakeAnswer, error: type[LineError], *, retryable: bool
) -> None:
    fake, client = line
    fake.will(answer)
    with pytest.raises(LineError) as raised:
        await client.reply("reply-token", MESSAGES)
    assert (type(raised.value), raised.value.retryable) == (error, retryable)
    assert raised.value.status == (0 if answer.hang or answer.drop else answer.status)
    assert len(fake.calls) == 1


async def test_no_error_repeats_a_message(line: Line) -> None:
    fake, client = line
    details = [{"message": f"Length of {SECRET_WORDS}", "property": "messages[0].text"}]
    fake.will(
        FakeAnswer(400, {"message": f"The request body has 1 error(s): {SECRET_WORDS}", "details": details})
    )
    with pytest.raises(LineRejected) as raised:
        await client.push("U1", MESSAGES, uuid.uuid4())
    assert SECRET_WORDS not in str(raised.value)
    assert "messages[0].text" in str(raised.value)
    assert "token" not in repr(client.access)


async def test_a_refused_connection_is_known_not_to_have_arrived() -> None:
    access = LineAccess(
        municipality_id="iwaki", access_token="t", api_url="http://127.0.0.1:9", data_url="http://127.0.0.1:9"
    )
    async with LineClient(access) as client:
        with pytest.raises(LineNotReached):
            await client.reply("t", MESSAGES)
        with pytest.raises(LineNotReached):
            await client.profile("U1")
        with pytest.raises(LineNotReached):
            async with client.content("1"):
                pass


async def test_an_accepted_message_whose_answer_says_nothing_is_sent(line: Line) -> None:
    fake, client = line
    fake.will(FakeAnswer(body=b"not json"), FakeAnswer(json=[]), FakeAnswer(json={"sentMessages": None}))
    for _ in range(3):
        assert (await client.reply("t", MESSAGES)).messages == ()


async def test_proxies_and_netrc_of_the_environment_are_ignored(
    fake_line: tuple[FakeLine, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake, url = fake_line
    (tmp_path / "netrc").write_text("default login x password y\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with LineClient(
        LineAccess(municipality_id="iwaki", access_token="t", api_url=url, data_url=url)
    ) as client:
        await client.reply("t", MESSAGES)
        await client.mark_as_read("read-token")
    assert [c.headers["Authorization"] for c in fake.calls] == ["Bearer t", "Bearer t"]


async def test_loading_and_reading_say_what_line_expects(line: Line) -> None:
    fake, client = line
    fake.will(FakeAnswer(202, {}), FakeAnswer(200, {}))
    await client.show_loading("U1")
    await client.mark_as_read("read-token")
    assert [(c.path, json.loads(c.body)) for c in fake.calls] == [
        ("/v2/bot/chat/loading/start", {"chatId": "U1", "loadingSeconds": 20}),
        ("/v2/bot/chat/markAsRead", {"markAsReadToken": "read-token"}),
    ]


async def test_a_profile_line_does_not_give_is_none(line: Line) -> None:
    fake, client = line
    fake.will(
        FakeAnswer(404, {"message": "Not found"}),
        FakeAnswer(json={"userId": "U1", "displayName": "武雄", "language": "ja"}),
    )
    assert await client.profile("U1") is None
    found = await client.profile("U1")
    assert found is not None
    assert (found.display_name, found.picture_url, found.language) == ("武雄", None, "ja")


async def test_a_group_left_already_is_left(line: Line) -> None:
    fake, client = line
    fake.will(FakeAnswer(200, {}), FakeAnswer(404, {"message": "Not found"}), FakeAnswer(500, {}))
    await client.leave("group", "C1")
    await client.leave("room", "R1")
    with pytest.raises(LineUnavailable):
        await client.leave("group", "C1")
    assert [c.path for c in fake.calls[:2]] == ["/v2/bot/group/C1/leave", "/v2/bot/room/R1/leave"]


async def test_the_account_and_its_quota_are_read(line: Line) -> None:
    fake, client = line
    info = {
        "userId": "U" + "0" * 32,
        "basicId": "@x",
        "displayName": "HELPO",
        "chatMode": "chat",
        "markAsReadMode": "manual",
    }
    fake.will(
        FakeAnswer(json=info),
        FakeAnswer(json={"type": "limited", "value": 30000}), FakeAnswer(json={"totalUsage": 812}),
        FakeAnswer(json={"type": "none"}), FakeAnswer(json={"totalUsage": 5}),
    )  # fmt: skip
    bot = await client.bot_info()
    assert (bot.user_id, bot.marks_as_read) == (info["userId"], True)
    assert [((q := await client.quota()).limit, q.used) for _ in range(2)] == [(30000, 812), (None, 5)]


@pytest.mark.parametrize(
    "answer",
    [FakeAnswer(hang=True), FakeAnswer(drop=True), FakeAnswer(503, {}), FakeAnswer(200, {"type": "new!"})],
)
async def test_calls_through_the_sdk_fail_as_typed_too(line: Line, answer: FakeAnswer) -> None:
    fake, client = line
    fake.will(answer)
    with pytest.raises(LineUnavailable):
        await client.quota()


async def whole(client: LineClient, message_id: str, most_bytes: int = 100_000) -> tuple[str, bytes]:
    async with client.content(message_id, most_bytes=most_bytes) as content:
        return content.content_type, b"".join([chunk async for chunk in content.chunks()])


async def test_a_file_is_streamed_with_its_type(line: Line) -> None:
    fake, client = line
    fake.will(FakeAnswer(pieces=[b"a" * 70_000, b"b" * 10], headers={"Content-Type": "image/jpeg"}))
    assert await whole(client, "100001") == ("image/jpeg", b"a" * 70_000 + b"b" * 10)
    assert fake.calls[0].path == "/v2/bot/message/100001/content"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (FakeAnswer(202, body=b""), ContentNotReady),
        (FakeAnswer(404, {"message": "Not found"}), ContentGone),
        (FakeAnswer(410, {"message": "Gone"}), ContentGone),
        (FakeAnswer(401, {}), LineUnauthorised),
        (FakeAnswer(429, RATE), LineThrottled),
        (FakeAnswer(500, {}), LineUnavailable),
        (FakeAnswer(400, {}), LineRejected),
        (FakeAnswer(drop=True), LineUnavailable),
        (FakeAnswer(hang=True), LineUnavailable),
        (FakeAnswer(body=b"x" * 2001), ContentTooLarge),
        (FakeAnswer(pieces=[b"x" * 1500, b"x" * 1500]), ContentTooLarge),
        (FakeAnswer(pieces=[b"x" * 10], headers={"Content-Length": "500"}), LineUnavailable),
    ],
)  # fmt: skip
async def test_a_file_that_does_not_come_says_why(
    line: Line, answer: FakeAnswer, error: type[LineError], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake, client = line
    # A GET that was dropped is tried once more on a new connection.
    fake.will(answer, answer)
    monkeypatch.setattr("bot.line.content.TIMEOUT", ClientTimeout(total=0.5))
    with pytest.raises(LineError) as raised:
        await whole(client, "1", most_bytes=2000)
    assert type(raised.value) is error


async def test_a_message_id_cannot_change_the_address(line: Line) -> None:
    fake, client = line
    async with client.content("../../message/quota?x=1"):
        pass
    assert fake.calls[0].path.endswith("/content")
