"""Read a talk as lines for staff: one for each utterance, with the delivery of our own words."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.crypto import DataKey, Unreadable
from core.db.tables import Media, MediaStatus, Outbox, OutboxStatus, Speaker, Utterance
from core.media import FILE_NAME
from core.messages import Button, Card, Carousel, Choices, Message, Picture, Text, load
from core.outside_text import FileName, file_name
from core.talk import open_words
from handoff.store import NOT_SAID

# Characters of a quoted message that are shown: enough to recognise it.
QUOTED_CHARACTERS = 40
OPEN = frozenset({OutboxStatus.QUEUED.value, OutboxStatus.SENDING.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptMessage:
    """One message of a line."""

    title: str = ""
    paragraphs: tuple[str, ...] = ()
    rows: tuple[tuple[str, str], ...] = ()
    buttons: tuple[str, ...] = ()
    note: str = ""
    tone: str = ""
    media_id: str = ""
    alt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that came with a line."""

    id: str
    kind: str
    status: str
    name: FileName
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedLine:
    """What a line quotes: who said it and its first words; unknown, without a speaker, when we do not have it."""

    speaker: str = ""
    kind: str = ""
    words: str = ""
    is_unsent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptLine:
    """One utterance. `delivery` is a wording key under `delivery`, for our own words only."""

    id: int
    version: int
    speaker: str
    kind: str
    who: str
    at: datetime
    is_late: bool
    is_unsent: bool
    is_unsettled: bool
    fields: dict[str, Any]
    parts: tuple[TranscriptMessage, ...] = ()
    file: File | None = None
    quote: QuotedLine | None = None
    delivery: str = ""
    possibly_doubled: bool = False
    # Our words said again, more plainly, after LINE had refused them.
    is_said_again: bool = False
    is_unreadable: bool = False

    @property
    def is_event(self) -> bool:
        """Whether it is an event rather than something said."""
        return self.speaker == Speaker.SYSTEM.value or self.kind in NOT_SAID


def read_line(
    key: DataKey | None,
    said: Utterance,
    sent: Outbox | None,
    media: Media | None,
    staff_name: str | None,
    quoted: Utterance | None = None,
    quoted_row: Outbox | None = None,
) -> TranscriptLine:
    """Open one utterance; an unsent one, and one that cannot be opened, show nothing of their content."""
    opened = _opened(key, said, sent)
    fields = opened or {}
    is_unsent = said.unsent_at is not None
    file = _file(key, media) if media and not is_unsent else None
    return TranscriptLine(
        id=said.id,
        version=said.version,
        speaker=said.speaker,
        kind=said.kind,
        who=staff_name or "",
        at=said.said_at,
        is_late=said.is_late,
        is_unsent=is_unsent,
        is_unsettled=bool((sent and sent.status in OPEN) or (file and file.status == MediaStatus.PENDING)),
        fields=fields,
        parts=() if is_unsent else _parts(fields),
        file=file,
        quote=_quote(key, quoted, quoted_row) if fields.get("quotes") else None,
        delivery=_delivery(sent) if sent else "",
        possibly_doubled=bool(sent and sent.possibly_doubled),
        is_said_again=bool(sent and sent.replaces_id),
        is_unreadable=opened is None,
    )


def _opened(key: DataKey | None, said: Utterance, sent: Outbox | None) -> dict[str, Any] | None:
    """Return an utterance's body (`core.talk.open_words`); None when it cannot be opened."""
    if key is None:
        return None if said.unsent_at is None else {}
    try:
        return open_words(key, said, sent)
    except Unreadable:
        return None


def _quote(key: DataKey | None, quoted: Utterance | None, row: Outbox | None) -> QuotedLine:
    """Read the first words of what is quoted where they stand: nothing of them is kept with the line."""
    if quoted is None:
        return QuotedLine()
    fields = _opened(key, quoted, row) or {}
    said = [words for part in _parts(fields) for words in (part.title, *part.paragraphs, part.alt) if words]
    first = " ".join((said[0] if said else fields.get("title", "")).split())
    words = first if len(first) <= QUOTED_CHARACTERS else f"{first[:QUOTED_CHARACTERS]}…"
    return QuotedLine(
        speaker=quoted.speaker, kind=quoted.kind, words=words, is_unsent=quoted.unsent_at is not None
    )


def _file(key: DataKey | None, media: Media) -> File:
    name = ""
    if key and media.file_name:
        with suppress(Unreadable):
            name = key.open(media.file_name, FILE_NAME).decode()
    return File(id=str(media.id), kind=media.kind, status=media.status, name=file_name(name), size=media.size)


def _delivery(sent: Outbox) -> str:
    if sent.status == OutboxStatus.SENT.value:
        return f"sent_{sent.via}" if sent.via else "sent"
    return sent.status


def _parts(fields: dict[str, Any]) -> tuple[TranscriptMessage, ...]:
    if "messages" in fields:
        return tuple(part for message in load(fields["messages"]) for part in _of_message(message))
    text = fields.get("text", "")
    return (TranscriptMessage(paragraphs=(text,)),) if text else ()


def _labels(actions: Sequence[Button]) -> tuple[str, ...]:
    return tuple(action.label for action in actions)


def _of_message(message: Message) -> tuple[TranscriptMessage, ...]:
    quick = _labels(message.quick)
    match message:
        case Text(text=text):
            return (TranscriptMessage(paragraphs=(text,), buttons=quick),)
        case Choices(text=text, options=options):
            return (TranscriptMessage(paragraphs=(text,), buttons=_labels(options) + quick),)
        case Card():
            return (_card(message, quick),)
        case Carousel(cards=cards):
            return tuple(_card(card, ()) for card in cards)
        case Picture(media_id=media_id, alt=alt):
            return (TranscriptMessage(media_id=media_id, alt=alt, buttons=quick),)


def _card(card: Card, quick: tuple[str, ...]) -> TranscriptMessage:
    return TranscriptMessage(
        title=card.title,
        paragraphs=card.body,
        rows=tuple((row.label, row.value) for row in card.rows),
        buttons=_labels(card.actions) + quick,
        note=card.note,
        tone=card.tone.value,
    )
