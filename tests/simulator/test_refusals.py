"""Test what LINE refuses in any call."""

import io
import json
import re
from typing import Any

import pytest
from linebot.v3.messaging import ApiException, ShowLoadingAnimationRequest

from tests.simulator.stand import TOKEN, Simulator

HELLO = {"type": "text", "text": "こんにちは"}


async def test_without_a_known_token_everything_is_401(sim: Simulator) -> None:
    for token in (None, "wrong", ""):
        status, answer, headers = await sim.call(
            "/v2/bot/message/validate/push", {"messages": [HELLO]}, token
        )
        assert status == 401
        assert answer["message"].startswith("Authentication failed")
        assert re.fullmatch(r"[0-9a-f-]{36}", headers["x-line-request-id"])


async def test_a_body_over_2_mb_is_413(sim: Simulator) -> None:
    body = json.dumps({"messages": [{"type": "text", "text": "a" * 2_200_000}]}).encode()
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    url = f"{sim.url}/v2/bot/message/validate/push"
    async with sim.http.post(url, data=io.BytesIO(body), headers=headers) as answer:
        assert answer.status == 413


async def test_a_body_that_is_no_json_is_400_and_another_media_type_415(sim: Simulator) -> None:
    url, token = f"{sim.url}/v2/bot/message/push", {"Authorization": f"Bearer {TOKEN}"}
    json_type = token | {"Content-Type": "application/json"}
    async with sim.http.post(url, data=b"{", headers=json_type) as answer:
        assert answer.status == 400
    async with sim.http.post(url, data=b"{}", headers=token | {"Content-Type": "text/plain"}) as answer:
        assert answer.status == 415


async def test_paths_line_does_not_have_are_404(sim: Simulator) -> None:
    assert (await sim.call("/v2/bot/message/shout", {}))[:2] == (404, {"message": "Not found"})


@pytest.mark.parametrize("count", [0, 6])
async def test_one_to_five_messages(sim: Simulator, count: int) -> None:
    status, answer, _ = await sim.call("/v2/bot/message/validate/reply", {"messages": [HELLO] * count})
    assert status == 400
    assert answer["details"] == [{"message": "Size must be between 1 and 5", "property": "messages"}]


async def test_a_refusal_names_the_property(sim: Simulator) -> None:
    body = {"messages": [HELLO, {"type": "text", "text": "a" * 5001}]}
    status, answer, _ = await sim.call("/v2/bot/message/validate/push", body)
    assert status == 400
    assert answer["message"] == "The request body has 1 error(s)"
    assert answer["details"] == [
        {"message": "Length must be between 0 and 5000", "property": "messages[1].text"}
    ]


async def test_a_push_without_recipient_is_refused(sim: Simulator) -> None:
    assert (await sim.call("/v2/bot/message/push", {"messages": [HELLO]}))[0] == 400


async def test_profiles_exist_for_friends_of_the_channel_only(sim: Simulator) -> None:
    friend, neighbour = await sim.resident(name="デモ 花子"), await sim.resident(municipality="demo-kitahama")
    assert (await sim.line.get_profile(friend)).display_name == "デモ 花子"
    await sim.act(friend, {"type": "unfollow"})
    for user_id in (friend, neighbour, "U" + "0" * 32):
        with pytest.raises(ApiException) as caught:
            await sim.line.get_profile(user_id)
        assert caught.value.status == 404


async def test_the_account_describes_itself_and_counts(sim: Simulator) -> None:
    info = await sim.line.get_bot_info()
    assert re.fullmatch(r"U[0-9a-f]{32}", info.user_id)
    assert (info.chat_mode, info.mark_as_read_mode) == ("chat", "manual")
    assert (await sim.line.get_message_quota()).type == "none"
    resident = await sim.resident()
    await sim.push(resident, HELLO)
    assert (await sim.line.get_message_quota_consumption()).total_usage == 1
    assert (await sim.line.get_number_of_sent_push_messages("20260501")).status == "unready"
    sim.clock.advance(days=1)
    assert (await sim.line.get_number_of_sent_push_messages("20260501")).success == 1
    with pytest.raises(ApiException) as caught:
        await sim.line.get_followers()
    assert caught.value.status == 403


async def test_the_loading_animation_lasts_until_the_next_message(sim: Simulator) -> None:
    resident = await sim.resident()
    await sim.line.show_loading_animation(ShowLoadingAnimationRequest(chatId=resident, loadingSeconds=10))
    assert (await sim.get(f"/api/residents/{resident}"))["loading"] is True
    await sim.push(resident, HELLO)
    assert (await sim.get(f"/api/residents/{resident}"))["loading"] is False
    for wrong in ({"loadingSeconds": 7}, {"loadingSeconds": 65}, {"chatId": "C" + "0" * 32}):
        body = {"chatId": resident, **wrong}
        assert (await sim.call("/v2/bot/chat/loading/start", body))[0] == 400
    assert (await sim.get("/api/counters"))["loading_animations"] == 1


async def test_marking_as_read_covers_what_came_before(sim: Simulator) -> None:
    resident = await sim.resident()
    await sim.say(resident, "一")
    token = (await sim.say(resident, "二"))["message"]["markAsReadToken"]
    await sim.say(resident, "三")
    assert (await sim.call("/v2/bot/chat/markAsRead", {"markAsReadToken": token}))[0] == 200
    assert [m["read"] for m in await sim.seen(resident, "?all=1")] == [True, True, False]
    status, answer, _ = await sim.call("/v2/bot/chat/markAsRead", {"markAsReadToken": "other"})
    assert (status, answer["message"][:23]) == (400, "Invalid markAsReadToken")


async def test_refusals_are_kept_as_violations_and_requests(sim: Simulator) -> None:
    resident = await sim.resident()
    await sim.push(resident, {"type": "text", "text": ""})
    await sim.push(resident, HELLO)
    violations: list[dict[str, Any]] = (await sim.get("/api/counters"))["violations"]
    assert [(v["kind"], v["operation"], v["status"]) for v in violations] == [("refused", "push", 400)]
    requests = await sim.get(f"/api/requests?path=push&resident={resident}")
    assert [r["status"] for r in requests] == [400, 200]
    later = await sim.get(f"/api/requests?after={requests[0]['n']}&status=200")
    assert [r["body"]["to"] for r in later] == [resident]


async def test_a_group_the_bot_was_in_can_be_left_once(sim: Simulator) -> None:
    resident, group = await sim.resident(), "C" + "1" * 32
    source = {"type": "group", "groupId": group, "userId": resident}
    await sim.act(resident, {"type": "raw", "event": {"type": "join", "source": source}})
    await sim.line.leave_group(group)
    with pytest.raises(ApiException):
        await sim.line.leave_group(group)
    assert (await sim.get("/api/counters"))["groups_left"] == 1
