"""Find the error that an answer of LINE, or its absence, means."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus

import aiohttp
from linebot.v3.messaging.exceptions import ApiException

from bot.line.errors import (
    LineError,
    LineNotReached,
    LineQuotaExceeded,
    LineRefusedMessages,
    LineRejected,
    LineThrottled,
    LineUnauthorised,
    LineUnavailable,
)

REQUEST_ID = "x-line-request-id"
QUOTA_WORDS = "monthly limit"


def error_for(status: int, headers: Mapping[str, str], body: bytes | str) -> LineError:
    """Return the error of a non-2xx answer; only the properties LINE objects to are quoted, never our words."""
    kind = _kind(status, body)
    reason = f"LINE answered {status}" + (f" about {about}" if (about := _properties(body)) else "")
    return kind(reason, status=status, request_id=headers.get(REQUEST_ID, ""))


def _kind(status: int, body: bytes | str) -> type[LineError]:
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return LineUnauthorised
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return LineQuotaExceeded if QUOTA_WORDS in _message(body).lower() else LineThrottled
    if status == HTTPStatus.BAD_REQUEST and _properties(body):
        return LineRefusedMessages
    return (
        LineRejected
        if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
        else LineUnavailable
    )


def _parsed(body: bytes | str) -> dict[str, object]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _message(body: bytes | str) -> str:
    return str(_parsed(body).get("message", ""))


def _properties(body: bytes | str) -> str:
    details = _parsed(body).get("details")
    named = [d.get("property") for d in details if isinstance(d, dict)] if isinstance(details, list) else []
    return ", ".join(str(name)[:60] for name in named[:5] if name)


@contextmanager
def typed_failures() -> Iterator[None]:
    """Raise our errors for what the connection and the SDK raise."""
    try:
        yield
    except ApiException as exc:
        raise error_for(exc.status, exc.headers or {}, exc.body or b"") from None
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as exc:
        raise LineNotReached(f"no connection to LINE: {type(exc).__name__}") from None
    except (aiohttp.ClientError, TimeoutError, OSError) as exc:
        raise LineUnavailable(f"no answer from LINE: {type(exc).__name__}") from None
