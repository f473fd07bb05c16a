"""Assemble the simulator as an aiohttp application: both of LINE's hosts, webhooks, the page and its API."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

from aiohttp import web

from bot.simulator.config import SimulatorConfig
from bot.simulator.control.inspection_api import Judge
from bot.simulator.control.misuse import Misuse
from bot.simulator.control.page import Page
from bot.simulator.control.people import People
from bot.simulator.line_api.http_layer import Edge
from bot.simulator.platform import Platform
from core.logging import get_logger

# A resident's file of 20 MB in base64, with some room.
_LARGEST_BODY = 40 * 1024 * 1024

PLATFORM = web.AppKey("platform", Platform)


def make_app(config: SimulatorConfig) -> web.Application:
    """Return the application; all state is in memory and lost when it ends."""
    if not config.channels:
        raise ValueError("the simulator needs at least one channel")
    platform, closing = Platform(config), asyncio.Event()
    app = web.Application(client_max_size=_LARGEST_BODY, middlewares=[_misuse])
    app[PLATFORM] = platform
    app.router.add_routes(People(platform, closing).routes())
    app.router.add_routes(Judge(platform).routes())
    app.router.add_routes(Page(platform, closing).routes())
    app.router.add_routes(Edge(platform, closing).routes())
    app.cleanup_ctx.append(_carry)

    async def end_waits(_app: web.Application) -> None:
        closing.set()

    app.on_shutdown.append(end_waits)
    return app


@web.middleware
async def _misuse(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except Misuse as misuse:
        return misuse.response()


async def _carry(app: web.Application) -> AsyncIterator[None]:
    """Run the courier as long as the application runs."""
    ready = asyncio.Event()
    courier = asyncio.create_task(app[PLATFORM].courier.run(ready), name="courier")
    courier.add_done_callback(_report)
    await ready.wait()
    yield
    courier.cancel()
    with suppress(asyncio.CancelledError):
        await courier


def _report(courier: asyncio.Task[None]) -> None:
    """Log at once that no webhook will be delivered any more; every later event is answered 500."""
    if not courier.cancelled() and (error := courier.exception()) is not None:
        get_logger().error("courier_died", exc_info=error)
