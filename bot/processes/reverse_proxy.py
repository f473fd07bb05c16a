"""Forward from the one public address: the intake process passes all but webhooks on to the pages process.

So busy or broken pages never delay LINE's webhooks, and an operator still publishes one address.
"""

from collections.abc import AsyncIterator, Callable

import aiohttp
from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

FORWARDED_FOR = "X-Forwarded-For"
HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
# Headers that aiohttp would add where the browser sent none.
NOT_OURS_TO_SAY = frozenset({"Accept", "Accept-Encoding", "Content-Type", "User-Agent"})
CONNECT_S = 2.0
# Seconds; longer than the pages' own heartbeat on event streams.
READ_S = 60.0
AWAY = """<!doctype html><html lang="ja"><meta charset="utf-8"><meta http-equiv="refresh" content="2">
<title>HELPO</title><p>画面を準備しています。2秒後に自動で開き直します。</p>
<p lang="en">Starting up. This page reloads by itself.</p></html>"""


class Front:
    """Forwards requests to the pages process, streaming both ways.

    `is_trusted_proxy` decides whether the `X-Forwarded-For` of a network address is believed.
    """

    def __init__(self, pages_url: str, is_trusted_proxy: Callable[[str], bool]) -> None:
        self._pages_url = pages_url
        self._is_trusted_proxy = is_trusted_proxy
        self._session: aiohttp.ClientSession | None = None

    async def open(self, _app: web.Application) -> AsyncIterator[None]:
        """Hold the connections to the pages process while the application runs."""
        async with aiohttp.ClientSession(
            # Every open page holds an event stream: a limit here would limit the number of open pages.
            connector=aiohttp.TCPConnector(limit=0),
            # A cookie jar would send one visitor's cookies for the next.
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,  # bodies are passed on unchanged
            skip_auto_headers=NOT_OURS_TO_SAY,
            trust_env=False,
        ) as self._session:
            yield

    async def forward(self, request: web.Request) -> web.StreamResponse:
        """Pass a request on and its answer back; a page that reloads itself while the pages process is away.

        An answer that has begun cannot become an error page: a broken stream ends the visitor's connection.
        """
        url = self._address(request.raw_path)
        if url is None:
            return web.Response(status=400)
        assert self._session is not None, "open() is in the application's cleanup_ctx"
        response: web.StreamResponse | None = None
        try:
            async with self._session.request(
                request.method,
                url,
                headers=self._passed_on(request),
                data=request.content if request.can_read_body else None,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_S, sock_read=READ_S),
            ) as answer:
                response = web.StreamResponse(status=answer.status, headers=_end_to_end(answer.headers))
                await response.prepare(request)
                async for chunk in answer.content.iter_any():
                    await response.write(chunk)
                await response.write_eof()
                return response
        except (aiohttp.ClientError, TimeoutError, OSError):
            if response is None:
                return _away()
            _break_off(request, response)
            return response

    def _address(self, target: str) -> URL | None:
        # Anything but a path would be read as part of the pages' host name: `@elsewhere/`.
        if not target.startswith("/"):
            return None
        try:
            return URL(self._pages_url + target)
        except ValueError:
            return None

    def _passed_on(self, request: web.Request) -> CIMultiDict[str]:
        headers = _end_to_end(request.headers)
        peer = request.remote or ""
        told = headers.popall(FORWARDED_FOR, []) if self._is_trusted_proxy(peer) else []
        headers.popall(FORWARDED_FOR, None)
        if hops := [hop for hop in [*told, peer] if hop]:
            headers[FORWARDED_FOR] = ", ".join(hops)
        return headers


def _end_to_end(headers: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    """Return the headers that are not about one connection only, repeated ones as often as they came."""
    named = {name.strip().lower() for line in headers.getall("Connection", []) for name in line.split(",")}
    dropped = HOP_BY_HOP | named
    # One spelling each: aiohttp's session takes `X-Tag` and `x-tag` for two headers and keeps the later one.
    spelled: dict[str, str] = {}
    return CIMultiDict(
        (spelled.setdefault(k.lower(), k), v) for k, v in headers.items() if k.lower() not in dropped
    )


def _away() -> web.Response:
    return web.Response(status=503, text=AWAY, content_type="text/html", headers={"Retry-After": "2"})


def _break_off(request: web.Request, response: web.StreamResponse) -> None:
    """End the connection so that half an answer is not taken for a whole one."""
    response.force_close()
    if request.transport is not None:
        request.transport.abort()
