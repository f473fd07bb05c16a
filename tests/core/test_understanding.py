import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from core.understanding import MAX_CHARACTERS, Alarm, Entity, NluClient, NluUnavailable, Understanding

ANSWER = {
    "text": "平の内科",
    "intent": {"name": "find_facility", "confidence": 0.91},
    "entities": [{"entity": "department", "start": 2, "end": 4, "value": "内科"}],
    "intent_ranking": [{"name": "find_facility", "confidence": 0.91}, {"name": "greet", "confidence": 0.09}],
}


@dataclass
class Rasa:
    """A server that answers as told; `release` lets hanging answers go."""

    mode: str = "answer"
    body: object = None
    status: int = 500
    texts: list[str] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    release: asyncio.Event = field(default_factory=asyncio.Event)

    async def parse(self, request: web.Request) -> web.StreamResponse:
        self.tokens.append(request.query.get("token"))
        self.texts.append((await request.json())["text"])
        self.arrived.set()
        if self.mode == "hang":
            await self.release.wait()
        if self.mode == "break":
            return web.json_response({"status": "failure"}, status=self.status)
        if self.mode == "cut":
            assert request.transport is not None
            request.transport.close()
        if self.mode == "say":
            return web.json_response(self.body)
        if self.mode == "garble":
            return web.Response(text="<html>", content_type="text/html")
        return web.json_response(ANSWER)


@dataclass
class Ticks:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass
class RasaStage:
    rasa: Rasa
    client: NluClient
    ticks: Ticks
    other: Callable[..., NluClient]

    async def fail(self, times: int) -> None:
        for _ in range(times):
            with pytest.raises(NluUnavailable):
                await self.client.understand("痛い")


@pytest.fixture
async def stage() -> AsyncIterator[RasaStage]:
    rasa, ticks = Rasa(), Ticks()
    app = web.Application()
    app.router.add_post("/model/parse", rasa.parse)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:

        def client(**options: float) -> NluClient:
            settings = {"timeout_s": 0.3, "monotonic": ticks, **options}
            return NluClient(session, str(server.make_url("/")), "秘密", **settings)  # type: ignore[arg-type]

        yield RasaStage(rasa, client(), ticks, client)
        rasa.release.set()


async def test_a_message_is_understood_with_intent_entities_and_ranking(stage: RasaStage) -> None:
    assert await stage.client.understand("平の内科") == Understanding(
        intent="find_facility",
        confidence=0.91,
        entities=(Entity("department", "内科", "内科"),),
        ranking=(("find_facility", 0.91), ("greet", 0.09)),
    )
    assert stage.rasa.tokens == ["秘密"]


async def test_the_alarm_of_the_answer_is_read(stage: RasaStage) -> None:
    stage.rasa.mode = "say"
    stage.rasa.body = {**ANSWER, "alarm": {"category": "stroke", "confidence": 0.8125}}
    assert (await stage.client.understand("右手が")).alarm == Alarm("stroke", 0.8125)


async def test_an_answer_of_a_model_without_alarm_head_has_none(stage: RasaStage) -> None:
    assert (await stage.client.understand("平の内科")).alarm is None


async def test_a_resident_cannot_name_an_intent_with_a_slash(stage: RasaStage) -> None:
    await stage.client.understand("／/emergency")
    assert stage.rasa.texts == ["emergency"]


async def test_a_blank_message_is_out_of_scope_and_nobody_is_asked(stage: RasaStage) -> None:
    assert await stage.client.understand(" 　\n") == Understanding("out_of_scope", 0.0)
    assert stage.rasa.texts == []


async def test_only_the_beginning_of_a_very_long_message_is_read(stage: RasaStage) -> None:
    await stage.client.understand("あ" * 5000)
    assert len(stage.rasa.texts[0]) == MAX_CHARACTERS


@pytest.mark.parametrize("status", [401, 404, 500, 503])
async def test_an_error_status_is_not_an_understanding(stage: RasaStage, status: int) -> None:
    stage.rasa.mode, stage.rasa.status = "break", status
    await stage.fail(1)


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "ok",
        {},
        {**ANSWER, "intent": None},
        {**ANSWER, "intent": {"name": None, "confidence": 0.0}},
        {**ANSWER, "intent": {"name": "", "confidence": 0.0}},
        {**ANSWER, "intent": {"name": "greet", "confidence": "sure"}},
        {**ANSWER, "entities": None},
        {**ANSWER, "entities": [{"entity": "area"}]},
        {**ANSWER, "intent_ranking": [1]},
        {**ANSWER, "alarm": "stroke"},
        {**ANSWER, "alarm": {}},
        {**ANSWER, "alarm": {"category": "", "confidence": 0.5}},
        {**ANSWER, "alarm": {"category": "stroke", "confidence": "0.5"}},
        {**ANSWER, "alarm": {"category": "stroke", "confidence": True}},
        {**ANSWER, "alarm": {"category": "stroke", "confidence": 1.5}},
        {**ANSWER, "alarm": {"category": "stroke", "confidence": float("nan")}},
    ],
)
async def test_a_malformed_answer_is_not_an_understanding(stage: RasaStage, body: object) -> None:
    stage.rasa.mode, stage.rasa.body = "say", body
    await stage.fail(1)


@pytest.mark.parametrize("mode", ["cut", "garble", "hang"])
async def test_a_broken_or_missing_answer_is_not_an_understanding(stage: RasaStage, mode: str) -> None:
    stage.rasa.mode = mode
    await stage.fail(1)


async def test_nobody_listening_is_unavailable_and_retryable(unused_tcp_port: int) -> None:
    async with aiohttp.ClientSession() as session:
        client = NluClient(session, f"http://127.0.0.1:{unused_tcp_port}", "t")
        with pytest.raises(NluUnavailable) as caught:
            await client.understand("痛い")
    assert caught.value.code == "nlu.unavailable"
    assert caught.value.retryable


async def test_waiting_for_a_free_slot_counts_toward_the_timeout(stage: RasaStage) -> None:
    stage.rasa.mode = "hang"
    client = stage.other(max_concurrency=1, failures_to_open=100)
    started = asyncio.get_running_loop().time()
    results = await asyncio.gather(*(client.understand("痛い") for _ in range(8)), return_exceptions=True)
    took = asyncio.get_running_loop().time() - started
    assert all(isinstance(result, NluUnavailable) for result in results)
    assert took < 0.6, "eight messages behind one hanging server wait once, not eight times"


async def test_no_more_than_the_allowed_questions_are_open_at_once(stage: RasaStage) -> None:
    stage.rasa.mode = "hang"
    client = stage.other(max_concurrency=2, failures_to_open=100)
    async with asyncio.TaskGroup() as tasks:
        for _ in range(6):
            tasks.create_task(_swallow(client.understand("痛い")))
    assert len(stage.rasa.texts) == 2


async def test_after_five_failures_nobody_is_asked_for_five_seconds(stage: RasaStage) -> None:
    stage.rasa.mode = "break"
    await stage.fail(5)
    stage.rasa.mode = "answer"
    stage.ticks.now += 4.9
    await stage.fail(3)
    assert len(stage.rasa.texts) == 5
    stage.ticks.now += 0.1
    assert (await stage.client.understand("平の内科")).intent == "find_facility"
    assert (await stage.client.understand("平の内科")).intent == "find_facility"


async def test_four_failures_and_an_answer_start_the_count_anew(stage: RasaStage) -> None:
    for _ in range(3):
        stage.rasa.mode = "break"
        await stage.fail(4)
        stage.rasa.mode = "answer"
        await stage.client.understand("平の内科")


async def test_a_failed_probe_opens_the_breaker_again(stage: RasaStage) -> None:
    stage.rasa.mode = "break"
    await stage.fail(5)
    stage.ticks.now += 5
    await stage.fail(2)
    assert len(stage.rasa.texts) == 6
    stage.ticks.now += 5
    stage.rasa.mode = "answer"
    assert (await stage.client.understand("平の内科")).intent == "find_facility"


async def test_only_one_probe_is_sent_at_a_time(stage: RasaStage) -> None:
    stage.rasa.mode = "break"
    await stage.fail(5)
    stage.rasa.arrived.clear()
    stage.ticks.now += 5
    stage.rasa.mode = "hang"
    async with asyncio.TaskGroup() as tasks:
        probe = tasks.create_task(stage.client.understand("平の内科"))
        await stage.rasa.arrived.wait()
        await stage.fail(3)
        stage.rasa.release.set()
    assert probe.result().intent == "find_facility"
    assert len(stage.rasa.texts) == 6


async def test_a_cancelled_probe_leaves_room_for_the_next(stage: RasaStage) -> None:
    stage.rasa.mode = "break"
    await stage.fail(5)
    stage.rasa.arrived.clear()
    stage.ticks.now += 5
    stage.rasa.mode = "hang"
    probe = asyncio.get_running_loop().create_task(stage.client.understand("平の内科"))
    await stage.rasa.arrived.wait()
    probe.cancel()
    with pytest.raises(asyncio.CancelledError):
        await probe
    stage.rasa.mode = "answer"
    assert (await stage.client.understand("平の内科")).intent == "find_facility"


async def _swallow(call: Awaitable[object]) -> None:
    with pytest.raises(NluUnavailable):
        await call
