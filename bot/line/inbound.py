"""Read a stored event for the talk; missing and unknown fields are empty, never an error."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.line.limits import clean

Json = Mapping[str, Any]


class InboundKind(StrEnum):
    """What a resident did."""

    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    FILE = "file"
    LOCATION = "location"
    STICKER = "sticker"
    POSTBACK = "postback"
    FOLLOW = "follow"
    UNFOLLOW = "unfollow"
    UNSEND = "unsend"
    OTHER = "other"


_MESSAGES = {
    k.value: k
    for k in (
        InboundKind.TEXT,
        InboundKind.IMAGE,
        InboundKind.VIDEO,
        InboundKind.AUDIO,
        InboundKind.FILE,
        InboundKind.LOCATION,
        InboundKind.STICKER,
    )
}
_EVENTS = {
    k.value: k for k in (InboundKind.POSTBACK, InboundKind.FOLLOW, InboundKind.UNFOLLOW, InboundKind.UNSEND)
}
MEDIA_KINDS = frozenset({InboundKind.IMAGE, InboundKind.VIDEO, InboundKind.AUDIO, InboundKind.FILE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """One event. Texts are clean Unicode; degrees are WGS 84; `duration_ms` is of a voice or video."""

    kind: InboundKind
    line_message_id: str = ""
    mark_as_read_token: str = ""
    text: str = ""
    data: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    latitude: float | None = None
    longitude: float | None = None
    title: str = ""
    address: str = ""
    file_name: str = ""
    file_size: int = 0
    duration_ms: int = 0
    keywords: tuple[str, ...] = ()
    quoted_message_id: str = ""
    unsent_message_id: str = ""
    is_unblocked: bool = False
    is_at_line: bool = True

    @property
    def spoken(self) -> str:
        """The words that a resident wrote or chose: of a text, a sticker, a place."""
        return self.text or (self.title if self.kind is InboundKind.LOCATION else "")

    @property
    def heard_as(self) -> InboundKind:
        """The kind it is understood as: the words on a sticker are the resident's, as those of a text."""
        has_words = self.kind is InboundKind.STICKER and self.text.strip()
        return InboundKind.TEXT if has_words else self.kind

    @property
    def has_media(self) -> bool:
        """Whether there is a file to fetch; files stored elsewhere than at LINE are not fetched."""
        return self.kind in MEDIA_KINDS and self.is_at_line and bool(self.line_message_id)


def parse_event(raw: object) -> Inbound:
    """Read a stored event, of any shape."""
    event = raw if isinstance(raw, Mapping) else {}
    if event.get("type") == "message":
        return _message(_object(event, "message"))
    kind = _EVENTS.get(_text(event, "type"), InboundKind.OTHER)
    postback = _object(event, "postback")
    return Inbound(
        kind=kind,
        data=_text(postback, "data"),
        params={str(k): clean(v) for k, v in _object(postback, "params").items() if isinstance(v, str)},
        unsent_message_id=_text(_object(event, "unsend"), "messageId"),
        is_unblocked=_object(event, "follow").get("isUnblocked") is True,
    )


def _message(message: Json) -> Inbound:
    latitude, longitude = _degrees(message, "latitude", 90), _degrees(message, "longitude", 180)
    kind = _MESSAGES.get(_text(message, "type"), InboundKind.OTHER)
    if kind is InboundKind.LOCATION and (latitude is None or longitude is None):
        kind = InboundKind.OTHER
    if kind is InboundKind.TEXT and not _text(message, "text").strip():
        kind = InboundKind.OTHER
    keywords = message.get("keywords")
    return Inbound(
        kind=kind,
        line_message_id=_text(message, "id"),
        mark_as_read_token=_text(message, "markAsReadToken"),
        text=_text(message, "text"),
        latitude=latitude,
        longitude=longitude,
        title=_text(message, "title"),
        address=_text(message, "address"),
        file_name=_text(message, "fileName"),
        file_size=_number(message, "fileSize"),
        duration_ms=_number(message, "duration"),
        keywords=tuple(clean(k) for k in keywords if isinstance(k, str))
        if isinstance(keywords, list)
        else (),
        quoted_message_id=_text(message, "quotedMessageId"),
        is_at_line=_text(_object(message, "contentProvider"), "type") in ("", "line"),
    )


def _object(parent: Json, key: str) -> Json:
    value = parent.get(key)
    return value if isinstance(value, Mapping) else {}


def _text(parent: Json, key: str) -> str:
    value = parent.get(key)
    return clean(value) if isinstance(value, str) else ""


def _number(parent: Json, key: str) -> int:
    value = parent.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _degrees(parent: Json, key: str, most: int) -> float | None:
    value = parent.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= most:
        return None
    return float(value)
