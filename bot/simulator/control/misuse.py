"""Refuse requests to the simulator's own API that cannot be carried out."""

import json
from typing import Any

from aiohttp import web


class Misuse(Exception):
    """Answered with `status` and `{"error": ...}`; nothing was changed."""

    def __init__(self, status: int, error: str, **extra: object) -> None:
        super().__init__(error)
        self.status = status
        self.body = {"error": error, **extra}

    def response(self) -> web.Response:
        """Return the HTTP answer."""
        return web.json_response(self.body, status=self.status)


async def json_object(request: web.Request) -> dict[str, Any]:
    """Return the request's JSON object; an empty body is an empty object."""
    raw = await request.read()
    try:
        parsed = json.loads(raw) if raw else {}
    except ValueError as error:
        raise Misuse(400, "the body is not JSON") from error
    if not isinstance(parsed, dict):
        raise Misuse(400, "the body is not a JSON object")
    return parsed


def number(request: web.Request, name: str, default: float, most: float) -> float:
    """Return a query parameter between 0 and `most`."""
    try:
        value = float(request.query.get(name, default))
    except ValueError as error:
        raise Misuse(400, f"{name} is not a number") from error
    return min(max(value, 0.0), most)
