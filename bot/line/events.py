"""Read one webhook event as far as it must be known to store it.

LINE may add event types, enum values and fields without notice ("Assume non-breaking changes"), so nothing
here refuses an event: what cannot be used is left out, and the whole event is kept as it came.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]

GROUP_PREFIX = "group."
ODD_KIND = "odd"
STANDBY = "standby"

_PRINTABLE = re.compile(r"[!-~]{1,100}")
_USER_ID = re.compile(r"[!-~]{1,64}")
_WORD = re.compile(r"[A-Za-z0-9_-]{1,40}")
# LINE started in 2011: an earlier time is invalid.
_EARLIEST_MS = 1_293_840_000_000
# Our clock may be behind LINE's; a timestamp further ahead is wrong and would spoil the order of the talk.
_AHEAD = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ReceivedEvent:
    """The values for an event's row; `payload` is JSON, not yet sealed."""

    webhook_event_id: str
    line_user_id: str | None
    kind: str
    payload: bytes
    occurred_at: datetime
    reply_token: str | None
    is_standby: bool
    is_redelivery: bool


def read_event(raw: object, received_at: datetime) -> ReceivedEvent:
    """Read one element of `events`, of any shape."""
    event = raw if isinstance(raw, dict) else {"odd": raw}
    source = _object(event, "source")
    in_group = is_group(source)
    return ReceivedEvent(
        webhook_event_id=_event_id(event),
        line_user_id=None if in_group else _user_id(source),
        kind=(GROUP_PREFIX if in_group else "") + _kind(event),
        payload=_payload(event),
        occurred_at=_occurred_at(event, received_at),
        reply_token=None if in_group else _reply_token(event),
        is_standby=event.get("mode") == STANDBY,
        is_redelivery=_object(event, "deliveryContext").get("isRedelivery") is True,
    )


def is_group(source: Json) -> bool:
    """Whether an event's source is a group or a room."""
    return source.get("type") in ("group", "room") or "groupId" in source or "roomId" in source


def _object(parent: Json, key: str) -> Json:
    value = parent.get(key)
    return value if isinstance(value, dict) else {}


def _word(value: object) -> str:
    return value if isinstance(value, str) and _WORD.fullmatch(value) else ODD_KIND


def _kind(event: Json) -> str:
    kind = _word(event.get("type"))
    return f"message.{_word(_object(event, 'message').get('type'))}" if kind == "message" else kind


def _user_id(source: Json) -> str | None:
    # An unknown kind of chat is not taken for a talk with one resident.
    if source.get("type", "user") != "user":
        return None
    value = source.get("userId")
    return value if isinstance(value, str) and _USER_ID.fullmatch(value) else None


def _reply_token(event: Json) -> str | None:
    value = event.get("replyToken")
    return value if isinstance(value, str) and _PRINTABLE.fullmatch(value) else None


def _event_id(event: Json) -> str:
    value = event.get("webhookEventId")
    if isinstance(value, str) and _PRINTABLE.fullmatch(value):
        return value
    # A redelivery differs in `deliveryContext` only, so the same event gets the same id again.
    same = {key: part for key, part in event.items() if key != "deliveryContext"}
    return "sha256-" + hashlib.sha256(_dumped(same, sort_keys=True)).hexdigest()


def _payload(event: Json) -> bytes:
    return _dumped(event)


def _dumped(event: Json, *, sort_keys: bool = False) -> bytes:
    text = json.dumps(event, ensure_ascii=False, separators=(",", ":"), sort_keys=sort_keys)
    # `json.loads` reads half a surrogate pair back from such bytes; strict UTF-8 would lose the event.
    return text.encode(errors="surrogatepass")


def _occurred_at(event: Json, received_at: datetime) -> datetime:
    value = event.get("timestamp")
    if not isinstance(value, int) or isinstance(value, bool):
        return received_at
    latest_ms = int((received_at + _AHEAD).timestamp() * 1000)
    if not _EARLIEST_MS <= value <= latest_ms:
        return received_at
    return datetime.fromtimestamp(value / 1000, tz=UTC)
