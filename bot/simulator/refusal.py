"""Make LINE's refusals: status and body as its reference documents them.

LINE warns that error texts may change and that a bot must go by the status; the texts are given all the same,
because the two kinds of 429 differ only in theirs.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from aiohttp import web

from bot.simulator.validation import Violation


class Refusal(Exception):
    """An answer other than 2xx; when it is raised, nothing has changed."""

    def __init__(
        self, status: int, message: str, *, headers: Mapping[str, str] | None = None, **extra: object
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"message": message, **extra}
        self.headers = dict(headers or {})

    def response(self) -> web.Response:
        """Return the HTTP answer."""
        return web.json_response(self.body, status=self.status, headers=self.headers)


def unauthorised() -> Refusal:
    """No or an unknown channel access token."""
    return Refusal(
        401,
        "Authentication failed due to the following reason: invalid token. "
        "Confirm that the access token in the authorization header is valid.",
    )


def not_found() -> Refusal:
    """An unknown path, user, menu or content."""
    return Refusal(404, "Not found")


def too_large() -> Refusal:
    """A request body over 2 MB."""
    return Refusal(413, "Request entity too large")


def wrong_media_type() -> Refusal:
    """A JSON call with another content type."""
    return Refusal(415, "Unsupported media type")


def not_json(error: json.JSONDecodeError | UnicodeDecodeError | RecursionError) -> Refusal:
    """A body that cannot be parsed."""
    return Refusal(400, f"The request body could not be parsed as JSON: {type(error).__name__}")


def invalid(problems: Iterable[Violation]) -> Refusal:
    """Fields that LINE does not take."""
    details = [problem.dump() for problem in problems]
    if all(detail["property"].startswith("/") for detail in details):
        return Refusal(400, "A message (messages[0]) in the request body is invalid", details=details)
    return Refusal(400, f"The request body has {len(details)} error(s)", details=details)


def invalid_property(name: str) -> Refusal:
    """One property of the request, outside the messages, that has the wrong form."""
    return Refusal(400, f"The property, '{name}', in the request body is invalid (line: -, column: -)")


def invalid_reply_token() -> Refusal:
    """A reply token that is unknown, used or too old."""
    return Refusal(400, "Invalid reply token")


def failed_to_send() -> Refusal:
    """A recipient who does not exist for this channel."""
    return Refusal(400, "Failed to send messages")


def quota_spent() -> Refusal:
    """The month's messages are used up."""
    return Refusal(429, "You have reached your monthly limit.")


def too_fast() -> Refusal:
    """The endpoint's token bucket is empty."""
    return Refusal(429, "The API rate limit has been exceeded. Try again later.")


def already_accepted(accepted_request_id: str, sent: list[dict[str, str]] | None) -> Refusal:
    """A retry key that was accepted within 24 hours; for a push with what it sent."""
    extra = {} if sent is None else {"sentMessages": sent}
    return Refusal(
        409,
        "The retry key is already accepted",
        headers={"x-line-accepted-request-id": accepted_request_id},
        **extra,
    )
