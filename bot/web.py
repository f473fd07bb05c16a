"""The web processes: the webhook's intake, the pages, or both in one."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping

import aiohttp
from aiohttp import web

from bot.app import Parts, open_parts, open_shop, stop_on_signals
from bot.channels import LineChannels, open_channels
from bot.door import Door, plain_bodies
from bot.front import Front
from bot.health import Health
from bot.line.webhook import IntakeDeps, make_intake
from bot.reading import mark_read
from core.console.app import make_console
from core.console.deps import ConsoleDeps
from core.logging import get_logger
from core.settings import Settings, split_bind
from handoff.pages import feature as inbox
from shop.pages import shop_routes

log = get_logger()

HEALTH_CONNECTIONS = 4


def intake_app(parts: Parts, client: aiohttp.ClientSession, pages_url: str) -> web.Application:
    """The webhook and health; everything else is handed on to `pages_url`."""
    app = web.Application(middlewares=[plain_bodies])
    _add_intake(app, parts, client)
    front = Front(pages_url, parts.settings.is_trusted_proxy)
    app.cleanup_ctx.append(front.open)
    app.router.add_route("*", "/{path:.*}", front.forward)
    return app


def pages_app(parts: Parts, client: aiohttp.ClientSession, channels: LineChannels) -> web.Application:
    """The staff web, resident pages and health."""
    app = web.Application(middlewares=[plain_bodies])
    # The front hands no request on without saying so, and publishes this door's pages.
    Health(parts, client, is_private=True).add_to(app)
    _add_pages(app, parts, channels)
    return app


def whole_app(parts: Parts, client: aiohttp.ClientSession, channels: LineChannels) -> web.Application:
    """Everything in one process."""
    app = web.Application(middlewares=[plain_bodies])
    _add_intake(app, parts, client)
    _add_pages(app, parts, channels)
    return app


def _add_intake(app: web.Application, parts: Parts, client: aiohttp.ClientSession) -> None:
    Health(parts, client, is_private=False).add_to(app)
    deps = IntakeDeps(
        engine=parts.engine,
        ring=parts.ring,
        channels=parts.channels,
        default_municipality=parts.settings.municipality,
        clock=parts.clock,
        signals=parts.signals,
        bot_user_ids=_bot_user_ids(parts),
    )
    app.add_routes(make_intake(deps))
    app.cleanup_ctx.append(lambda _: _publishing(parts))


def _bot_user_ids(parts: Parts) -> Mapping[str, str]:
    return {city.id: city.bot_user_id for city in parts.cities.values() if city.bot_user_id}


def _add_pages(app: web.Application, parts: Parts, channels: LineChannels) -> None:
    async def on_read(conversation_id: uuid.UUID) -> None:
        await mark_read(parts, channels, conversation_id)

    deps = ConsoleDeps(
        sessions=parts.sessions,
        ring=parts.ring,
        settings=parts.settings,
        clock=parts.clock,
        signals=parts.signals,
        texts=parts.texts,
        cities=parts.cities,
        mark_read=on_read,
    )
    make_console(app, deps, [inbox()])
    app.add_routes(shop_routes(open_shop(parts), parts.sessions, parts.clock))
    app.cleanup_ctx.append(lambda _: _publishing(parts))


async def _publishing(parts: Parts) -> AsyncIterator[None]:
    task = asyncio.create_task(parts.signals.run())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def run_web(settings: Settings, part: str | None) -> None:
    """Serve `intake`, `pages`, or both until SIGTERM."""
    stop = stop_on_signals()
    async with (
        open_parts(settings, pool_size=20) as parts,
        # For health alone, which asks Rasa; what is forwarded has its own connections.
        aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=HEALTH_CONNECTIONS), trust_env=False
        ) as client,
    ):
        if part == "intake":
            app = intake_app(parts, client, f"http://{settings.pages_bind}")
            await serve(app, settings.bind, stop, settings)
            return
        async with open_channels(settings, parts.channels, parts.clock) as channels:
            make = pages_app if part == "pages" else whole_app
            bind = settings.pages_bind if part == "pages" else settings.bind
            await serve(make(parts, client, channels), bind, stop, settings)


async def serve(app: web.Application, bind: str, stop: asyncio.Event, settings: Settings) -> None:
    """Serve `app` on `bind` until `stop`; what is in progress is finished within the grace time."""
    runner = web.AppRunner(app, shutdown_timeout=settings.shutdown_grace_s)
    await runner.setup()
    try:
        await Door(runner, *split_bind(bind), most=settings.max_connections).start()
        log.info("web_started", bind=bind)
        await stop.wait()
    finally:
        await runner.cleanup()
    log.info("web_stopped", bind=bind)
