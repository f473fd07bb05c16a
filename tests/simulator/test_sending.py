"""Test reply and push with LINE's own SDK."""

import asyncio
import uuid
from typing import Any

import pytest
from linebot.v3.messaging import (
    ApiException,
    MulticastRequest,
    PushMessageRequest,
    ReplyMessageRequest,
    TextMessage,
)

from tests.simulator.stand import Simulator

HELLO = {"type": "text", "text": "こんにちは"}


async def test_a_reply_reaches_the_resident_free_of_charge(sim: Simulator) -> None:
    resident = await sim.resident(name="デモ 花子")
    event = await sim.say(resident, "熱があります")
    answer = await sim.line.reply_message(
        ReplyMessageRequest(
            replyToken=event["replyToken"],
            messages=[TextMessage(text="いつからですか"), TextMessage(text="はい")],
        )
    )
    seen = await sim.seen(resident)
    assert [(m["sent_by"], m["text"]) for m in seen] == [("reply", "いつからですか"), ("reply", "はい")]
    assert [m["message_id"] for m in seen] == [sent.id for sent in answer.sent_messages]
    assert (await sim.get("/api/counters"))["billed"]["iwaki"] == 0


async def test_a_reply_token_works_once(sim: Simulator) -> None:
    resident = await sim.resident()
    token = (await sim.say(resident, "a"))["replyToken"]
    body = {"replyToken": token, "messages": [HELLO]}
    assert (await sim.call("/v2/bot/message/reply", body))[0] == 200
    status, answer, _ = await sim.call("/v2/bot/message/reply", body)
    assert (status, answer) == (400, {"message": "Invalid reply token"})
    assert len(await sim.seen(resident)) == 1


async def test_a_reply_token_dies_after_a_minute(sim: Simulator) -> None:
    resident = await sim.resident()
    young = (await sim.say(resident, "a"))["replyToken"]
    sim.clock.advance(seconds=59)
    assert (await sim.call("/v2/bot/message/reply", {"replyToken": young, "messages": [HELLO]}))[0] == 200
    old = (await sim.say(resident, "b"))["replyToken"]
    sim.clock.advance(seconds=61)
    assert (await sim.call("/v2/bot/message/reply", {"replyToken": old, "messages": [HELLO]}))[0] == 400


async def test_a_refused_reply_leaves_its_token_usable(sim: Simulator) -> None:
    resident = await sim.resident()
    token = (await sim.say(resident, "a"))["replyToken"]
    wrong = {"replyToken": token, "messages": [{"type": "text", "text": ""}]}
    assert (await sim.call("/v2/bot/message/reply", wrong))[0] == 400
    assert (await sim.call("/v2/bot/message/reply", {"replyToken": token, "messages": [HELLO]}))[0] == 200


async def test_a_token_of_another_channel_is_invalid(sim: Simulator) -> None:
    resident = await sim.resident(municipality="demo-kitahama")
    token = (await sim.say(resident, "a"))["replyToken"]
    assert (await sim.call("/v2/bot/message/reply", {"replyToken": token, "messages": [HELLO]}))[0] == 400


async def test_a_retry_key_on_reply_is_refused(sim: Simulator) -> None:
    resident = await sim.resident()
    token = (await sim.say(resident, "a"))["replyToken"]
    body = {"replyToken": token, "messages": [HELLO]}
    status, _, _ = await sim.call("/v2/bot/message/reply", body, **{"X-Line-Retry-Key": str(uuid.uuid4())})
    assert status == 400
    assert await sim.seen(resident) == []


async def test_a_push_is_billed_and_a_blocked_one_is_not(sim: Simulator) -> None:
    resident = await sim.resident()
    await sim.line.push_message(PushMessageRequest(to=resident, messages=[TextMessage(text="a")]))
    await sim.act(resident, {"type": "unfollow"})
    status, answer, _ = await sim.push(resident, HELLO)
    assert status == 200
    assert answer["sentMessages"]
    counters = await sim.get("/api/counters")
    assert counters["billed"]["iwaki"] == 1
    assert counters["not_delivered"] == {"push": 1}
    assert [m["text"] for m in await sim.seen(resident)] == ["a"]


async def test_a_push_sent_again_with_its_key_is_answered_409_and_not_delivered(sim: Simulator) -> None:
    resident, key = await sim.resident(), str(uuid.uuid4())
    first = await sim.push(resident, HELLO, **{"X-Line-Retry-Key": key})
    again = await sim.push(resident, HELLO, **{"X-Line-Retry-Key": key})
    assert (first[0], again[0]) == (200, 409)
    assert again[1]["message"] == "The retry key is already accepted"
    assert again[1]["sentMessages"] == first[1]["sentMessages"]
    assert again[2]["x-line-accepted-request-id"] == first[2]["x-line-request-id"]
    assert again[2]["x-line-request-id"] != first[2]["x-line-request-id"]
    assert len(await sim.seen(resident)) == 1
    assert (await sim.get("/api/counters"))["violation_counts"] == {}


async def test_the_sdk_sees_the_409_too(sim: Simulator) -> None:
    resident, key = await sim.resident(), str(uuid.uuid4())
    request = PushMessageRequest(to=resident, messages=[TextMessage(text="a")])
    await sim.line.push_message(request, x_line_retry_key=key)
    with pytest.raises(ApiException) as caught:
        await sim.line.push_message(request, x_line_retry_key=key)
    assert caught.value.status == 409


async def test_a_key_is_new_again_after_a_day(sim: Simulator) -> None:
    resident, key = await sim.resident(), str(uuid.uuid4())
    await sim.push(resident, HELLO, **{"X-Line-Retry-Key": key})
    sim.clock.advance(hours=24, seconds=1)
    assert (await sim.push(resident, HELLO, **{"X-Line-Retry-Key": key}))[0] == 200


async def test_a_key_used_for_another_body_is_a_violation(sim: Simulator) -> None:
    resident, key = await sim.resident(), str(uuid.uuid4())
    await sim.push(resident, HELLO, **{"X-Line-Retry-Key": key})
    other = await sim.push(resident, {"type": "text", "text": "別"}, **{"X-Line-Retry-Key": key})
    assert other[0] == 409
    assert (await sim.get("/api/counters"))["violation_counts"] == {"retry_key_with_other_body": 1}


async def test_a_refused_push_leaves_its_key_free(sim: Simulator) -> None:
    resident, key = await sim.resident(), str(uuid.uuid4())
    await sim.post("/api/faults", {"path": "push", "status": 500, "times": 1})
    assert (await sim.push(resident, HELLO, **{"X-Line-Retry-Key": key}))[0] == 500
    assert (await sim.push(resident, HELLO, **{"X-Line-Retry-Key": key}))[0] == 200


async def test_a_key_that_is_no_uuid_is_refused(sim: Simulator) -> None:
    assert (await sim.push(await sim.resident(), HELLO, **{"X-Line-Retry-Key": "key"}))[0] == 400


async def test_foreign_and_malformed_recipients_are_refused(sim: Simulator) -> None:
    neighbour = await sim.resident(municipality="demo-kitahama")
    assert (await sim.push(neighbour, HELLO))[:2] == (400, {"message": "Failed to send messages"})
    assert (await sim.push("U" + "0" * 32, HELLO))[0] == 400
    assert (await sim.push("花子", HELLO))[1]["message"].startswith("The property, 'to'")
    assert (await sim.get("/api/counters"))["violation_counts"]["foreign_id"] == 2


async def test_multicast_reaches_each_and_counts_each(sim: Simulator) -> None:
    made = await sim.post("/api/residents", {"count": 500, "silent": True})
    everybody = made["user_ids"]
    await sim.line.multicast(MulticastRequest(to=everybody, messages=[TextMessage(text="お知らせ")]))
    assert [m["sent_by"] for m in await sim.seen(everybody[499])] == ["multicast"]
    assert (await sim.get("/api/counters"))["billed"]["iwaki"] == 500
    status, _, _ = await sim.call("/v2/bot/message/multicast", {"to": [*everybody, "U"], "messages": [HELLO]})
    assert status == 400


async def test_broadcast_and_narrowcast_reach_the_friends_of_one_channel(sim: Simulator) -> None:
    here, there = await sim.resident(), await sim.resident(municipality="demo-kitahama")
    assert (await sim.call("/v2/bot/message/broadcast", {"messages": [HELLO]}))[:2] == (200, {})
    status, _, headers = await sim.call("/v2/bot/message/narrowcast", {"messages": [HELLO]})
    assert status == 202
    progress = await sim.line.get_narrowcast_progress(request_id=headers["x-line-request-id"])
    assert (progress.phase, progress.success_count) == ("succeeded", 1)
    assert [m["sent_by"] for m in await sim.seen(here)] == ["broadcast", "narrowcast"]
    assert await sim.seen(there) == []


async def test_the_two_429s_differ_in_their_text_only(sim: Simulator) -> None:
    resident = await sim.resident()
    await sim.post("/api/faults", {"quota": 1})
    assert (await sim.push(resident, HELLO))[0] == 200
    assert (await sim.push(resident, HELLO))[:2] == (
        429,
        {"message": "You have reached your monthly limit."},
    )
    await sim.delete("/api/faults")
    statuses = [(await sim.call("/v2/bot/message/broadcast", {"messages": [HELLO]}))[:2] for _ in range(61)]
    assert statuses[-1] == (429, {"message": "The API rate limit has been exceeded. Try again later."})
    sim.clock.advance(minutes=1)
    assert (await sim.call("/v2/bot/message/broadcast", {"messages": [HELLO]}))[0] == 200


async def test_a_reply_is_possible_when_the_quota_is_spent(sim: Simulator) -> None:
    resident = await sim.resident()
    await sim.post("/api/faults", {"quota": 0})
    token = (await sim.say(resident, "a"))["replyToken"]
    assert (await sim.call("/v2/bot/message/reply", {"replyToken": token, "messages": [HELLO]}))[0] == 200


async def test_the_same_messages_twice_to_one_resident_are_counted_as_doubled(sim: Simulator) -> None:
    one, other = await sim.resident(), await sim.resident()
    for recipient in (one, other, one):
        await sim.push(recipient, HELLO)
    counters = await sim.get("/api/counters")
    assert counters["doubled"] == 1
    assert counters["doubled_messages"][0]["user_id"] == one
    sim.clock.advance(hours=25)
    await sim.push(other, HELLO)
    assert (await sim.get("/api/counters"))["doubled"] == 1


async def test_a_quote_token_belongs_to_its_chat(sim: Simulator) -> None:
    one, other = await sim.resident(), await sim.resident()
    quote = (await sim.say(one, "薬のこと"))["message"]["quoteToken"]
    quoting = {"type": "text", "text": "はい", "quoteToken": quote}
    assert (await sim.push(one, quoting))[0] == 200
    assert (await sim.push(other, quoting))[0] == 400


async def test_pushes_at_once_with_one_key_are_delivered_once(sim: Simulator) -> None:
    resident, key = await sim.resident(), str(uuid.uuid4())
    answers: list[tuple[int, Any, dict[str, str]]] = await asyncio.gather(
        *(sim.push(resident, HELLO, **{"X-Line-Retry-Key": key}) for _ in range(10))
    )
    assert sorted(status for status, _, _ in answers) == [200] + [409] * 9
    assert len(await sim.seen(resident)) == 1
