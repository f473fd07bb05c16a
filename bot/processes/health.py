"""Report health: whether the process lives, whether residents can be served, and the figures."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
from aiohttp import web
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.app import Runtime
from bot.processes.cached_check import CachedCheck
from bot.processes.metrics_page import MetricsPage
from core.db.monitoring import database_state, is_an_event_late, make_monitoring_engine

CHECK_S = 1.0
# Seconds; longer than the database's own checks, which end within a second each.
WRITE_S = 4.0
# An event that is not begun for this long means that no worker serves.
LATE_S = 20.0
# Seconds for which an answer is kept: the parts are asked once in this time, however many ask.
KEPT_S = 1.0

States = dict[str, str]


class Health:
    """The health pages for operators and machines; `is_private`: the public does not reach this door."""

    def __init__(self, runtime: Runtime, rasa: aiohttp.ClientSession, *, is_private: bool) -> None:
        self._runtime = runtime
        self._rasa_session = rasa
        # Connections of its own: health checks must not take any from residents.
        self._engine: AsyncEngine = make_monitoring_engine(runtime.settings.database_url.get_secret_value())
        self._states = CachedCheck(self._look, KEPT_S)
        self._figures = MetricsPage(runtime, self._engine, is_private=is_private)

    def add_to(self, app: web.Application) -> None:
        """Add the routes; the connections live as long as `app` does."""
        app.add_routes(
            [
                web.get("/healthz", self.alive),
                web.get("/readyz", self.ready),
                web.get("/metrics", self._figures.show),
            ]
        )
        app.cleanup_ctx.append(self._hold)

    async def alive(self, _request: web.Request) -> web.Response:
        """Answer that this process lives."""
        return web.json_response({"status": "ok"})

    async def ready(self, _request: web.Request) -> web.Response:
        """Return each part's state as JSON.

        200 while residents' words are stored, which takes a PostgreSQL that can be written to; else 503.
        """
        states = await self._states()
        is_ready = states["database"] == "ok"
        return web.json_response(
            {"status": "ok" if is_ready else "down", **states}, status=200 if is_ready else 503
        )

    async def _hold(self, _app: web.Application) -> AsyncIterator[None]:
        yield
        await self._engine.dispose()

    async def _look(self) -> States:
        checks = (self._database(), self._redis(), self._rasa(), self._worker())
        database, live, rasa, worker = await asyncio.gather(*checks)
        return {"database": database, "redis": live, "rasa": rasa, "worker": worker}

    async def _database(self) -> str:
        try:
            async with asyncio.timeout(WRITE_S):
                return await database_state(self._engine, self._runtime.settings.municipality)
        except TimeoutError:
            return "down"

    async def _worker(self) -> str:
        """Return whether events are being served, from the database: the worker has no door of its own."""
        due = self._runtime.clock() - timedelta(seconds=LATE_S)
        try:
            async with asyncio.timeout(WRITE_S), self._engine.connect() as connection:
                return "down" if await is_an_event_late(connection, due) else "ok"
        except (SQLAlchemyError, OSError, TimeoutError):
            return "down"

    async def _redis(self) -> str:
        try:
            async with asyncio.timeout(CHECK_S):
                await self._runtime.redis.ping()
        except (RedisError, OSError, TimeoutError):
            return "down"
        return "ok"

    async def _rasa(self) -> str:
        settings = self._runtime.settings
        params = {"token": settings.rasa_token.get_secret_value()}
        try:
            async with (
                asyncio.timeout(CHECK_S),
                self._rasa_session.get(settings.rasa_url.rstrip("/") + "/status", params=params) as answer,
            ):
                return "ok" if answer.status == 200 else "down"  # noqa: PLR2004
        except (aiohttp.ClientError, OSError, TimeoutError):
            return "down"
