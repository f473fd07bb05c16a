"""Test the one public address in front of the pages, with real sockets on both sides."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from bot.processes import reverse_proxy
from bot.processes.reverse_proxy import Front

STREAMS = 120


class Pages:
    """Stands for the pages process, which is another process: answers, streams, freezes, shows what arrived."""

    def __init__(self) -> None:
        self.closing = asyncio.Event()
        self.came, self.left = asyncio.Event(), asyncio.Event()
        self.seen: list[web.BaseRequest] = []
        self.app = web.Application()
        self.app.router.add_route("GET", "/stream", self.stream)
        self.app.router.add_route("GET", "/silent", self.silent)
        self.app.router.add_route("GET", "/cookie", self.cookie)
        self.app.router.add_route("POST", "/echo", self.echo)
        self.app.router.add_route("*", "/{path:.*}", self.answer)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b"data: first\n\n")
        try:
            while not self.closing.is_set():
                if "busy" in request.query:
                    await response.write(b"data: more\n\n")
                    await asyncio.sleep(0)
                else:
                    await self.closing.wait()
        except ConnectionError:
            pass
        finally:
            self.left.set()
        return response

    async def silent(self, _request: web.Request) -> web.Response:
        await self.closing.wait()
        return web.Response()

    async def cookie(self, _request: web.Request) -> web.Response:
        response = web.Response()
        response.headers.add("Set-Cookie", "session=first-visitor; Path=/")
        response.headers.add("Set-Cookie", "language=ja; Path=/")
        response.headers.add("X-Private", "1")
        response.headers.add("Connection", "X-Private")
        return response

    async def echo(self, request: web.Request) -> web.Response:
        self.came.set()
        try:
            return web.Response(body=await request.read())
        except ConnectionError:
            return web.Response(status=400)
        finally:
            self.left.set()

    async def answer(self, request: web.Request) -> web.Response:
        self.seen.append(request)
        return web.Response(text="ordinary")


class ProxiedPages:
    def __init__(self, pages: Pages, url: str, http: aiohttp.ClientSession) -> None:
        self.pages, self.url, self.http = pages, url, http
        self.port = int(url.rsplit(":", 1)[1])

    async def raw(self, request: bytes) -> bytes:
        """Send bytes as they are; return all that comes until the end of the connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(request)
        async with asyncio.timeout(10):
            answer = await reader.read()
        writer.close()
        return answer


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[int]:
    """Serve as the processes do (aiohttp's own test server cancels handlers, which hides what they raise)."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


@asynccontextmanager
async def open_proxied_pages(
    *, pages_url: str = "http://127.0.0.1:{port}", is_trusted: bool = True
) -> AsyncIterator[ProxiedPages]:
    async with AsyncExitStack() as stack:
        pages = Pages()
        inner = await stack.enter_async_context(serving(pages.app))
        the_front = Front(pages_url.format(port=inner), lambda _address: is_trusted)
        app = web.Application()
        app.cleanup_ctx.append(the_front.open)
        app.router.add_route("*", "/{path:.*}", the_front.forward)
        outer = await stack.enter_async_context(serving(app))
        http = await stack.enter_async_context(
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar()
            )
        )
        yield ProxiedPages(pages, f"http://127.0.0.1:{outer}", http)
        pages.closing.set()


@pytest.fixture
async def proxied() -> AsyncIterator[ProxiedPages]:
    async with open_proxied_pages() as proxied:
        yield proxied


async def test_as_many_open_streams_as_there_are_pages_leave_room_for_an_ordinary_request(
    proxied: ProxiedPages,
) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(STREAMS):
            answer = await stack.enter_async_context(proxied.http.get(proxied.url + "/stream"))
            assert await answer.content.readline() == b"data: first\n"  # at once, not when the stream ends
        async with proxied.http.get(proxied.url + "/x") as ordinary:
            assert (ordinary.status, await ordinary.text()) == (200, "ordinary")
        proxied.pages.closing.set()


async def test_pages_that_freeze_before_answering_are_a_503_that_reloads(
    proxied: ProxiedPages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reverse_proxy, "READ_S", 0.1)
    async with proxied.http.get(proxied.url + "/silent") as answer:
        assert answer.status == 503
        assert 'http-equiv="refresh"' in await answer.text()


async def test_pages_that_freeze_in_the_middle_end_the_connection_and_say_nothing_more(
    proxied: ProxiedPages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reverse_proxy, "READ_S", 0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", proxied.port)
    writer.write(b"GET /stream HTTP/1.1\r\nHost: h\r\n\r\n")
    told = b""
    async with asyncio.timeout(5):
        try:
            while chunk := await reader.read(1000):
                told += chunk
        except ConnectionResetError:
            pass
    writer.close()
    assert b"data: first" in told
    assert b"503" not in told
    assert not told.endswith(b"0\r\n\r\n")  # a stream broken off is no stream that ended


async def test_pages_that_are_away_are_a_503() -> None:
    async with (
        open_proxied_pages(pages_url="http://127.0.0.1:9") as proxied,
        proxied.http.get(proxied.url + "/x") as answer,
    ):
        assert answer.status == 503


@pytest.mark.parametrize("answer", [b"gibberish\r\n\r\n", b""])
async def test_pages_that_talk_nonsense_or_hang_up_are_a_503(answer: bytes) -> None:
    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(nonsense, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with (
        server,
        open_proxied_pages(pages_url=f"http://127.0.0.1:{port}") as proxied,
        proxied.http.get(proxied.url + "/x") as got,
    ):
        assert got.status == 503


@pytest.mark.parametrize("target", [b"http://h/x", b"@127.0.0.1:9/x", b"*"])
async def test_a_target_that_is_no_path_is_refused_and_reaches_nobody(
    proxied: ProxiedPages, target: bytes
) -> None:
    answer = await proxied.raw(b"GET " + target + b" HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    assert answer.split(b" ", 2)[1] == b"400"
    assert proxied.pages.seen == []


async def test_repeated_headers_arrive_and_those_about_the_connection_do_not(proxied: ProxiedPages) -> None:
    await proxied.raw(
        b"GET /x HTTP/1.1\r\nHost: helpo.example\r\nX-Tag: one\r\nx-tag: two\r\n"
        b"X-Private: mine\r\nConnection: close, x-private\r\n\r\n"
    )
    headers = proxied.pages.seen[0].headers
    assert headers.getall("X-Tag") == ["one", "two"]
    assert headers["Host"] == "helpo.example"
    assert "X-Private" not in headers
    assert "Accept-Encoding" not in headers  # the browser did not say it could unpack anything


async def test_repeated_headers_come_back_and_those_about_the_connection_do_not(
    proxied: ProxiedPages,
) -> None:
    async with proxied.http.get(proxied.url + "/cookie") as answer:
        assert len(answer.headers.getall("Set-Cookie")) == 2
        assert "X-Private" not in answer.headers


async def test_a_visitors_cookie_is_not_sent_along_with_the_next_visitors_request() -> None:
    async with open_proxied_pages(pages_url="http://localhost:{port}") as proxied:
        await (await proxied.http.get(proxied.url + "/cookie")).read()
        await (await proxied.http.get(proxied.url + "/x")).read()
        assert "Cookie" not in proxied.pages.seen[0].headers


@pytest.mark.parametrize(
    ("is_trusted", "arrives"), [(True, "198.51.100.1, 203.0.113.7, 127.0.0.1"), (False, "127.0.0.1")]
)
async def test_only_a_trusted_proxy_is_believed_whom_it_speaks_for(*, is_trusted: bool, arrives: str) -> None:
    async with open_proxied_pages(is_trusted=is_trusted) as proxied:
        headers = [("X-Forwarded-For", "198.51.100.1"), ("X-Forwarded-For", "203.0.113.7")]
        await (await proxied.http.get(proxied.url + "/x", headers=headers)).read()
        assert proxied.pages.seen[0].headers.getall("X-Forwarded-For") == [arrives]


async def test_a_body_goes_both_ways_unchanged(proxied: ProxiedPages) -> None:
    body = bytes(range(256)) * 1000
    async with proxied.http.post(proxied.url + "/echo", data=body) as answer:
        assert await answer.read() == body


async def test_a_visitor_who_leaves_in_the_middle_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with open_proxied_pages() as proxied, asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", proxied.port)
        writer.write(b"GET /stream?busy=1 HTTP/1.1\r\nHost: h\r\n\r\n")
        assert await reader.readuntil(b"data: more\n\n")
        writer.transport.abort()
        await proxied.pages.left.wait()  # the front let go of the pages as well
    assert [record.name for record in caplog.records] == []


async def test_a_visitor_who_leaves_while_sending_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with open_proxied_pages() as proxied, asyncio.timeout(10):
        _, writer = await asyncio.open_connection("127.0.0.1", proxied.port)
        writer.write(b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nhalf")
        await proxied.pages.came.wait()
        writer.transport.abort()
        await proxied.pages.left.wait()
    assert [record.name for record in caplog.records] == []
