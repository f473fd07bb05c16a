"""Run the web processes: the webhook's intake, the pages, or both in one."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import aiohttp
from aiohttp import web

from bot.app import Runtime, open_runtime, open_shop, stop_on_signals
from bot.delivery.line_channel import LineChannels, open_channels
from bot.delivery.read_receipts import ReadReceipts
from bot.line.webhook import IntakeDeps, make_intake
from bot.processes.door import Door, plain_bodies
from bot.processes.health import Health
from bot.processes.reverse_proxy import Front
from core.console.app import make_console
from core.console.deps import ConsoleDeps
from core.logging import get_logger
from core.settings import Settings, split_bind
from handoff.pages import feature as inbox
from shop.pages import shop_routes

log = get_logger()

HEALTH_CONNECTIONS = 4


def intake_app(runtime: Runtime, client: aiohttp.ClientSession, pages_url: str) -> web.Application:
    """Return the webhook and health; everything else is passed on to `pages_url`."""
    app = web.Application(middlewares=[plain_bodies])
    _add_intake(app, runtime, client)
    front = Front(pages_url, runtime.settings.is_trusted_proxy)
    app.cleanup_ctx.append(front.open)
    app.router.add_route("*", "/{path:.*}", front.forward)
    return app


def pages_app(runtime: Runtime, client: aiohttp.ClientSession, channels: LineChannels) -> web.Application:
    """Return the staff web, resident pages and health."""
    app = web.Application(middlewares=[plain_bodies])
    # Private, although the front publishes its pages: the front marks every request that it passes on.
    Health(runtime, client, is_private=True).add_to(app)
    _add_pages(app, runtime, channels)
    return app


def whole_app(runtime: Runtime, client: aiohttp.ClientSession, channels: LineChannels) -> web.Application:
    """Return everything as one application."""
    app = web.Application(middlewares=[plain_bodies])
    _add_intake(app, runtime, client)
    _add_pages(app, runtime, channels)
    return app


def _add_intake(app: web.Application, runtime: Runtime, client: aiohttp.ClientSession) -> None:
    Health(runtime, client, is_private=False).add_to(app)
    deps = IntakeDeps(
        engine=runtime.engine,
        ring=runtime.ring,
        channels=runtime.channels,
        default_municipality=runtime.settings.municipality,
        clock=runtime.clock,
        signals=runtime.signals,
        bot_user_ids=_bot_user_ids(runtime),
    )
    app.add_routes(make_intake(deps))
    app.cleanup_ctx.append(lambda _: _publishing(runtime))


def _bot_user_ids(runtime: Runtime) -> Mapping[str, str]:
    return {city.id: city.bot_user_id for city in runtime.cities.values() if city.bot_user_id}


def _add_pages(app: web.Application, runtime: Runtime, channels: LineChannels) -> None:
    deps = ConsoleDeps(
        sessions=runtime.sessions,
        ring=runtime.ring,
        settings=runtime.settings,
        clock=runtime.clock,
        signals=runtime.signals,
        texts=runtime.texts,
        cities=runtime.cities,
        mark_read=ReadReceipts(runtime.sessions, runtime.clock, channels).send,
    )
    make_console(app, deps, [inbox()])
    app.add_routes(shop_routes(open_shop(runtime), runtime.sessions, runtime.clock))
    app.cleanup_ctx.append(lambda _: _publishing(runtime))


async def _publishing(runtime: Runtime) -> AsyncIterator[None]:
    task = asyncio.create_task(runtime.signals.run())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def run_web(settings: Settings, part: str | None) -> None:
    """Serve `intake`, `pages`, or both until SIGTERM."""
    stop = stop_on_signals()
    async with (
        open_runtime(settings, pool_size=20) as runtime,
        # For health only, which asks Rasa; forwarding has connections of its own.
        aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=HEALTH_CONNECTIONS), trust_env=False
        ) as client,
    ):
        if part == "intake":
            app = intake_app(runtime, client, f"http://{settings.pages_bind}")
            await serve(app, settings.bind, stop, settings)
            return
        async with open_channels(settings, runtime.channels, runtime.clock) as channels:
            make = pages_app if part == "pages" else whole_app
            bind = settings.pages_bind if part == "pages" else settings.bind
            await serve(make(runtime, client, channels), bind, stop, settings)


async def serve(app: web.Application, bind: str, stop: asyncio.Event, settings: Settings) -> None:
    """Serve `app` on `bind` until `stop`; requests in progress are finished within the grace time."""
    runner = web.AppRunner(app, shutdown_timeout=settings.shutdown_grace_s)
    await runner.setup()
    try:
        await Door(runner, *split_bind(bind), most=settings.max_connections).start()
        log.info("web_started", bind=bind)
        await stop.wait()
    finally:
        await runner.cleanup()
    log.info("web_stopped", bind=bind)
