"""Server-sent events: a page's open line, bounded in rate, ended with the session."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from aiohttp import web

from core.console.deps import VISITOR
from core.console.hub import HUB
from core.console.open_lines import OPEN_LINES
from core.db.engine import is_outage

# A proxy cuts lines silent for a minute; the page starts polling when it hears nothing for 20 s.
BEAT_S = 10.0
HEADERS = {"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"}

Produce = Callable[[], Awaitable[dict[str, Any] | None]]


async def stream(
    request: web.Request,
    ear: asyncio.Event,
    produce: Produce,
    *,
    look_every_s: Callable[[], float],
    rest_s: float = 0.0,
) -> web.StreamResponse:
    """Send what `produce` returns as `change` events: now, when `ear` is set, and after `look_every_s()` seconds.

    Between two events lie at least `rest_s`. An outage of the database is waited out.
    """
    response = web.StreamResponse(headers=HEADERS)
    await response.prepare(request)
    loop = asyncio.get_running_loop()
    beaten_at = loop.time()
    hub = request.config_dict[HUB]
    lines = request.config_dict[OPEN_LINES]
    # A write to a page that was closed ends the line.
    with suppress(ConnectionResetError), lines.line(request[VISITOR], ear) as line:
        while not (hub.is_closing or line.is_over):
            ear.clear()
            change = await _unless_out(produce)
            if change is not None and not line.is_over:
                await _send(response, "change", json.dumps(change, ensure_ascii=False))
                beaten_at = loop.time()
                await asyncio.sleep(rest_s)
            await _wait(ear, look_every_s())
            if loop.time() - beaten_at > BEAT_S:
                await _send(response, "beat", "")
                beaten_at = loop.time()
        if line.is_over:
            await _send(response, "ended", "")
    return response


async def _unless_out(produce: Produce) -> dict[str, Any] | None:
    try:
        return await produce()
    except Exception as exc:
        if is_outage(exc) or isinstance(exc, TimeoutError):
            return None
        raise


async def _wait(ear: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await ear.wait()
    except TimeoutError:
        pass


async def _send(response: web.StreamResponse, name: str, data: str) -> None:
    await response.write(f"event: {name}\ndata: {data}\n\n".encode())
