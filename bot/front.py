"""One public address: the intake process hands everything that is not a webhook on to the pages process.

So the pages, however busy or broken, never delay LINE's webhooks, and an operator still publishes one address.
"""

from collections.abc import Mapping

import aiohttp
from aiohttp import web

HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
CONNECT_S = 2.0
# Longer than the pages' own keep-alive on event streams.
READ_S = 60.0
AWAY = """<!doctype html><html lang="ja"><meta charset="utf-8"><meta http-equiv="refresh" content="2">
<title>HELPO</title><p>画面を準備しています。2秒後に自動で開き直します。</p>
<p lang="en">Starting up. This page reloads by itself.</p></html>"""


class Front:
    """Forwards requests to the pages process, streaming both ways.

    `session` must not unpack bodies (`auto_decompress=False`): they are passed on as they are.
    """

    def __init__(self, pages_url: str, session: aiohttp.ClientSession) -> None:
        self._pages_url = pages_url
        self._session = session

    async def forward(self, request: web.Request) -> web.StreamResponse:
        """Pass a request on and its answer back; a page that reloads itself while the pages are away."""
        try:
            async with self._session.request(
                request.method,
                self._pages_url + request.raw_path,
                headers=_passed_on(request),
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
        except (aiohttp.ClientConnectorError, aiohttp.ServerDisconnectedError, TimeoutError):
            return web.Response(status=503, text=AWAY, content_type="text/html", headers={"Retry-After": "2"})


def _passed_on(request: web.Request) -> dict[str, str]:
    headers = {k: v for k, v in request.headers.items() if k.lower() not in HOP_BY_HOP}
    headers["X-Forwarded-For"] = ", ".join(filter(None, [headers.get("X-Forwarded-For"), request.remote]))
    return headers


def _end_to_end(headers: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(k, v) for k, v in headers.items() if k.lower() not in HOP_BY_HOP]
