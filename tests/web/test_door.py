"""Test the door with raw connections: unsigned clients cost only their bytes, and idle ones make room."""

import asyncio
import gzip
import time
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import aiohttp
import pytest
from aiohttp import web

from bot.app import open_runtime
from bot.line.signature import HEADER, sign
from bot.processes import door
from bot.processes.door import plain_bodies
from bot.processes.web import intake_app, pages_app
from core.settings import Settings
from tests.harness.in_process import Town
from tests.web.doors import RawConnection, head, opened

WEBHOOK = "/line/iwaki/webhook"
BOMB = gzip.compress(bytes(300_000_000), 1)


@asynccontextmanager
async def running_intake(town: Town, settings: Settings, most: int = 100) -> AsyncIterator[int]:
    async with (
        open_runtime(settings, pool_size=3) as runtime,
        aiohttp.ClientSession() as client,
        opened(
            intake_app(replace(runtime, clock=town.clock), client, "http://127.0.0.1:9"), most=most
        ) as port,
    ):
        yield port


@pytest.fixture
async def intake(town: Town, settings: Settings) -> AsyncIterator[int]:
    async with running_intake(town, settings) as port:
        yield port


async def alive(port: int) -> int:
    visitor = await RawConnection.to(port)
    await visitor.send(head("GET", "/healthz"))
    try:
        return await visitor.status()
    finally:
        visitor.end()


def small_app() -> web.Application:
    """Answer in a moment, take in what comes, or stay until the test ends."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def take(request: web.Request) -> web.Response:
        return web.Response(text=str(len(await request.read())))

    async def stay(_request: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    async def refuse(_request: web.Request) -> web.Response:
        raise web.HTTPUnauthorized

    app = web.Application(middlewares=[plain_bodies], client_max_size=1000)
    app.add_routes([
        web.get("/healthz", answer), web.post("/take", take), web.get("/stay", stay), web.post("/refuse", refuse),
    ])  # fmt: skip
    return app


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [("gzip", BOMB), ("GZip", BOMB), ("deflate", zlib.compress(bytes(300_000_000), 1)), ("br", b"?" * 900_000)],
)  # fmt: skip
@pytest.mark.parametrize("path", [WEBHOOK, "/line/webhook", "/console/login"])
async def test_a_packed_body_is_415_before_it_is_unpacked(
    intake: int, path: str, encoding: str, packed: bytes
) -> None:
    visitor = await RawConnection.to(intake)
    spent = time.process_time()
    await visitor.send(head("POST", path, Content_Encoding=encoding, Content_Length=str(len(packed))))
    await visitor.send(packed)
    assert await visitor.status() == 415
    assert await visitor.is_ended(2.0)
    assert time.process_time() - spent < 0.3  # unpacking alone takes longer than this
    assert await alive(intake) == 200


async def test_the_pages_take_no_packed_form_either(town: Town, settings: Settings) -> None:
    async with (
        open_runtime(settings, pool_size=3) as runtime,
        aiohttp.ClientSession() as client,
        opened(pages_app(runtime, client, town.channels)) as port,
    ):
        visitor = await RawConnection.to(port)
        form = gzip.compress(b"login=a&password=b")
        await visitor.send(
            head("POST", "/console/login", Content_Encoding="gzip", Content_Length=str(len(form))) + form
        )
        assert await visitor.status() == 415
        assert await alive(port) == 200


async def test_a_signed_webhook_that_is_packed_is_415_too(intake: int, settings: Settings) -> None:
    body = gzip.compress(b'{"destination":"U","events":[]}')
    signature = sign(settings.channel_secret("LINE_CHANNEL_SECRET"), body).decode()
    visitor = await RawConnection.to(intake)
    await visitor.send(
        head("POST", WEBHOOK, Content_Encoding="gzip", Content_Length=str(len(body)), **{HEADER: signature})
        + body
    )
    assert await visitor.status() == 415


@pytest.mark.parametrize("encoding", ["identity", ""])
async def test_a_body_that_says_it_is_not_packed_is_read(
    intake: int, settings: Settings, encoding: str
) -> None:
    body = b'{"destination":"U","events":[]}'
    signature = sign(settings.channel_secret("LINE_CHANNEL_SECRET"), body).decode()
    visitor = await RawConnection.to(intake)
    await visitor.send(
        head("POST", WEBHOOK, Content_Encoding=encoding, Content_Length=str(len(body)), **{HEADER: signature})
        + body
    )
    assert await visitor.status() == 200


async def swallowed(port: int, request: bytes) -> tuple[int, int]:
    """Send a request's head, then bytes without end; the status, and how many bytes the other side took."""
    visitor = await RawConnection.to(port)
    await visitor.send(request)
    sent = 0

    async def pour() -> None:
        nonlocal sent
        while not visitor.writer.is_closing():
            await visitor.send(bytes(65536))
            sent += 65536
            await asyncio.sleep(0)

    pouring = asyncio.create_task(pour())
    status = await visitor.status()
    assert await visitor.is_ended(3.0)
    pouring.cancel()
    visitor.end()
    return status, sent


@pytest.mark.parametrize("path", [WEBHOOK, "/line/webhook"])
async def test_what_is_announced_too_long_is_413_and_not_drained(intake: int, path: str) -> None:
    status, sent = await swallowed(intake, head("POST", path, Content_Length="2000000000"))
    assert status == 413
    assert sent < 30_000_000  # the buffers on the way; in ten seconds of draining it was gigabytes


async def test_an_unknown_city_is_404_and_not_drained(intake: int) -> None:
    status, sent = await swallowed(
        intake, head("POST", "/line/atlantis/webhook", Content_Length="2000000000")
    )
    assert status == 404
    assert sent < 30_000_000


async def test_a_form_refused_before_its_body_came_is_not_drained() -> None:
    async with opened(small_app()) as port:
        for path, expected in (("/refuse", 401), ("/take", 413)):
            status, sent = await swallowed(port, head("POST", path, Content_Length="2000000000"))
            assert status == expected
            assert sent < 30_000_000


async def test_a_connection_that_is_refused_with_all_its_body_read_goes_on() -> None:
    async with opened(small_app()) as port:
        visitor = await RawConnection.to(port)
        for _ in range(2):
            await visitor.send(head("POST", "/take", Content_Length="3") + b"abc")
            assert await visitor.status() == 200
            while (await visitor.reader.readline()).strip():
                pass
            assert await visitor.reader.readexactly(1) == b"3"


@pytest.mark.parametrize(
    "beginning", [b"", b"G", b"GET /healthz HTTP/1.1\r\nHost: helpo\r\n", b"POST /take HTT"]
)
async def test_a_head_that_does_not_come_to_its_end_ends_the_connection(
    monkeypatch: pytest.MonkeyPatch, beginning: bytes
) -> None:
    monkeypatch.setattr(door, "HEAD_S", 0.5)
    async with opened(small_app()) as port:
        visitor = await RawConnection.to(port)
        await visitor.send(beginning)
        assert not await visitor.is_ended(0.3)
        assert await visitor.is_ended(door.SWEEP_S * 2 + 0.5)


async def test_a_head_that_comes_a_byte_at_a_time_ends_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "HEAD_S", 0.5)
    async with opened(small_app()) as port:
        visitor = await RawConnection.to(port)
        await visitor.send(b"GET /healthz HTTP/1.1\r\n")

        async def drip() -> None:
            while True:
                await visitor.send(b"X-A: b\r\n")
                await asyncio.sleep(0.1)

        dripping = asyncio.create_task(drip())
        assert await visitor.is_ended(door.SWEEP_S * 2 + 0.5)
        dripping.cancel()


async def test_the_second_head_of_a_connection_has_its_time_too_and_a_quiet_one_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(door, "HEAD_S", 0.5)
    async with opened(small_app()) as port:
        quiet, second = await RawConnection.to(port), await RawConnection.to(port)
        for visitor in (quiet, second):
            await visitor.send(head("GET", "/healthz"))
            assert await visitor.status() == 200
        await second.send(b"GET /heal")
        assert await second.is_ended(door.SWEEP_S * 2 + 0.5)
        await quiet.send(head("GET", "/healthz"))
        assert b"200" in await quiet.reader.readuntil(b"HTTP/1.1 200")


async def test_an_answer_that_takes_longer_than_a_head_may_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "HEAD_S", 0.1)
    async with opened(small_app()) as port:
        visitor = await RawConnection.to(port)
        await visitor.send(head("GET", "/stay"))
        assert not await visitor.is_ended(door.SWEEP_S * 2)


async def test_half_sent_heads_never_take_the_place_of_a_whole_one() -> None:
    async with opened(small_app(), most=20) as port:
        silent = [await RawConnection.to(port) for _ in range(200)]
        for visitor in silent:
            await visitor.send(b"GET / HTTP/1.1\r\nX-A: ")
        assert [await alive(port) for _ in range(5)] == [200] * 5
        ended = [await visitor.is_ended(0.01) for visitor in silent]
        assert ended.count(False) <= 20
        assert all(ended[:100])  # the oldest went first


async def test_bodies_that_do_not_come_make_room_and_answers_in_progress_do_not() -> None:
    async with opened(small_app(), most=5) as port:
        served = [await RawConnection.to(port) for _ in range(3)]
        for visitor in served:
            await visitor.send(head("GET", "/stay"))
        await asyncio.sleep(0.1)
        slow = [await RawConnection.to(port) for _ in range(10)]
        for visitor in slow:
            await visitor.send(head("POST", "/take", Content_Length="900"))
        await asyncio.sleep(0.1)
        assert await alive(port) == 200
        assert [await visitor.is_ended(0.05) for visitor in served] == [False] * 3
        assert [await visitor.is_ended(0.05) for visitor in slow].count(False) <= 2


async def test_when_everybody_is_being_answered_the_newcomer_is_sent_away_at_once() -> None:
    async with opened(small_app(), most=3) as port:
        served = [await RawConnection.to(port) for _ in range(3)]
        for visitor in served:
            await visitor.send(head("GET", "/stay"))
        await asyncio.sleep(0.1)
        assert await (await RawConnection.to(port)).is_ended(0.5)
        served[0].end()
        await asyncio.sleep(0.1)
        assert await alive(port) == 200
