"""Measure inbox.live: from a resident's words to the clinicians' open pages."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import aiohttp

from bot.bench.environment import BenchEnvironment
from bot.bench.installation import CITY, BenchInstallation, open_installation
from bot.bench.load import Crowd, gathered
from bot.bench.process import CannotMeasure
from bot.bench.result import Measurement
from bot.bench.statistics import quantile
from bot.commands.demo_data import STAFF
from bot.up.logins import Login, parse
from core.clock import system_clock

# Names a profession, so that the talk is handed over at once: one message, one new line in every inbox.
WORDS = "看護師さんと話したいです"
INBOXES = 200
MESSAGES = 15
# An inbox shows changes at most once a second.
EVERY_S = 1.7
LIMIT_S = 20.0  # what is not shown by then counts as this late
OPEN_LIMIT_S = 90.0  # for all inboxes together
LARGEST_EVENT = 2**21  # bytes
WAITING = re.compile(rb'"waiting": (\d+)')
ANSWERED = 303


@dataclass(slots=True)
class Inbox:
    """One open page: when (loop's clock) it first showed each number of waiting threads."""

    shown_at: dict[int, float] = field(default_factory=dict)
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    async def watch(self, http: aiohttp.ClientSession, url: str, cookie: str) -> None:
        """Hold the stream open, for ever."""
        loop = asyncio.get_running_loop()
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=OPEN_LIMIT_S)
        async with http.get(url, headers={"Cookie": cookie}, timeout=timeout) as answer:
            if answer.content_type != "text/event-stream":
                raise CannotMeasure(f"an inbox answers {answer.status} {answer.content_type}")
            while event := await answer.content.readuntil(b"\n\n"):
                now = loop.time()
                if found := WAITING.search(event):
                    self.shown_at.setdefault(int(found[1]), now)
                    self.opened.set()


async def inbox_live(bench: BenchEnvironment) -> Measurement:
    """Measure with residents asking for a nurse, one inbox open, then 200."""
    async with open_installation(bench) as installation:
        await installation.start_simulator()
        await installation.start_intake()
        await installation.start_pages()
        await installation.start_worker()
        cookies = [await _signed_in(installation, login) for login in await _clinicians(installation)]
        async with gathered(installation.http, installation.simulator, 2 * MESSAGES) as crowd:
            alone = await _p95(installation, crowd, cookies[:1], 0)
            value = await _p95(installation, crowd, (cookies * INBOXES)[:INBOXES], MESSAGES)
    note = f"p95 over {MESSAGES} messages × {INBOXES} inboxes; baseline: 1 inbox; understanding refused"
    return Measurement(value=value, baseline=alone, extra={"note": note})


async def _p95(installation: BenchInstallation, crowd: Crowd, cookies: list[str], waiting: int) -> float:
    """Return milliseconds from the words to the line, over all inboxes; `waiting` threads wait already."""
    loop = asyncio.get_running_loop()
    async with _open(installation, cookies) as inboxes:
        await asyncio.sleep(EVERY_S)
        said_at: dict[int, float] = {}
        for number in range(waiting + 1, waiting + MESSAGES + 1):
            said_at[number] = loop.time()
            await crowd.says(crowd.users[number - 1], WORDS)
            await asyncio.sleep(EVERY_S)
    took = [
        (inbox.shown_at[number] - at) * 1000 if number in inbox.shown_at else LIMIT_S * 1000
        for number, at in said_at.items()
        for inbox in inboxes
    ]
    return quantile(took, 0.95)


@asynccontextmanager
async def _open(installation: BenchInstallation, cookies: list[str]) -> AsyncIterator[list[Inbox]]:
    inboxes = [Inbox() for _ in cookies]
    url = f"{installation.public}/console/inbox/events"
    async with AsyncExitStack() as stack:
        connector = aiohttp.TCPConnector(limit=0)
        http = await stack.enter_async_context(
            aiohttp.ClientSession(connector=connector, read_bufsize=LARGEST_EVENT, trust_env=False)
        )
        watching = [
            asyncio.create_task(inbox.watch(http, url, cookie))
            for inbox, cookie in zip(inboxes, cookies, strict=True)
        ]
        try:
            async with asyncio.timeout(OPEN_LIMIT_S):
                for inbox, task in zip(inboxes, watching, strict=True):
                    await _opened(inbox, task)
            yield inboxes
        finally:
            for task in watching:
                task.cancel()
            await asyncio.gather(*watching, return_exceptions=True)


async def _opened(inbox: Inbox, watching: asyncio.Task[None]) -> None:
    """Wait for the first list; raise the error that ended the stream before."""
    waiting = asyncio.ensure_future(inbox.opened.wait())
    await asyncio.wait({waiting, watching}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if watching.done():
        watching.result()


async def _clinicians(installation: BenchInstallation) -> list[Login]:
    """Make the demo staff; return those who see the queue."""
    logins = parse((await installation.run("demo", "load")).encode())
    return [login for login in logins if _sees_queue(login)]


def _sees_queue(login: Login) -> bool:
    _, _, _, professions, cities = STAFF[login.login]
    return bool(professions) and CITY in cities


async def _signed_in(installation: BenchInstallation, login: Login) -> str:
    """Sign in as a browser does; return the session's cookie."""
    url = f"{installation.public}/console/login"
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True), trust_env=False) as browser:
        async with browser.get(url) as page:
            token = page.cookies["helpo_login"].value
        form = {
            "csrf": token,
            "login": login.login,
            "password": login.password,
            "code": login.code(system_clock),
        }
        async with browser.post(url, data=form, allow_redirects=False) as answer:
            if answer.status != ANSWERED:
                raise CannotMeasure(f"signing in answers {answer.status}")
            return f"helpo_session={answer.cookies['helpo_session'].value}"
