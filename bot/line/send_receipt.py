"""Read what LINE returns for messages it accepted."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.line.refusal import REQUEST_ID

ACCEPTED_REQUEST_ID = "x-line-accepted-request-id"


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A sent message as LINE identifies it; stickers and some others have no quote token."""

    id: str
    quote_token: str | None


@dataclass(frozen=True, slots=True)
class SendReceipt:
    """LINE accepted the messages (which is not yet delivery). `was_accepted_before`: an earlier try had arrived."""

    request_id: str
    messages: tuple[SentMessage, ...]
    was_accepted_before: bool = False


def read_receipt(
    headers: Mapping[str, str], body: bytes, *, was_accepted_before: bool = False
) -> SendReceipt:
    """Read the answer to a send; missing message ids are no failure."""
    name = ACCEPTED_REQUEST_ID if was_accepted_before else REQUEST_ID
    return SendReceipt(headers.get(name, ""), tuple(_messages(body)), was_accepted_before)


def _messages(body: bytes) -> list[SentMessage]:
    try:
        sent: Any = json.loads(body)["sentMessages"]
        return [SentMessage(str(m["id"]), m.get("quoteToken")) for m in sent]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []
