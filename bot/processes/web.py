"""The web processes: the webhook's intake, the pages, or both in one."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import aiohttp
from aiohttp import web

from bot.app import Runtime, open_runtime, open_shop, stop_on_signals
from bot.delivery.line_channel import LineChannels, open_channels
from bot.delivery.read_receipts import ReadReceipts
from bot.line.webhook import IntakeDeps, make_intake
from bot.processes.health import Health
from bot.processes.reverse_proxy import Front
from core.console.app import make_console
from core.console.deps import ConsoleDeps
from core.errors import ServiceError
from core.logging import get_logger
from core.settings import Settings, split_bind
from handoff.pages import feature as inbox
from shop.pages import shop_routes

log = get_logger()

BACKLOG = 512
HEALTH_CONNECTIONS = 4


class CannotListen(ServiceError):
    """The address is taken; trying again may help, when it is a process of ours that is still ending."""

    code = "web.cannot_listen"


def intake_app(runtime: Runtime, client: aiohttp.ClientSession, pages_url: str) -> web.Application:
    """The webhook and health; everything else is handed on to `pages_url`."""
    app = web.Application()
    _add_intake(app, runtime, client)
    front = Front(pages_url, runtime.settings.is_trusted_proxy)
    app.cleanup_ctx.append(front.open)
    app.router.add_route("*", "/{path:.*}", front.forward)
    return app


def pages_app(runtime: Runtime, client: aiohttp.ClientSession, channels: LineChannels) -> web.Application:
    """The staff web, resident pages and health."""
    app = web.Application()
    app.add_routes(Health(runtime, client).routes())
    _add_pages(app, runtime, channels)
    return app


def whole_app(runtime: Runtime, client: aiohttp.ClientSession, channels: LineChannels) -> web.Application:
    """Everything in one process."""
    app = web.Application()
    _add_intake(app, runtime, client)
    _add_pages(app, runtime, channels)
    return app


def _add_intake(app: web.Application, runtime: Runtime, client: aiohttp.ClientSession) -> None:
    app.add_routes(Health(runtime, client).routes())
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
        # For health alone, which asks Rasa; what is forwarded has its own connections.
        aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=HEALTH_CONNECTIONS), trust_env=False
        ) as client,
    ):
        if part == "intake":
            app = intake_app(runtime, client, f"http://{settings.pages_bind}")
            await _serve(app, settings.bind, stop, settings.shutdown_grace_s)
            return
        async with open_channels(settings, runtime.channels, runtime.clock) as channels:
            make = pages_app if part == "pages" else whole_app
            bind = settings.pages_bind if part == "pages" else settings.bind
            await _serve(make(runtime, client, channels), bind, stop, settings.shutdown_grace_s)


async def listen(runner: web.AppRunner, bind: str) -> None:
    """Open the door.

    Raises:
        CannotListen: the address is taken or not this machine's.
    """
    host, port = split_bind(bind)
    try:
        await web.TCPSite(runner, host, port, backlog=BACKLOG).start()
    except OSError as exc:
        raise CannotListen(
            f"cannot listen on {bind} ({exc.strerror}); end what uses it or choose another address"
        ) from exc


async def _serve(app: web.Application, bind: str, stop: asyncio.Event, grace_s: float) -> None:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=grace_s)
    await runner.setup()
    try:
        await listen(runner, bind)
        log.info("web_started", bind=bind)
        await stop.wait()
    finally:
        await runner.cleanup()
    log.info("web_stopped", bind=bind)
