"""Run a staff web on a real server, with browsers that sign in to it."""

import re
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from core.console import ConsoleDeps, Feature, add_staff, make_console
from core.console.codes import code_at
from core.crypto import KeyRing
from core.db.engine import Sessions
from core.db.tables import Conversation, Profession, Resident, Role
from handoff.pages import feature

PASSWORD = "correct-horse-battery"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@dataclass
class Browser:
    """A signed-in or fresh browser: keeps cookies, follows nothing, remembers the page's form token."""

    http: aiohttp.ClientSession
    base: str
    csrf: str = ""

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        async with self.http.get(self.base + path, headers=headers, allow_redirects=False) as answer:
            text = await answer.text()
            found = re.search(r'X-CSRF-Token": "([^"]+)"', text)
            self.csrf = found.group(1) if found else self.csrf
            return answer.status, text

    async def post(
        self, path: str, *, htmx: bool = True, csrf: str | None = None, **fields: Any
    ) -> tuple[int, str]:
        headers = {"HX-Request": "true"} if htmx else {}
        data = aiohttp.FormData()
        data.add_field("csrf", self.csrf if csrf is None else csrf)
        for name, value in fields.items():
            if isinstance(value, bytes):
                data.add_field(name, value, filename="picture.jpg", content_type="image/jpeg")
            else:
                data.add_field(name, value)
        async with self.http.post(
            self.base + path, data=data, headers=headers, allow_redirects=False
        ) as answer:
            return answer.status, await answer.text()

    async def sign_in(
        self, login: str, password: str, code: str, path: str = "/console/login"
    ) -> tuple[int, str]:
        _, page = await self.get(path)
        token = re.search(r'name="csrf" value="([^"]+)"', page)
        assert token is not None
        fields = {
            "csrf": token.group(1),
            "login": login,
            "password": password,
            "code": code,
            "next": "/console/inbox",
        }
        async with self.http.post(self.base + "/console/login", data=fields, allow_redirects=False) as answer:
            text = await answer.text()
            status = answer.status
        if status == 303:
            await self.get("/console/inbox")
        return status, text


@dataclass
class StaffWeb:
    """The staff web with its people."""

    deps: ConsoleDeps
    server: TestServer
    stack: AsyncExitStack
    codes: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def sessions(self) -> Sessions:
        return self.deps.sessions

    @property
    def ring(self) -> KeyRing:
        return self.deps.ring

    async def browser(self) -> Browser:
        jar = aiohttp.CookieJar(unsafe=True)
        http = await self.stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))
        return Browser(http, str(self.server.make_url("")).rstrip("/"))

    async def hire(
        self,
        login: str,
        professions: Sequence[Profession] = (Profession.NURSE,),
        cities: Sequence[str] = ("iwaki",),
        roles: Sequence[Role] = (Role.CLINICIAN,),
    ) -> Any:
        async with self.sessions.begin() as session:
            new = await add_staff(
                session,
                self.ring,
                login=login,
                display_name=f"{login} さん",
                roles=roles,
                professions=professions,
                municipalities=cities,
                now=self.deps.clock(),
                password=PASSWORD,
                totp_secret=SECRET,
            )
        self.codes[login] = new.recovery_codes
        return new.staff

    async def destroy_key(self, talk_id: uuid.UUID) -> None:
        """Make everything a resident said unreadable, as an erasure or a botched rotation does."""
        async with self.sessions.begin() as session:
            conversation = await session.get_one(Conversation, talk_id)
            resident = await session.get_one(Resident, conversation.resident_id)
            resident.wrapped_key = b"destroyed"

    def code(self) -> str:
        return code_at(SECRET, self.deps.clock())

    async def at_work(self, login: str, **hired: Any) -> Browser:
        """Hire somebody and sign her in."""
        await self.hire(login, **hired)
        browser = await self.browser()
        status, _ = await browser.sign_in(login, PASSWORD, self.code())
        assert status == 303
        return browser


@asynccontextmanager
async def open_staff_web(deps: ConsoleDeps, features: Sequence[Feature] = ()) -> AsyncIterator[StaffWeb]:
    app = web.Application()
    make_console(app, deps, [feature(), *features])
    async with AsyncExitStack() as stack:
        server = TestServer(app)
        await server.start_server()
        try:
            yield StaffWeb(deps, server, stack)
            await stack.aclose()
        finally:
            await server.close()
