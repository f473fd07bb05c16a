"""Assemble the staff web: the shell and the features at `/console`, outgoing pictures at `/m`."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from aiohttp import web

from core.console.access import access_middleware
from core.console.account_store import clinicians_without_profession
from core.console.deps import DEPS, ConsoleDeps
from core.console.failures import failures_middleware
from core.console.headers import protection
from core.console.hub import HUB, Hub
from core.console.live_pages import LIVE_ROUTES
from core.console.login import ROUTES
from core.console.open_lines import OPEN_LINES, OpenLines
from core.console.outgoing import make_outgoing
from core.console.protocols import COMMANDS, NAVS, PANELS, TOPICS, Feature
from core.console.rendering import set_up_rendering
from core.console.turnstile import TURNSTILES, Turnstiles
from core.db.engine import is_outage
from core.logging import get_logger

log = get_logger()


def make_console(app: web.Application, deps: ConsoleDeps, features: Sequence[Feature]) -> None:
    """Mount the staff web on `app`; its background tasks live as long as `app` does."""
    console = web.Application(middlewares=[failures_middleware, access_middleware])
    console[DEPS] = deps
    console[HUB] = Hub(deps)
    console[OPEN_LINES] = OpenLines(deps)
    console[NAVS] = tuple(nav for f in features for nav in f.navs)
    console[PANELS] = tuple(panel for f in features for panel in f.panels)
    console[COMMANDS] = {command.name: command for f in features for command in f.commands}
    console[TURNSTILES] = Turnstiles()
    console[TOPICS] = {name: topic for f in features for name, topic in f.topics.items()}
    set_up_rendering(console, features)
    console.add_routes([*ROUTES, *LIVE_ROUTES])
    for feature in features:
        console.add_routes(feature.routes)
        console.cleanup_ctx.extend(feature.lifetimes)
    console.on_response_prepare.append(protection(is_https=deps.settings.public_url.startswith("https://")))
    console.cleanup_ctx.extend([_keep_hub, _keep_open_lines])
    console.on_startup.append(_name_unlicensed)
    console.on_shutdown.append(_close_hub)
    app.add_subapp("/console", console)
    app.add_subapp("/m", make_outgoing(deps))


async def _keep_hub(console: web.Application) -> AsyncIterator[None]:
    task = asyncio.create_task(console[HUB].run(), name="console-hub")
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _keep_open_lines(console: web.Application) -> AsyncIterator[None]:
    task = asyncio.create_task(console[OPEN_LINES].run(), name="console-open-lines")
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _name_unlicensed(console: web.Application) -> None:
    """Log which clinicians cannot take talks for lack of a profession, and the command that sets one."""
    try:
        async with console[DEPS].sessions() as session:
            logins = await clinicians_without_profession(session)
    except Exception as exc:
        if not is_outage(exc) and not isinstance(exc, TimeoutError):
            raise
        return  # logged at the next start
    if logins:
        log.warning(
            "clinicians_without_profession",
            logins=logins,
            remedy="helpo staff profession LOGIN --profession nurse",
        )


async def _close_hub(console: web.Application) -> None:
    console[HUB].close()
