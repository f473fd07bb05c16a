"""Serve `/metrics`: what this process has counted, and how much work waits in the database.

Never public: a private door shows it without a token, every other door to the bearer of
`HELPO_METRICS_TOKEN`.
"""

import asyncio
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Gauge, generate_latest
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.app import Runtime
from bot.processes.cached_check import CachedCheck
from bot.processes.door import Door, plain_bodies
from bot.processes.reverse_proxy import FORWARDED_FOR
from core.clock import Clock
from core.db.monitoring import Backlog, WaitingWork, read_backlog
from core.settings import Settings, split_bind

KEPT_S = 5.0
LIMIT_S = 4.0
MOST_SCRAPERS = 20


class MetricsPage:
    """The page for Prometheus."""

    def __init__(self, runtime: Runtime, engine: AsyncEngine, *, is_private: bool) -> None:
        self._engine = engine
        self._clock = runtime.clock
        self._token = runtime.settings.metrics_token
        self._is_private = is_private
        self._backlog = CachedCheck(self._look, KEPT_S)

    async def show(self, request: web.Request) -> web.Response:
        """Answer an authorised request; 401 for all others."""
        if not self._may_know(request):
            return web.Response(status=401, headers={"WWW-Authenticate": "Bearer"})
        backlog = await self._backlog()
        return metrics_response(_gauges(backlog, self._clock) if backlog else b"")

    def _may_know(self, request: web.Request) -> bool:
        # Requests that the public door passes on to the private one are marked.
        if self._is_private and FORWARDED_FOR not in request.headers:
            return True
        if self._token is None:
            return False
        wanted = f"Bearer {self._token.get_secret_value()}"
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(errors="replace"), wanted.encode())

    async def _look(self) -> Backlog | None:
        """Read how much work waits; None while the database does not answer."""
        try:
            async with asyncio.timeout(LIMIT_S):
                return await read_backlog(self._engine)
        except (SQLAlchemyError, OSError, TimeoutError):
            return None


def metrics_response(more: bytes = b"") -> web.Response:
    """Answer with what this process has counted."""
    return web.Response(body=generate_latest(REGISTRY) + more, headers={"Content-Type": CONTENT_TYPE_LATEST})


def _gauges(backlog: Backlog, clock: Clock) -> bytes:
    registry = CollectorRegistry()

    def show(name: str, what: str, waiting: WaitingWork, count_name: str) -> None:
        age_s = (clock() - waiting.since).total_seconds() if waiting.since else 0.0
        Gauge(name, f"Age of the oldest {what}", registry=registry).set(age_s)
        Gauge(count_name, f"Number of {what}s, 10000 for more", registry=registry).set(waiting.count)

    show("helpo_oldest_unserved_event_seconds", "event not served", backlog.events, "helpo_open_events")
    show("helpo_oldest_unsent_row_seconds", "outbox row not sent", backlog.rows, "helpo_open_outbox_rows")
    show("helpo_longest_wait_seconds", "wait for a person", backlog.threads, "helpo_waiting_threads")
    return generate_latest(registry)


@asynccontextmanager
async def private_metrics(settings: Settings) -> AsyncIterator[None]:
    """Serve this process's counters on `HELPO_METRICS_BIND`, if set; for processes without a door.

    Raises:
        CannotListen: the address is taken.
    """
    if settings.metrics_bind is None:
        yield
        return

    async def show(_request: web.Request) -> web.Response:
        return metrics_response()

    app = web.Application(middlewares=[plain_bodies])
    app.router.add_get("/metrics", show)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await Door(runner, *split_bind(settings.metrics_bind), most=MOST_SCRAPERS).start()
        yield
    finally:
        await runner.cleanup()
