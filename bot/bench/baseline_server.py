"""Serve handlers that do only the indispensable: the baselines of HELPO's figures.

`POST /insert` commits one INSERT with HELPO's own engine settings. `POST /line/…` answers each event of a
webhook with one reply. `POST /v2/bot/message/…` accepts every message, for runs in which LINE's work must not
count.
"""

import asyncio
import json
import os
from datetime import datetime

import aiohttp
from aiohttp import web
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.app import stop_on_signals
from core.clock import Clock
from core.db.engine import make_engine
from core.municipalities import load_municipalities
from core.settings import Settings, read_settings

POOL_SIZE = 20  # the intake's
TABLE = """
    create table if not exists bare (
        id bigint generated always as identity primary key, received_at timestamptz not null, payload bytea not null
    )
"""
INSERT = text("insert into bare (received_at, payload) values (:received_at, :payload)")
REPLY_TIMEOUT = aiohttp.ClientTimeout(total=5.0)


class Bare:
    """The handlers."""

    def __init__(self, settings: Settings, engine: AsyncEngine, client: aiohttp.ClientSession) -> None:
        city = load_municipalities(settings.data_dir)[settings.municipality]
        self._engine, self._client = engine, client
        self._clock: Clock = settings.clock()
        self._reply_url = f"{settings.line_api_url}/v2/bot/message/reply"
        self._headers = {"Authorization": f"Bearer {settings.channel_secret(city.line.access_token)}"}

    def routes(self) -> list[web.RouteDef]:
        """Return the paths."""
        return [
            web.get("/healthz", self.alive),
            web.post("/insert", self.insert),
            web.post("/line/{municipality}/webhook", self.echo),
            web.post("/v2/{tail:.*}", self.accept),
        ]

    async def alive(self, _request: web.Request) -> web.Response:
        """This process answers."""
        return web.Response()

    async def insert(self, request: web.Request) -> web.Response:
        """Commit one row."""
        payload = await request.read()
        now: datetime = self._clock()
        async with self._engine.begin() as connection:
            await connection.execute(INSERT, {"received_at": now, "payload": payload})
        return web.Response()

    async def echo(self, request: web.Request) -> web.Response:
        """Reply to each event at once."""
        for event in json.loads(await request.read())["events"]:
            message = {"type": "text", "text": event.get("message", {}).get("text", "-")}
            body = {"replyToken": event["replyToken"], "messages": [message]}
            async with self._client.post(
                self._reply_url, json=body, headers=self._headers, timeout=REPLY_TIMEOUT
            ) as answer:
                await answer.read()
        return web.Response()

    async def accept(self, request: web.Request) -> web.Response:
        """Accept a message as LINE would, without ever refusing one."""
        await request.read()
        return web.json_response({"sentMessages": []})


async def serve(settings: Settings) -> None:
    """Serve on HELPO_BIND until SIGTERM."""
    assert settings.database_owner_url is not None
    _make_table(settings.database_owner_url.get_secret_value())
    stop = stop_on_signals()
    engine = make_engine(settings.database_url.get_secret_value(), pool_size=POOL_SIZE)
    async with aiohttp.ClientSession(trust_env=False) as client:
        app = web.Application()
        app.add_routes(Bare(settings, engine, client).routes())
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        host, _, port = settings.bind.rpartition(":")
        await web.TCPSite(runner, host, int(port), backlog=512).start()
        await stop.wait()
        await runner.cleanup()
    await engine.dispose()


def _make_table(owner_url: str) -> None:
    engine = create_engine(owner_url)
    with engine.begin() as connection:
        connection.execute(text(TABLE))
        connection.execute(text("grant insert on bare to public"))
    engine.dispose()


if __name__ == "__main__":
    asyncio.run(serve(read_settings(os.environ)))
