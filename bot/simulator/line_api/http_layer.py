"""Serve the API side over HTTP: authorisation, limits, scripted faults, the journal."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web

from bot.simulator import ids
from bot.simulator.config import Channel
from bot.simulator.faults import CallFault
from bot.simulator.journal import Received
from bot.simulator.line_api import account, content, rich_menu, sending
from bot.simulator.line_api.call import ApiAnswer, ApiCall, Endpoint
from bot.simulator.platform import Platform
from bot.simulator.refusal import (
    Refusal,
    not_found,
    not_json,
    too_fast,
    too_large,
    unauthorised,
    wrong_media_type,
)

RETRY_KEY = "X-Line-Retry-Key"
BODY_LIMIT = 2 * 1024 * 1024
ENDPOINTS: tuple[Endpoint, ...] = (
    *sending.ENDPOINTS,
    *account.ENDPOINTS,
    *content.ENDPOINTS,
    *rich_menu.ENDPOINTS,
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


_RESIDENTS_KEPT = 20
# Refusals that a careful bot meets too: a friend who left, a request repeated on purpose, unsent content.
_EXPECTED = frozenset({404, 409, 410})


class _Dropped(Exception):
    """The connection is to be cut without an answer."""


class Edge:
    """Turns requests into calls and answers back into responses."""

    def __init__(self, platform: Platform, closing: asyncio.Event) -> None:
        self._platform = platform
        self._closing = closing

    def routes(self) -> list[web.RouteDef]:
        """Return LINE's paths; other paths below them are refused as LINE refuses them."""
        known = [web.route(e.method, e.path, self._handler(e)) for e in ENDPOINTS]
        unknown = Endpoint("*", "", "unknown", _unknown, takes_json=False)
        starts = ("/v2/", "/bot/", "/oauth2/", "/liff/", "/shop/")
        return known + [web.route("*", f"{start}{{tail:.*}}", self._handler(unknown)) for start in starts]

    def _handler(self, endpoint: Endpoint) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._serve(endpoint, request)

        return handle

    async def _serve(self, endpoint: Endpoint, request: web.Request) -> web.StreamResponse:
        platform = self._platform
        channel = platform.channel_of(request.headers.get("Authorization"))
        visit = _Visit(
            request, endpoint, channel, ids.request_id(), platform.journal.next_number(), platform.now()
        )
        response: web.Response | None = None
        try:
            answer = await self._answer(visit)
            visit.status, visit.told = answer.status, answer.body
            lost = visit.fault is not None and visit.fault.lose_answer
            response = None if lost else _response(answer)
        except Refusal as refusal:
            visit.status, visit.told, response = refusal.status, refusal.body, refusal.response()
            self._note(visit, refusal)
        except _Dropped:
            pass
        if response is None:
            visit.status = 0
        platform.journal.add(visit.received())
        if response is None:
            return _cut(request)
        response.headers["x-line-request-id"] = visit.request_id
        return response

    async def _answer(self, visit: "_Visit") -> ApiAnswer:
        raw = await _read(visit.request)
        visit.body = _parse(visit.endpoint, visit.request, raw)
        visit.residents = _residents(self._platform, visit.body, visit.request.match_info)
        visit.fault = self._platform.faults.take(visit.request.path, visit.residents)
        await self._before(visit.fault, visit.request)
        return visit.endpoint.act(self._platform, self._call(visit, raw))

    async def _before(self, fault: CallFault | None, request: web.Request) -> None:
        """Apply a scripted fault before the call is handled."""
        if fault is None:
            return
        if fault.delay_s > 0:
            await self._pause(fault.delay_s, request)
        if fault.never:
            await self._pause(None, request)
            raise _Dropped
        if fault.status is not None:
            body = (
                fault.body
                if isinstance(fault.body, dict)
                else {"message": str(fault.body or "scripted fault")}
            )
            refusal = Refusal(fault.status, str(body.get("message", "")))
            refusal.body = body
            raise refusal

    async def _pause(self, seconds: float | None, request: web.Request) -> None:
        """Wait, at most until the caller has gone or the simulator ends."""
        end = None if seconds is None else asyncio.get_running_loop().time() + seconds
        while not self._closing.is_set() and request.transport is not None:
            left = 0.5 if end is None else end - asyncio.get_running_loop().time()
            if left <= 0:
                return
            try:
                async with asyncio.timeout(min(left, 0.5)):
                    await self._closing.wait()
            except TimeoutError:
                continue

    def _call(self, visit: "_Visit", raw: bytes) -> ApiCall:
        platform, request, endpoint = self._platform, visit.request, visit.endpoint
        channel, now = visit.channel, platform.now()
        if channel is None:
            raise unauthorised()
        if not platform.buckets.take(channel.municipality, endpoint.operation, endpoint.rate, now):
            raise too_fast()
        retry_key = request.headers.get(RETRY_KEY)
        if retry_key is not None and not endpoint.takes_retry_key:
            raise Refusal(400, "The X-Line-Retry-Key header is not supported by this endpoint")
        return ApiCall(
            channel=channel,
            operation=endpoint.operation,
            now=now,
            request_id=visit.request_id,
            path=request.match_info,
            query=request.query,
            body=visit.body,
            raw=raw,
            content_type=request.content_type,
            retry_key=retry_key,
        )

    def _note(self, visit: "_Visit", refusal: Refusal) -> None:
        """Count a refusal; one that a careful bot would not have met is a violation."""
        tally = self._platform.tally
        tally.refused[str(refusal.status)] += 1
        scripted = visit.fault is not None and visit.fault.status is not None
        if scripted or refusal.status in _EXPECTED or refusal.body["message"] == "Invalid reply token":
            return
        tally.violation(
            "refused",
            visit.at,
            operation=visit.endpoint.operation,
            status=refusal.status,
            answer=refusal.body,
        )


@dataclass(slots=True, eq=False)
class _Visit:
    """One request while it is handled."""

    request: web.Request
    endpoint: Endpoint
    channel: Channel | None
    request_id: str
    number: int
    at: datetime
    body: dict[str, Any] = field(default_factory=dict)
    residents: list[str] = field(default_factory=list)
    fault: CallFault | None = None
    status: int = 0
    told: Any = None

    def received(self) -> Received:
        """Return the journal's entry."""
        return Received(
            n=self.number,
            at=self.at.isoformat(),
            method=self.request.method,
            path=self.request.path,
            operation=self.endpoint.operation,
            municipality=self.channel.municipality if self.channel else None,
            status=self.status,
            request_id=self.request_id,
            retry_key=self.request.headers.get(RETRY_KEY),
            residents=self.residents[:_RESIDENTS_KEPT],
            body=_shortened(self.body),
            answer=self.told,
            fault=self.fault is not None,
        )


async def _read(request: web.Request) -> bytes:
    if (request.content_length or 0) > BODY_LIMIT:
        raise too_large()
    raw = await request.read()
    if len(raw) > BODY_LIMIT:
        raise too_large()
    return raw


def _parse(endpoint: Endpoint, request: web.Request, raw: bytes) -> dict[str, Any]:
    if not endpoint.takes_json:
        return {}
    if request.content_type != "application/json":
        raise wrong_media_type()
    try:
        parsed = json.loads(raw)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise not_json(error) from error
    if not isinstance(parsed, dict):
        raise Refusal(400, "The request body could not be parsed as JSON: not an object")
    return parsed


def _residents(platform: Platform, body: dict[str, Any], path: Any) -> list[str]:  # noqa: ANN401 - a UrlMappingMatchInfo
    """Return the user ids a call is about."""
    token = platform.reply_tokens.find(body.get("replyToken"))
    media = platform.media.get(path.get("messageId", ""))
    recipients = body.get("to")
    named: list[object] = [*recipients] if isinstance(recipients, list) else [recipients]
    named += [token.user_id if token else None, body.get("chatId"), path.get("userId")]
    named.append(media.owner if media else None)
    return [user_id for user_id in named if isinstance(user_id, str)]


def _shortened(body: dict[str, Any]) -> dict[str, Any]:
    recipients = body.get("to")
    if not isinstance(recipients, list) or len(recipients) <= _RESIDENTS_KEPT:
        return body
    return {**body, "to": recipients[:_RESIDENTS_KEPT], "to_count": len(recipients)}


def _response(answer: ApiAnswer) -> web.Response:
    if answer.content is not None:
        return web.Response(body=answer.content, status=answer.status, content_type=answer.content_type)
    return web.json_response(answer.body, status=answer.status)


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


def _unknown(_platform: Platform, _call: ApiCall) -> ApiAnswer:
    raise not_found()
