"""Is it alive, can residents be served, and how does it go."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

import aiohttp
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from redis.exceptions import RedisError
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from bot.app import Runtime
from core.db.tables import LineEvent, Outbox, Thread, ThreadStatus
from core.db.tables.outgoing import OPEN

CHECK_S = 1.0
# An event that nobody has begun for so long means that no worker takes them.
LATE_S = 20.0


@dataclass(frozen=True, slots=True)
class Health:
    """The pages that operators and their machines ask."""

    runtime: Runtime
    rasa: aiohttp.ClientSession

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/healthz", self.alive),
            web.get("/readyz", self.ready),
            web.get("/metrics", self.metrics),
        ]

    async def alive(self, _request: web.Request) -> web.Response:
        """This process answers."""
        return web.json_response({"status": "ok"})

    async def ready(self, _request: web.Request) -> web.Response:
        """Each part's state; 200 while residents' words are kept, which takes PostgreSQL alone."""
        checks = (self._database(), self._redis(), self._rasa(), self._worker())
        database, live, rasa, worker = await asyncio.gather(*checks)
        states = {"database": database, "redis": live, "rasa": rasa, "worker": worker}
        names = {k: "ok" if ok else "down" for k, ok in states.items()}
        return web.json_response(
            {"status": "ok" if database else "down", **names}, status=200 if database else 503
        )

    async def metrics(self, _request: web.Request) -> web.Response:
        """Figures in Prometheus's format, counted in the database at the time of asking."""
        registry = CollectorRegistry()
        async with self.runtime.sessions() as session:
            oldest = await session.scalar(
                select(func.min(LineEvent.received_at)).where(
                    LineEvent.outcome.is_(None), LineEvent.conversation_id.is_not(None)
                )
            )
            events = await session.execute(
                select(LineEvent.outcome, func.count()).group_by(LineEvent.outcome)
            )
            rows = await session.execute(
                select(Outbox.status, Outbox.via, func.count()).group_by(Outbox.status, Outbox.via)
            )
            doubled = await session.scalar(select(func.count()).where(Outbox.possibly_doubled))
            unsent = await session.scalar(select(func.min(Outbox.created_at)).where(Outbox.status.in_(OPEN)))
            waiting = await session.scalar(
                select(func.min(Thread.requested_at)).where(Thread.status == ThreadStatus.WAITING.value)
            )
        now = self.runtime.clock()
        _gauge(
            registry,
            "helpo_oldest_unserved_event_seconds",
            "Age of the oldest event not served",
            _age(oldest, now),
        )
        _gauge(
            registry,
            "helpo_oldest_unsent_row_seconds",
            "Age of the oldest outbox row not sent",
            _age(unsent, now),
        )
        _gauge(registry, "helpo_longest_wait_seconds", "Longest wait for a person", _age(waiting, now))
        _gauge(
            registry, "helpo_possibly_doubled", "Messages that may have arrived twice", float(doubled or 0)
        )
        by_outcome = Gauge("helpo_events", "Events by outcome", ["outcome"], registry=registry)
        for outcome, count in events:
            by_outcome.labels(outcome or "pending").set(count)
        by_status = Gauge(
            "helpo_outbox", "Outbox rows by status and way", ["status", "via"], registry=registry
        )
        for status, via, count in rows:
            by_status.labels(status, via or "none").set(count)
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _database(self) -> bool:
        try:
            async with asyncio.timeout(CHECK_S), self.runtime.engine.connect() as connection:
                await connection.execute(text("select 1"))
        except (SQLAlchemyError, OSError, TimeoutError):
            return False
        return True

    async def _worker(self) -> bool:
        """Whether events are being served: the worker has no door of its own to knock at."""
        due = self.runtime.clock() - timedelta(seconds=LATE_S)
        late = select(LineEvent.id).where(
            LineEvent.outcome.is_(None),
            LineEvent.conversation_id.is_not(None),
            LineEvent.attempts == 0,
            LineEvent.next_attempt_at < due,
        )
        try:
            async with asyncio.timeout(CHECK_S), self.runtime.sessions() as session:
                return not await session.scalar(select(late.exists()))
        except (SQLAlchemyError, OSError, TimeoutError):
            return False

    async def _redis(self) -> bool:
        try:
            async with asyncio.timeout(CHECK_S):
                await self.runtime.redis.ping()
        except (RedisError, OSError, TimeoutError):
            return False
        return True

    async def _rasa(self) -> bool:
        settings = self.runtime.settings
        params = {"token": settings.rasa_token.get_secret_value()}
        try:
            async with (
                asyncio.timeout(CHECK_S),
                self.rasa.get(settings.rasa_url.rstrip("/") + "/status", params=params) as answer,
            ):
                return answer.status == 200  # noqa: PLR2004
        except (aiohttp.ClientError, OSError, TimeoutError):
            return False


def _age(since: datetime | None, now: datetime) -> float:
    return (now - since).total_seconds() if since else 0.0


def _gauge(registry: CollectorRegistry, name: str, about: str, value: float) -> None:
    Gauge(name, about, registry=registry).set(value)
