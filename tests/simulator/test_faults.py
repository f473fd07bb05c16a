"""Test scripted faults on calls to LINE's API."""

import asyncio
import time

import aiohttp
import pytest

from tests.simulator.stand import TOKEN, Simulator

HELLO = {"type": "text", "text": "こんにちは"}


async def test_a_scripted_status_does_nothing_else(sim: Simulator) -> None:
    resident = await sim.resident()
    await sim.post("/api/faults", {"path": "push", "status": 503, "body": {"message": "later"}, "times": 2})
    assert [(await sim.push(resident, HELLO))[:2] for _ in range(2)] == [(503, {"message": "later"})] * 2
    assert (await sim.push(resident, HELLO))[0] == 200
    counters = await sim.get("/api/counters")
    assert counters["violation_counts"] == {}
    assert len(await sim.seen(resident)) == 1


async def test_a_lost_answer_did_its_work(sim: Simulator) -> None:
    resident = await sim.resident()
    token = (await sim.say(resident, "a"))["replyToken"]
    await sim.post("/api/faults", {"path": "reply", "lose_answer": True, "times": 1})
    body = {"replyToken": token, "messages": [HELLO]}
    with pytest.raises(aiohttp.ClientError):
        await sim.call("/v2/bot/message/reply", body)
    assert len(await sim.seen(resident)) == 1
    assert (await sim.call("/v2/bot/message/reply", body))[:2] == (400, {"message": "Invalid reply token"})
    assert [r["status"] for r in await sim.get("/api/requests?path=reply")] == [0, 400]


async def test_a_call_without_answer_did_nothing(sim: Simulator) -> None:
    resident = await sim.resident()
    await sim.post("/api/faults", {"path": "push", "never": True, "times": 1})
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await sim.push(resident, HELLO)
    assert await sim.seen(resident) == []
    assert (await sim.push(resident, HELLO))[0] == 200


async def test_a_delay_delays(sim: Simulator) -> None:
    resident = await sim.resident()
    await sim.post("/api/faults", {"path": "*", "delay_s": 0.2})
    started = time.perf_counter()
    assert (await sim.push(resident, HELLO))[0] == 200
    assert time.perf_counter() - started >= 0.2


async def test_trouble_can_be_limited_to_one_resident(sim: Simulator) -> None:
    one, other = await sim.resident(), await sim.resident()
    await sim.post("/api/faults", {"path": "*", "status": 500, "resident": one})
    token = (await sim.say(one, "a"))["replyToken"]
    assert (await sim.push(one, HELLO))[0] == 500
    assert (await sim.call("/v2/bot/message/reply", {"replyToken": token, "messages": [HELLO]}))[0] == 500
    assert (await sim.push(other, HELLO))[0] == 200
    await sim.delete("/api/faults")
    assert (await sim.push(one, HELLO))[0] == 200


async def test_content_that_is_not_ready_yet(sim: Simulator) -> None:
    await sim.post("/api/faults", {"path": "content", "status": 202, "times": 1})
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with sim.http.get(f"{sim.url}/v2/bot/message/1/content", headers=headers) as answer:
        assert answer.status == 202


@pytest.mark.parametrize(
    "script", [{}, {"shout": 1}, {"path": "push", "statsu": 500}, {"redeliver": "often"}, {"quota": "a"}]
)
async def test_a_mistyped_script_is_refused_and_not_in_force(
    sim: Simulator, script: dict[str, object]
) -> None:
    before = await sim.get("/api/faults")
    assert "error" in await sim.post("/api/faults", script, 400)
    assert await sim.get("/api/faults") == before
