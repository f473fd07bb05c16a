"""Server-sent events: a page's open line, bounded in rate, ended with the session."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from core.console.deps import DEPS, VISITOR
from core.console.hub import HUB
from core.console.sessions import is_still_signed_in
from core.db.engine import is_outage

# A proxy cuts lines silent for a minute; the page starts polling when it hears nothing for 20 s.
BEAT_S = 10.0
SESSION_CHECK_S = 30.0
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
    checked_at = beaten_at = loop.time()
    hub = request.config_dict[HUB]
    try:
        while not hub.is_closing:
            ear.clear()
            change = await _unless_out(produce)
            if change is not None:
                await _send(response, "change", json.dumps(change, ensure_ascii=False))
                beaten_at = loop.time()
                await asyncio.sleep(rest_s)
            await _wait(ear, look_every_s())
            if loop.time() - beaten_at > BEAT_S:
                await _send(response, "beat", "")
                beaten_at = loop.time()
            if loop.time() - checked_at > SESSION_CHECK_S:
                checked_at = loop.time()
                if not await _is_signed_in(request):
                    await _send(response, "ended", "")
                    break
    except ConnectionResetError:
        pass  # the page was closed
    return response


async def _unless_out(produce: Produce) -> dict[str, Any] | None:
    try:
        return await produce()
    except Exception as exc:
        if is_outage(exc) or isinstance(exc, TimeoutError):
            return None
        raise


async def _is_signed_in(request: web.Request) -> bool:
    deps = request.config_dict[DEPS]
    try:
        async with deps.sessions() as session:
            return await is_still_signed_in(session, request[VISITOR], deps.clock())
    except Exception as exc:
        if is_outage(exc) or isinstance(exc, TimeoutError):
            return True
        raise


async def _wait(ear: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await ear.wait()
    except TimeoutError:
        pass


async def _send(response: web.StreamResponse, name: str, data: str) -> None:
    await response.write(f"event: {name}\ndata: {data}\n\n".encode())
