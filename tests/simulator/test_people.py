"""Test the simulator's own API: residents, what they see, tap and unsend."""

import asyncio
import base64
import time
from typing import Any

import pytest
from linebot.v3.messaging import ApiException

from bot.simulator.plain_text import flattened_text
from tests.simulator.stand import Simulator
from tests.simulator.test_validation import (
    bubble,
    button,
    buttons,
    carousel,
    flex,
    link,
    post,
    quick,
    say,
    text,
    words,
)

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


async def test_a_new_resident_is_a_friend_and_the_bot_is_told(sim: Simulator) -> None:
    made = await sim.post("/api/residents", {"name": "デモ 花子", "municipality": "demo-kitahama"})
    await sim.bot.until(lambda: bool(sim.bot.of_type("follow")))
    event = sim.bot.events[0]
    assert event["source"] == {"type": "user", "userId": made["user_id"]}
    assert event["follow"] == {"isUnblocked": False}
    assert (await sim.neighbour.get_profile(made["user_id"])).display_name == "デモ 花子"


async def test_wrong_requests_are_explained(sim: Simulator) -> None:
    resident = await sim.resident()
    await sim.post("/api/residents", {"municipality": "nowhere"}, 404)
    assert "error" in await sim.act("U" + "0" * 32, {"type": "text", "text": "a"}, 404)
    for body in (
        {},
        {"type": "shout"},
        {"type": "text"},
        {"type": "location"},
        {"type": "image", "data": "?"},
        {"type": "tap"},
    ):
        assert "error" in await sim.act(resident, body, 400)
    await sim.act(resident, {"type": "unfollow"})
    await sim.act(resident, {"type": "text", "text": "a"}, 409)


async def test_a_long_poll_ends_with_the_message_and_not_before(sim: Simulator) -> None:
    resident = await sim.resident()
    await sim.push(resident, text("一"))
    waiting = asyncio.create_task(sim.seen(resident, "?after=1&wait_s=20"))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    started = time.perf_counter()
    await sim.push(resident, text("二"))
    assert [m["text"] for m in await waiting] == ["二"]
    assert time.perf_counter() - started < 1
    assert await sim.seen(resident, "?after=2&wait_s=0.05") == []


async def test_own_bubbles_are_listed_only_if_asked_for(sim: Simulator) -> None:
    resident = await sim.resident()
    await sim.say(resident, "質問")
    await sim.push(resident, text("答え"))
    assert [m["seq"] for m in await sim.seen(resident)] == [2]
    both = await sim.seen(resident, "?all=1")
    assert [(m["seq"], m["from"], m["text"]) for m in both] == [(1, "resident", "質問"), (2, "bot", "答え")]


async def test_a_tap_says_or_posts_back_and_shows_it(sim: Simulator) -> None:
    resident = await sim.resident()
    await sim.push(resident, quick(say("やり直す"), post(label="痛い", data="v=2", displayText="痛いです")))
    said = await sim.act(resident, {"type": "tap", "label": "やり直す"})
    assert (await sim.event(said["webhook_event_id"]))["message"]["text"] == "はい"
    posted = await sim.act(resident, {"type": "tap", "label": "痛い"})
    assert (await sim.event(posted["webhook_event_id"]))["postback"] == {"data": "v=2"}
    own = [m["text"] for m in await sim.seen(resident, "?all=1") if m["from"] == "resident"]
    assert own == ["はい", "痛いです"]


async def test_taps_without_an_event_say_what_comes_next(sim: Simulator) -> None:
    resident = await sim.resident()
    picker = {"type": "datetimepicker", "label": "日", "data": "d", "mode": "date"}
    await sim.push(
        resident,
        quick(
            link("tel:119"),
            {"type": "location", "label": "場所"},
            {"type": "camera", "label": "写真"},
            {"type": "clipboard", "label": "写す", "clipboardText": "119"},
            picker,
        ),
    )
    expected = {
        "開く": ("uri", "tel:119"),
        "場所": ("expects", "location"),
        "写真": ("expects", "image"),
        "写す": ("clipboard", "119"),
        "日": ("expects", "datetime"),
    }
    for label, (key, value) in expected.items():
        assert (await sim.act(resident, {"type": "tap", "label": label}))[key] == value
    assert sim.bot.of_type("message") == sim.bot.of_type("postback") == []
    done = await sim.act(resident, {"type": "tap", "label": "日", "params": {"date": "2026-05-01"}})
    event = await sim.event(done["webhook_event_id"])
    assert event["postback"] == {"data": "d", "params": {"date": "2026-05-01"}}


async def test_quick_replies_vanish_with_the_next_message_and_cards_stay(sim: Simulator) -> None:
    resident = await sim.resident()
    await sim.push(resident, buttons(actions=[post(label="昨日から", data="v=old")]))
    await sim.push(resident, quick(say("もどる")))
    await sim.push(resident, buttons(actions=[post(label="昨日から", data="v=new")]))
    refused = await sim.act(resident, {"type": "tap", "label": "もどる"}, 404)
    assert "昨日から" in refused["visible"]
    newest = await sim.act(resident, {"type": "tap", "label": "昨日から"})
    assert newest["action"]["data"] == "v=new"
    old = await sim.act(resident, {"type": "tap", "label": "昨日から", "seq": 1})
    assert old["action"]["data"] == "v=old"
    await sim.act(resident, {"type": "tap", "label": "もどる", "seq": 2}, 404)
    await sim.act(resident, {"type": "tap", "label": "昨日から", "seq": 99}, 404)


async def test_like_labels_are_told_apart_by_their_data(sim: Simulator) -> None:
    resident = await sim.resident()
    columns = [{"text": name, "actions": [post(label="ここにする", data=name)]} for name in ("内科", "歯科")]
    await sim.push(resident, carousel(*columns))
    done = await sim.act(resident, {"type": "tap", "label": "ここにする", "data": "歯科"})
    assert done["action"]["data"] == "歯科"


async def test_the_default_menu_can_be_tapped(sim: Simulator) -> None:
    resident = await sim.resident()
    done = await sim.act(resident, {"type": "tap", "label": "病院をさがす"})
    assert (await sim.event(done["webhook_event_id"]))["message"]["text"] == "病院をさがす"


def test_the_flattened_text_is_what_one_can_read() -> None:
    card = bubble(
        words("いますぐ119番へ"),
        {"type": "box", "layout": "horizontal", "contents": [words("場所"), words("平")]},
        {"type": "text", "contents": [{"type": "span", "text": "体温 "}, {"type": "span", "text": "38.5"}]},
        button(link("tel:119")),
    )
    assert flattened_text(flex(card)) == "いますぐ119番へ\n場所\n平\n体温 38.5"
    assert flattened_text(buttons(title="題", text="質問")) == "題\n質問"
    assert flattened_text({"type": "location", "title": "平", "address": "いわき市"}) == "平\nいわき市"
    assert flattened_text({"type": "sticker"}) == ""


async def test_actions_are_listed_with_their_place(sim: Simulator) -> None:
    resident = await sim.resident()
    message: dict[str, Any] = flex(
        bubble(button(post()), words("詳しく", action=link("https://example.com")))
    )
    await sim.push(resident, message | {"quickReply": quick(say("もどる"))["quickReply"]})
    [seen] = await sim.seen(resident)
    assert [(a["label"], a["type"], a["where"]) for a in seen["actions"]] == [
        ("はい", "postback", "flex"),
        ("開く", "uri", "flex"),
        ("もどる", "message", "quick_reply"),
    ]


async def test_a_picture_can_be_fetched_until_it_is_taken_back(sim: Simulator) -> None:
    resident = await sim.resident()
    done = await sim.act(resident, {"type": "image", "data": base64.b64encode(PNG).decode()})
    event = await sim.event(done["webhook_event_id"])
    assert event["message"]["contentProvider"] == {"type": "line"}
    message_id = event["message"]["id"]
    assert bytes(await sim.blob.get_message_content(message_id)) == PNG
    assert bytes(await sim.blob.get_message_content_preview(message_id)) == PNG
    await sim.act(resident, {"type": "unsend", "message_id": message_id})
    for unknown, status in ((message_id, 410), ("1", 404)):
        with pytest.raises(ApiException) as caught:
            await sim.blob.get_message_content(unknown)
        assert caught.value.status == status
    await sim.bot.until(lambda: bool(sim.bot.of_type("unsend")))
    assert sim.bot.of_type("unsend")[0]["unsend"] == {"messageId": message_id}
    assert [m["unsent"] for m in await sim.seen(resident, "?all=1")] == [True]
    await sim.act(resident, {"type": "unsend", "message_id": message_id}, 404)


async def test_content_of_another_channels_resident_is_404(sim: Simulator) -> None:
    neighbour = await sim.resident(municipality="demo-kitahama")
    done = await sim.act(neighbour, {"type": "image", "data": base64.b64encode(PNG).decode()})
    with pytest.raises(ApiException) as caught:
        await sim.blob.get_message_content(done["message_id"])
    assert caught.value.status == 404


async def test_the_feed_tells_what_changed_anywhere(sim: Simulator) -> None:
    last = (await sim.get("/api/feed?after=0"))["last"]
    waiting = asyncio.create_task(sim.get(f"/api/feed?after={last}&wait_s=10"))
    await asyncio.sleep(0.05)
    made = await sim.post("/api/residents", {"name": "デモ 太郎"})
    news = await waiting
    assert [(e["kind"], e["user_id"]) for e in news["entries"]] == [("resident", made["user_id"])]
    assert (await sim.get("/api/feed?after=999"))["reset"] is True
