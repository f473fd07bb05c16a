"""Drive a clinician on the real pages: sign in, claim, read, answer, and try again when a page fails."""

import asyncio
import json
import re
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bot.up.logins import Login
from core.clock import system_clock
from core.console.codes import code_at
from tests.harness.console_client import Browser

MARK = re.compile(r"r(\d\d)n(\d{4})")
ROW = re.compile(r'id="row-([0-9a-f-]{36})"')
TRY_AGAIN_S = 0.3
# Pages are told what is new; asking as seldom as this costs the machine about as much.
LOOK_S = 2.0
Mark = tuple[int, int]


def marks_in(text: str) -> list[Mark]:
    """Return (resident, number) of every mark in a text."""
    return [(int(who), int(number)) for who, number in MARK.findall(text)]


@dataclass
class AttendedThread:
    """One thread of hers."""

    thread: str
    version: int = 0
    seen: set[int] = field(default_factory=set)


class ScriptedClinician:
    """Answers each marked message once, with its mark, in the order in which they stand in the talk."""

    def __init__(self, http: aiohttp.ClientSession, base: str, login: Login) -> None:
        self.browser = Browser(http, base)
        self.login = login
        self.desks: list[AttendedThread] = []
        self.answered: list[Mark] = []
        self.tried_again = 0

    async def sign_in(self) -> None:
        known = self.login
        status, _ = await self.browser.sign_in(
            known.login, known.password, code_at(known.totp_secret, system_clock())
        )
        assert status == 303, f"{known.login} was not let in: {status}"

    async def claim(self, count: int) -> None:
        """Take `count` talks that wait for her profession."""
        async with asyncio.timeout(60):
            while len(self.desks) < count:
                board = json.loads(await self._get("/console/inbox/list"))
                own = board["html"].partition('<section id="own"')[2].partition("</section>")[0]
                for thread in ROW.findall(own)[: count - len(self.desks)]:
                    await self._post(f"/console/threads/{thread}/claim")
                    self.desks.append(AttendedThread(thread))

    async def work(self, stop: asyncio.Event) -> None:
        """Look at all talks in turn and answer, until told to stop."""
        while not stop.is_set():
            for desk in self.desks:
                await self._attend(desk)
            await asyncio.sleep(LOOK_S)

    async def _attend(self, desk: AttendedThread) -> None:
        path = f"/console/threads/{desk.thread}"
        change = json.loads(await self._get(f"{path}/changes?after={desk.version}"))
        for line in sorted(change["lines"], key=lambda line: int(line["id"])):
            if line["speaker"] != "resident" or line["id"] in desk.seen:
                continue
            desk.seen.add(line["id"])
            for who, number in dict.fromkeys(marks_in(line["html"])):
                # The form carries the same number however often it is sent.
                submission = uuid.uuid4().hex
                await self._post(f"{path}/reply", submission=submission, text=f"お返事r{who:02}n{number:04}")
                self.answered.append((who, number))
        desk.version = change["version"]

    async def _get(self, path: str) -> str:
        return await self._insist(lambda: self.browser.get(path, Accept="application/json"), {200})

    async def _post(self, path: str, **fields: Any) -> str:
        return await self._insist(lambda: self.browser.post(path, **fields), {204})

    async def _insist(self, act: Callable[[], Awaitable[tuple[int, str]]], good: set[int]) -> str:
        """Do what a person does whose page shows an error: the same again, until it works."""
        while True:
            try:
                status, text = await act()
            except (aiohttp.ClientError, TimeoutError, OSError):
                status, text = 503, ""
            if status in good:
                return text
            assert status >= 500, f"{self.login.login}: {status} {text[:200]}"
            self.tried_again += 1
            await asyncio.sleep(TRY_AGAIN_S)
