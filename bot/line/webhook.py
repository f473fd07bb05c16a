"""Serve `POST /line/{municipality}/webhook`: check and store LINE's events, then answer 200.

Nothing else happens in the request: LINE wants the answer within 2 s. Answers: 404 no such city, 413 longer
than any webhook of LINE, 408 the body does not come, 401 not signed by LINE, 400 not a webhook or one for
another channel, 503 not stored (with redelivery switched on LINE sends it again), 200 stored.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientPayloadError, web
from aiohttp.http_exceptions import HttpProcessingError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.line.events import read_event
from bot.line.intake import Intake
from bot.line.signature import HEADER, is_signed
from core import metrics
from core.clock import Clock
from core.crypto import KeyRing, Unreadable
from core.live import WAKE_INBOUND, Signals
from core.logging import get_logger
from core.municipalities import ChannelSecrets

log = get_logger()

# A webhook holds a few events of some kilobytes; LINE states no limit.
MOST_BYTES = 1024 * 1024
BODY_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeDeps:
    """What the webhook needs; `bot_user_ids` holds the channels' own user ids as far as they are known."""

    engine: AsyncEngine
    ring: KeyRing
    channels: Mapping[str, ChannelSecrets]
    default_municipality: str
    clock: Clock
    signals: Signals
    bot_user_ids: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """A request that is not a webhook we take; `status` is the HTTP answer."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def make_intake(deps: IntakeDeps) -> list[web.RouteDef]:
    """Return the routes of the webhook."""
    webhook = Webhook(deps)
    return [
        web.post("/line/webhook", webhook.receive),
        web.post("/line/{municipality}/webhook", webhook.receive),
    ]


class Webhook:
    """The webhook of all channels of this installation."""

    def __init__(self, deps: IntakeDeps) -> None:
        self._deps = deps
        self._intake = Intake(deps.engine, deps.ring)

    async def receive(self, request: web.Request) -> web.Response:
        """Check, store and answer the webhook; wake the worker after the answer is sent."""
        municipality_id = request.match_info.get("municipality", self._deps.default_municipality)
        try:
            events = await self._checked_events(request, municipality_id)
            if events:
                await self._store(municipality_id, events)
        except Refused as refusal:
            metrics.WEBHOOKS_REFUSED.labels(refusal.reason).inc()
            log.warning(
                "webhook_refused",
                # The path comes from a stranger and is not logged.
                municipality_id=municipality_id if municipality_id in self._deps.channels else "unknown",
                status=refusal.status,
                reason=refusal.reason,
            )
            return web.Response(status=refusal.status)
        return web.Response()

    async def _checked_events(self, request: web.Request, municipality_id: str) -> list[Any]:
        channel = self._deps.channels.get(municipality_id)
        if channel is None:
            raise Refused(404, "unknown_municipality")
        signature = request.headers.get(HEADER, "")
        body = await _read(request)
        if not is_signed(channel.secret, body, signature):
            raise Refused(401, "signature")
        return _events(body, self._deps.bot_user_ids.get(municipality_id))

    async def _store(self, municipality_id: str, events: list[Any]) -> None:
        now = self._deps.clock()
        try:
            await self._intake.store(municipality_id, [read_event(raw, now) for raw in events], now)
        except (SQLAlchemyError, TimeoutError, Unreadable) as exc:
            log.error("webhook_not_stored", municipality_id=municipality_id, error=type(exc).__name__)  # noqa: TRY400 - the error's words quote parameters
            raise Refused(503, "not_stored") from None
        metrics.EVENTS_STORED.inc(len(events))
        asyncio.get_running_loop().call_soon(self._deps.signals.send, WAKE_INBOUND)


async def _read(request: web.Request) -> bytes:
    """Read the body, at most `MOST_BYTES` of it."""
    if (request.content_length or 0) > MOST_BYTES:
        raise Refused(413, "too_long")
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            while chunk := await request.content.readany():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise Refused(413, "too_long")
    except TimeoutError:
        raise Refused(408, "body_did_not_come") from None
    except (ClientPayloadError, web.RequestPayloadError, HttpProcessingError):
        raise Refused(400, "unreadable_body") from None
    return bytes(body)


def _events(body: bytes, bot_user_id: str | None) -> list[Any]:
    try:
        webhook = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused(400, "not_json") from None
    if not isinstance(webhook, dict) or not isinstance(webhook.get("events"), list):
        raise Refused(400, "not_a_webhook")
    if bot_user_id is not None and webhook.get("destination") != bot_user_id:
        raise Refused(400, "destination")
    events: list[Any] = webhook["events"]
    return events
