"""Provide what the simulator's tests control: a clock, the bot's side of the webhook, the simulator's API."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import ClientSession, web
from linebot.v3.messaging import AsyncMessagingApi, AsyncMessagingApiBlob

SECRET = "8c570fa6dd201bb328f1c1eac23a96d8"
TOKEN = "token-of-iwaki"
NEIGHBOUR_TOKEN = "token-of-kitahama"


class MovedClock:
    """A clock that stands until it is advanced."""

    def __init__(self) -> None:
        self.now = datetime(2026, 5, 1, 1, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **parts: float) -> None:
        self.now += timedelta(**parts)


@dataclass
class Receiver:
    """The bot's end of the webhook: keeps what arrives and answers with `status`."""

    bodies: list[dict[str, Any]] = field(default_factory=list)
    raw: list[tuple[bytes, str]] = field(default_factory=list)
    status: int = 200
    before: Callable[[dict[str, Any]], Awaitable[None]] | None = None
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for body in self.bodies for event in body["events"]]

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == kind]

    async def handle(self, request: web.Request) -> web.Response:
        raw = await request.read()
        self.raw.append((raw, request.headers.get("x-line-signature", "")))
        body = json.loads(raw)
        status = self.status
        if self.before is not None:
            await self.before(body)
        self.bodies.append(body)
        self.arrived.set()
        return web.Response(status=status)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                self.arrived.clear()
                if not condition():
                    await self.arrived.wait()


@dataclass
class Simulator:
    """The running stand-in seen from outside."""

    url: str
    http: ClientSession
    line: AsyncMessagingApi
    blob: AsyncMessagingApiBlob
    neighbour: AsyncMessagingApi
    bot: Receiver
    clock: MovedClock

    async def post(self, path: str, body: object, expect: int | None = None) -> Any:
        async with self.http.post(self.url + path, json=body) as answer:
            parsed = await answer.json()
            assert expect is None or answer.status == expect, parsed
            return parsed

    async def get(self, path: str) -> Any:
        async with self.http.get(self.url + path) as answer:
            return await answer.json()

    async def delete(self, path: str) -> Any:
        async with self.http.delete(self.url + path) as answer:
            return await answer.json()

    async def resident(self, **body: object) -> str:
        """Make a friend and wait until the bot knows."""
        made = await self.post("/api/residents", body)
        user_id = str(made["user_id"])
        await self.bot.until(
            lambda: any(e["source"]["userId"] == user_id for e in self.bot.of_type("follow"))
        )
        return user_id

    async def act(self, user_id: str, body: dict[str, Any], expect: int = 200) -> Any:
        return await self.post(f"/api/residents/{user_id}/messages", body, expect)

    async def say(self, user_id: str, text: str) -> dict[str, Any]:
        """Write a text and return the message event the bot received."""
        done = await self.act(user_id, {"type": "text", "text": text})
        return await self.event(done["webhook_event_id"])

    async def event(self, webhook_event_id: str) -> dict[str, Any]:
        def found() -> list[dict[str, Any]]:
            return [event for event in self.bot.events if event.get("webhookEventId") == webhook_event_id]

        await self.bot.until(lambda: bool(found()))
        return found()[0]

    async def seen(self, user_id: str, query: str = "") -> list[dict[str, Any]]:
        answer: list[dict[str, Any]] = await self.get(f"/api/residents/{user_id}/messages{query}")
        return answer

    async def call(
        self, path: str, body: object, token: str | None = TOKEN, **headers: str
    ) -> tuple[int, Any, dict[str, str]]:
        """Call LINE's API without the SDK, which would refuse some mistakes itself."""
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        async with self.http.post(self.url + path, json=body, headers=headers) as answer:
            return answer.status, await answer.json(), {k.lower(): v for k, v in answer.headers.items()}

    async def push(
        self, user_id: str, *messages: dict[str, Any], **headers: str
    ) -> tuple[int, Any, dict[str, str]]:
        body = {"to": user_id, "messages": list(messages)}
        return await self.call("/v2/bot/message/push", body, **headers)
