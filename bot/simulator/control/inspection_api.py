"""Serve `/api/requests`, `/api/counters`, `/api/faults`, `/api/webhooks` to tests and tools."""

import base64
import binascii
from typing import Any

from aiohttp import web

from bot.simulator.config import Channel
from bot.simulator.control.misuse import Misuse, json_object, number
from bot.simulator.platform import Platform
from bot.simulator.signature import sign


class Judge:
    """Handlers for tests and tools."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def routes(self) -> list[web.RouteDef]:
        """Return the paths."""
        return [
            web.get("/api/requests", self.requests),
            web.get("/api/counters", self.counters),
            web.get("/api/faults", self.show_faults),
            web.post("/api/faults", self.add_faults),
            web.delete("/api/faults", self.clear_faults),
            web.post("/api/webhooks", self.post_webhook),
        ]

    async def requests(self, request: web.Request) -> web.Response:
        """GET /api/requests?after=N&path=push&status=429&resident=U…&limit=200 → the last calls, oldest first.

        Each: `n, at, method, path, operation, municipality, status` (0: connection dropped on purpose),
        `request_id, retry_key, residents, body, answer, fault`.
        """
        status = request.query.get("status")
        if status is not None and not status.isdigit():
            raise Misuse(400, "status is not a number")
        after, limit = int(number(request, "after", 0, 1e12)), int(number(request, "limit", 200, 5_000))
        found = self._platform.journal.find(
            after,
            request.query.get("path", ""),
            int(status) if status else None,
            request.query.get("resident", ""),
        )
        return web.json_response([call.dump() for call in list(found)[-limit:]])

    async def counters(self, _request: web.Request) -> web.Response:
        """GET /api/counters → figures since the start."""
        return web.json_response(self._platform.counters())

    async def show_faults(self, _request: web.Request) -> web.Response:
        """GET /api/faults → the faults in force."""
        return web.json_response(self._in_force())

    async def add_faults(self, request: web.Request) -> web.Response:
        """POST /api/faults: one fault (see `faults`), or `{"faults": [...]}` with several."""
        body = await json_object(request)
        scripts = body["faults"] if isinstance(body.get("faults"), list) else [body]
        for script in scripts:
            self._add(script)
        return web.json_response(self._in_force())

    async def clear_faults(self, _request: web.Request) -> web.Response:
        """DELETE /api/faults: ends all faults; the quota is the configured one again."""
        self._platform.faults.clear()
        self._platform.quota.monthly_limit = self._platform.config.monthly_quota
        return web.json_response(self._in_force())

    async def post_webhook(self, request: web.Request) -> web.Response:
        """POST /api/webhooks {"municipality"?, …}: one webhook by hand.

        With `events` (full event objects, of any residents) it is signed and redelivered like others and
        answered `{"events": n}`. With `body` (text) or `body_base64` these bytes are POSTed once, signed
        unless `signature` says otherwise (a text: sent as it is; null: none), and `{"status": n}` returned,
        0 when the bot did not answer.
        """
        body = await json_object(request)
        channel = self._channel(body.get("municipality"))
        if "events" in body:
            events = body["events"]
            if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
                raise Misuse(400, "events is not a list of objects")
            self._platform.courier.deliver_together(channel, events)
            return web.json_response({"events": len(events)})
        raw = _raw(body)
        signature = body.get("signature", sign(channel.secret, raw))
        return web.json_response({"status": await self._platform.courier.post_raw(channel, raw, signature)})

    def _add(self, script: Any) -> None:  # noqa: ANN401 - JSON from outside
        if not isinstance(script, dict):
            raise Misuse(400, "a fault is a JSON object")
        try:
            quota = None if script.get("quota") is None else int(script["quota"])
            self._platform.faults.add(script)
        except (ValueError, TypeError) as error:
            raise Misuse(400, str(error)) from error
        if "quota" in script:
            self._platform.quota.monthly_limit = quota

    def _in_force(self) -> dict[str, Any]:
        return {**self._platform.faults.dump(), "quota": self._platform.quota.monthly_limit}

    def _channel(self, municipality: object) -> Channel:
        known = self._platform.channels
        channel = known.get(str(municipality)) if municipality else next(iter(known.values()))
        if channel is None:
            raise Misuse(404, "no such municipality", known=list(known))
        return channel


def _raw(body: dict[str, Any]) -> bytes:
    if isinstance(body.get("body"), str):
        return str(body["body"]).encode()
    try:
        return base64.b64decode(body["body_base64"], validate=True)
    except (KeyError, TypeError, binascii.Error) as error:
        raise Misuse(400, "events, body or body_base64 is missing") from error
