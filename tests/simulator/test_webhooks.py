"""Test webhooks as LINE sends them: signed, ordered, redelivered."""

import asyncio
import base64
import re
from typing import Any

import pytest
from linebot.v3.models import UnknownEvent
from linebot.v3.webhook import WebhookParser

from bot.simulator.ids import ulid
from bot.simulator.signature import sign
from tests.simulator.stand import SECRET, Simulator

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"0" * 40).decode()
HELLO = {"type": "text", "text": "こんにちは"}


async def settle(sim: Simulator) -> dict[str, Any]:
    """Wait until every event is accepted or given up; return the figures on webhooks."""
    async with asyncio.timeout(10):
        # The figures are asked for over HTTP, so there is no event to wait on.
        while (figures := (await sim.get("/api/counters"))["webhooks"])["pending"]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return dict(figures)


async def failed(sim: Simulator, count: int = 1) -> None:
    """Wait until `count` events are put off for redelivery."""
    async with asyncio.timeout(10):
        while (await sim.get("/api/counters"))["webhooks"]["to_redeliver"] != count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def test_the_documented_signature() -> None:
    body = b'{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}'
    assert sign(SECRET, body) == "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs="


def test_event_ids_are_ulids_that_grow_with_time() -> None:
    early, late = ulid(1_777_597_200_000), ulid(1_777_597_200_001)
    assert re.fullmatch(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", early)
    assert early[:10] < late[:10]


async def test_every_kind_is_known_to_the_sdk(sim: Simulator) -> None:
    resident = await sim.resident()
    sent = await sim.say(resident, "熱があります")
    for body in (
        {"type": "location", "latitude": 37.05, "longitude": 140.88, "title": "平", "address": "いわき市"},
        {"type": "sticker"},
        {"type": "image", "data": PNG},
        {"type": "video", "data": PNG},
        {"type": "audio", "data": PNG},
        {"type": "file", "data": PNG, "fileName": "a.pdf"},
        {"type": "postback", "data": "v=1", "params": {"date": "2026-05-01"}},
        {"type": "unsend", "message_id": sent["message"]["id"]},
        {"type": "unfollow"},
        {"type": "follow"},
    ):
        await sim.act(resident, body)
    await settle(sim)
    parser = WebhookParser(SECRET)
    events = [event for raw, signature in sim.bot.raw for event in parser.parse(raw.decode(), signature)]
    assert [event.type for event in events] == [
        "follow", *["message"] * 7, "postback", "unsend", "unfollow", "follow",
    ]  # fmt: skip
    assert not [event for event in events if isinstance(event, UnknownEvent)]
    assert sim.bot.events[-1]["follow"] == {"isUnblocked": True}
    assert all(("replyToken" in e) == (e["type"] not in {"unsend", "unfollow"}) for e in sim.bot.events)


async def test_pictures_sent_together_form_a_set(sim: Simulator) -> None:
    resident = await sim.resident()
    done = await sim.act(resident, {"type": "image", "images": [PNG, PNG, PNG]})
    await settle(sim)
    sets = [event["message"]["imageSet"] for event in sim.bot.of_type("message")]
    assert sorted(s["index"] for s in sets) == [1, 2, 3]
    assert {(s["id"], s["total"]) for s in sets} == {(done["image_set_id"], 3)}


async def test_events_of_one_resident_arrive_in_order_and_residents_do_not_wait_for_each_other(
    sim: Simulator,
) -> None:
    slow, quick = await sim.resident(), await sim.resident()
    gate = asyncio.Event()

    async def hold_the_slow_one(body: dict[str, Any]) -> None:
        if body["events"][0]["source"]["userId"] == slow:
            await gate.wait()

    sim.bot.before = hold_the_slow_one
    for number in range(5):
        await sim.act(slow, {"type": "text", "text": f"遅い{number}"})
    for number in range(5):
        await sim.act(quick, {"type": "text", "text": f"速い{number}"})
    await sim.bot.until(lambda: len(sim.bot.of_type("message")) == 5)
    gate.set()
    await settle(sim)
    texts = [event["message"]["text"] for event in sim.bot.of_type("message")]
    assert texts == [f"速い{n}" for n in range(5)] + [f"遅い{n}" for n in range(5)]
    stamps = [event["timestamp"] for event in sim.bot.of_type("message") if event["source"]["userId"] == slow]
    assert stamps == sorted(set(stamps))


async def test_a_refused_webhook_comes_again_the_same_but_marked(sim: Simulator) -> None:
    resident = await sim.resident()
    sim.bot.status = 503
    await sim.say(resident, "聞こえますか")
    first = sim.bot.events[-1]
    sim.bot.status = 200
    await failed(sim)
    sim.clock.advance(seconds=1)
    await sim.bot.until(lambda: sim.bot.events[-1] is not first)
    again = sim.bot.events[-1]
    assert again == first | {"deliveryContext": {"isRedelivery": True}}
    figures = await settle(sim)
    assert (figures["accepted"], figures["redelivered"]) == (2, 1)


async def test_pauses_between_redeliveries_grow_until_it_is_given_up(sim: Simulator) -> None:
    resident = await sim.resident()
    sim.bot.status = 500
    await sim.say(resident, "a")
    await failed(sim)
    arrivals = [len(sim.bot.of_type("message"))]
    for pause_s in (1, 2, 4):
        sim.clock.advance(seconds=pause_s - 0.1)
        await asyncio.sleep(0.15)
        assert len(sim.bot.of_type("message")) == arrivals[-1]
        sim.clock.advance(seconds=0.1)
        await sim.bot.until(lambda: len(sim.bot.of_type("message")) > arrivals[-1])
        await failed(sim)
        arrivals.append(len(sim.bot.of_type("message")))
    assert arrivals == [1, 2, 3, 4]
    while (await sim.get("/api/counters"))["webhooks"]["pending"]:
        sim.clock.advance(seconds=61)
        await asyncio.sleep(0.01)
    assert (await settle(sim))["abandoned"] == 1
    assert len(sim.bot.of_type("message")) == 21


async def test_a_redelivery_opens_another_minute_for_its_token(sim: Simulator) -> None:
    resident = await sim.resident()
    sim.bot.status = 500
    token = (await sim.say(resident, "a"))["replyToken"]
    await failed(sim)
    sim.clock.advance(minutes=5)
    sim.bot.status = 200
    await settle(sim)
    sim.clock.advance(seconds=50)
    body = {"replyToken": token, "messages": [HELLO]}
    assert (await sim.call("/v2/bot/message/reply", body))[0] == 200
    assert (await sim.call("/v2/bot/message/reply", body))[0] == 400


async def test_no_redelivery_revives_a_token_after_20_minutes(sim: Simulator) -> None:
    resident = await sim.resident()
    sim.bot.status = 500
    token = (await sim.say(resident, "a"))["replyToken"]
    await failed(sim)
    sim.clock.advance(minutes=20, seconds=1)
    sim.bot.status = 200
    await settle(sim)
    assert (await sim.call("/v2/bot/message/reply", {"replyToken": token, "messages": [HELLO]}))[0] == 400


async def test_the_token_is_usable_while_the_webhook_is_still_open(sim: Simulator) -> None:
    resident, answers = await sim.resident(), []

    async def reply_at_once(body: dict[str, Any]) -> None:
        event = body["events"][0]
        answers.append(
            await sim.call("/v2/bot/message/reply", {"replyToken": event["replyToken"], "messages": [HELLO]})
        )

    sim.bot.before = reply_at_once
    await sim.say(resident, "a")
    assert [status for status, _, _ in answers] == [200]


class TestSlowBot:
    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"webhook_timeout_s": 0.1}

    async def test_an_answer_after_the_timeout_does_not_count(self, sim: Simulator) -> None:
        resident = await sim.resident()

        async def dawdle(_body: dict[str, Any]) -> None:
            await asyncio.sleep(0.3)

        sim.bot.before = dawdle
        await sim.act(resident, {"type": "text", "text": "a"})
        await failed(sim)
        sim.bot.before = None
        sim.clock.advance(seconds=1)
        figures = await settle(sim)
        assert figures["answers"] == {"200": 2, "timeout": 1}
        assert [e["deliveryContext"]["isRedelivery"] for e in sim.bot.of_type("message")] == [True]


class TestBatches:
    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"batch_window_s": 0.05}

    async def test_events_of_several_residents_share_a_post(self, sim: Simulator) -> None:
        residents = [await sim.resident() for _ in range(4)]
        for number in range(3):
            for resident in residents:
                await sim.act(resident, {"type": "text", "text": f"{residents.index(resident)}:{number}"})
        await settle(sim)
        texts = [e["message"]["text"] for e in sim.bot.of_type("message")]
        for position in range(4):
            assert [t for t in texts if t[0] == str(position)] == [f"{position}:{n}" for n in range(3)]
        assert max(len({e["source"]["userId"] for e in body["events"]}) for body in sim.bot.bodies) == 4


async def test_repeats_and_disorder_on_demand(sim: Simulator) -> None:
    resident = await sim.resident()
    await sim.post("/api/faults", {"duplicate": 1, "times": 1})
    await sim.say(resident, "二重")
    await settle(sim)
    assert [e["deliveryContext"]["isRedelivery"] for e in sim.bot.of_type("message")] == [False, False]
    await sim.post("/api/faults", {"redeliver": 2, "times": 1})
    await sim.say(resident, "再配送")
    for _ in range(2):
        await failed(sim)
        sim.clock.advance(seconds=5)
        await asyncio.sleep(0.1)
    await settle(sim)
    assert [e["deliveryContext"]["isRedelivery"] for e in sim.bot.of_type("message")[2:]] == [
        False,
        True,
        True,
    ]
    await sim.delete("/api/faults")
    await sim.post("/api/faults", {"reorder": True})
    for number in range(4):
        await sim.act(resident, {"type": "text", "text": str(number)})
    figures = await settle(sim)
    texts = [e["message"]["text"] for e in sim.bot.of_type("message")[5:]]
    assert texts != ["0", "1", "2", "3"]
    assert sorted(texts) == ["0", "1", "2", "3"]
    assert figures["accepted"] == 7


async def test_hand_written_events_and_bodies(sim: Simulator) -> None:
    one, other = await sim.resident(), await sim.resident()
    done = await sim.act(one, {"type": "raw", "event": {"type": "surprise"}, "without": ["mode"]})
    event = await sim.event(done["webhook_event_id"])
    assert "mode" not in event
    assert event["type"] == "surprise"
    mixed = [
        event | {"webhookEventId": "A"},
        event | {"webhookEventId": "B", "source": {"type": "user", "userId": other}},
    ]
    await sim.post("/api/webhooks", {"events": mixed})
    await sim.event("B")
    assert [e["webhookEventId"] for e in sim.bot.bodies[-1]["events"]] == ["A", "B"]
    forged = {"body": '{"destination":"U","events":[]}', "signature": "forged"}
    assert await sim.post("/api/webhooks", forged) == {"status": 200}
    assert sim.bot.raw[-1][1] == "forged"


class TestBurst:
    async def test_a_burst_of_many_residents_is_carried_in_order(self, sim: Simulator) -> None:
        # How fast is the benchmarks' business; a busy machine must not fail this.
        residents = (await sim.post("/api/residents", {"count": 50, "silent": True}))["user_ids"]
        for start in range(0, 600, 50):
            bodies = [{"type": "text", "text": str(start + n)} for n in range(50)]
            await asyncio.gather(*(sim.act(r, b) for r, b in zip(residents, bodies, strict=True)))
        figures = await settle(sim)
        assert figures["accepted"] == 600
        for resident in residents:
            texts = [int(e["message"]["text"]) for e in sim.bot.events if e["source"]["userId"] == resident]
            assert texts == sorted(texts)
