"""Simulate clinicians' browsers in the staff web: they take waiting threads, answer and close them."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from bot.bench.mix import ANSWER
from bot.bench.process import CannotMeasure
from bot.up.logins import Login
from core.clock import system_clock

THREAD = re.compile(r"/console/threads/([0-9a-f-]{36})")
TOKEN = re.compile(r'name="csrf" value="([^"]+)"')
LOOK_S = 0.5
# Seconds from claim to answer, and from answer to end: time for the resident's words in between.
THINKS_S = 1.5
SEE_OTHER = 303
OK = 200


class BenchClinician:
    """One signed-in browser."""

    def __init__(self, browser: aiohttp.ClientSession, public: str) -> None:
        self._browser, self._public = browser, public
        self.answered = 0

    async def work(self) -> None:
        """Take every waiting thread, for ever; one simulated clinician has many at once."""
        seen: set[str] = set()
        async with asyncio.TaskGroup() as tasks:
            while True:
                for thread in set(THREAD.findall(await self._page("/console/inbox/list"))) - seen:
                    seen.add(thread)
                    tasks.create_task(self._attend(thread))
                await asyncio.sleep(LOOK_S)

    async def _attend(self, thread: str) -> None:
        page = f"/console/threads/{thread}"
        token = TOKEN.search(await self._page(page))
        if token is None:
            raise CannotMeasure("a talk's page has no form")
        await self._send(f"{page}/claim", csrf=token[1])
        await asyncio.sleep(THINKS_S)
        await self._page(f"{page}/changes?after=0")
        await self._send(f"{page}/reply", csrf=token[1], text=ANSWER, submission=secrets.token_hex(8))
        await asyncio.sleep(THINKS_S)
        await self._send(f"{page}/close", csrf=token[1], outcome="advised")
        self.answered += 1

    async def _page(self, path: str) -> str:
        async with self._browser.get(self._public + path) as answer:
            if answer.status != OK:
                raise CannotMeasure(f"{path} answers {answer.status}")
            return await answer.text()

    async def _send(self, path: str, **form: str) -> None:
        async with self._browser.post(self._public + path, data=form, allow_redirects=False) as answer:
            if answer.status != SEE_OTHER:
                raise CannotMeasure(f"{path} answers {answer.status}: {(await answer.text())[:200]}")


@asynccontextmanager
async def signed_in(public: str, login: Login) -> AsyncIterator[BenchClinician]:
    """Sign in as a browser does; give the clinician."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar, trust_env=False) as browser:
        url = f"{public}/console/login"
        async with browser.get(url) as page:
            token = page.cookies["helpo_login"].value
        form = {
            "csrf": token,
            "login": login.login,
            "password": login.password,
            "code": login.code(system_clock),
        }
        async with browser.post(url, data=form, allow_redirects=False) as answer:
            if answer.status != SEE_OTHER:
                raise CannotMeasure(f"signing in answers {answer.status}")
        yield BenchClinician(browser, public)
