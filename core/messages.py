"""Channel-neutral messages: what to say; surfaces render them.

Everything here is a frozen value that goes through JSON unchanged (`dump`, `load`).
"""

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl, urlencode


class Tone(StrEnum):
    """The colour family of a card; the words on the card always say the same."""

    PLAIN = "plain"
    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    GREEN = "green"
    WHITE = "white"


@dataclass(frozen=True, slots=True)
class Tap:
    """A button that answers a question; `data` names flow, instance and question (see `Answer`)."""

    label: str
    data: str
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Say:
    """A button that writes `text` as if the resident had typed it."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A button that dials `number`."""

    label: str
    number: str


@dataclass(frozen=True, slots=True)
class Open:
    """A button that opens a page."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class SendLocation:
    """A button that lets the resident pick a place on a map."""

    label: str


@dataclass(frozen=True, slots=True)
class SendPicture:
    """A button that opens the camera roll."""

    label: str


Button = Tap | Say | Call | Open | SendLocation | SendPicture


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to choose from: `value` is what it means, `label` what a resident reads. Not stored.

    `is_none`: it is the "none of these" of a list, so 「特にありません」 means it.
    """

    value: str
    label: str
    is_none: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A labelled line of a card."""

    label: str
    value: str = ""  # an empty value is not stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Plain words; a surface splits what is too long for it at sentence ends."""

    text: str
    quick: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """One question with its answers as large buttons."""

    text: str
    options: tuple[Button, ...]
    quick: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A titled block: paragraphs, labelled rows, buttons, and a small note at the end."""

    title: str
    body: tuple[str, ...] = ()
    tone: Tone = Tone.PLAIN
    rows: tuple[Row, ...] = ()
    actions: tuple[Button, ...] = ()
    note: str = ""
    quick: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Carousel:
    """Cards side by side, at most twelve."""

    cards: tuple[Card, ...]
    quick: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A stored picture; `alt` says in words what it is."""

    media_id: str
    alt: str
    quick: tuple[Button, ...] = ()


Message = Text | Choices | Card | Carousel | Picture

_TYPES: dict[str, type] = {
    t.__name__: t
    for t in (Tap, Say, Call, Open, SendLocation, SendPicture, Row, Text, Choices, Card, Carousel, Picture)
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tap means: the answer `value` to `question` of one `instance` of `flow`."""

    flow: str
    instance: str
    question: str
    value: str

    def data(self) -> str:
        """Return the postback data of the button."""
        return urlencode({"f": self.flow, "i": self.instance, "q": self.question, "v": self.value})

    @classmethod
    def parse(cls, data: str) -> "Answer | None":
        """Read postback data; None when it is not one of our buttons."""
        found = dict(parse_qsl(data, keep_blank_values=True))
        if not {"f", "q"} <= found.keys():
            return None
        return cls(found["f"], found.get("i", ""), found["q"], found.get("v", ""))


def _to_json(value: Any) -> Any:  # noqa: ANN401 - walks any of our values
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f: _to_json(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {"type": type(value).__name__} | {
            f.name: v for f, v in fields.items() if v not in ("", []) or f.default is dataclasses.MISSING
        }
    if isinstance(value, tuple):
        return [_to_json(v) for v in value]
    return value


def _from_json(value: Any) -> Any:  # noqa: ANN401 - the inverse of _to_json
    if isinstance(value, dict):
        fields = {k: _from_json(v) for k, v in value.items() if k != "type"}
        if "tone" in fields:
            fields["tone"] = Tone(fields["tone"])
        return _TYPES[value["type"]](**fields)
    if isinstance(value, list):
        return tuple(_from_json(v) for v in value)
    return value


def dump(messages: Iterable[Message]) -> list[dict[str, Any]]:
    """Return messages as JSON values.

    A message, and each of its parts, is `{"type": <class name>, <field>: …}`; empty fields with a default are
    left out.
    """
    return [_to_json(m) for m in messages]


def load(values: Sequence[dict[str, Any]]) -> tuple[Message, ...]:
    """Return the messages that `dump` wrote."""
    return tuple(_from_json(v) for v in values)


def actions_of(message: Message) -> tuple[Button, ...]:
    """Return all buttons of a message, quick replies included."""
    match message:
        case Choices(options=options):
            own = options
        case Card(actions=actions):
            own = actions
        case Carousel(cards=cards):
            own = tuple(action for card in cards for action in actions_of(card))
        case _:
            own = ()
    return (*own, *message.quick)


def plain_text(message: Message) -> str:
    """Return all words of a message in reading order: for the inbox, search and read-aloud."""
    match message:
        case Text(text=text):
            return text
        case Choices(text=text, options=options):
            return "\n".join([text, "（" + "／".join(o.label for o in options) + "）"])
        case Card():
            rows = [f"{r.label}：{r.value}" for r in message.rows]
            return "\n".join(filter(None, [message.title, *message.body, *rows, message.note]))
        case Carousel(cards=cards):
            return "\n\n".join(plain_text(c) for c in cards)
        case Picture(alt=alt):
            return alt


def in_words(message: Message) -> str:
    """Return a message as words where no button can be pressed, with each number to dial by hand."""
    if isinstance(message, Carousel):
        return "\n\n".join(in_words(card) for card in message.cards)
    numbers = [f"{a.label} {a.number}" for a in actions_of(message) if isinstance(a, Call)]
    return "\n".join([plain_text(message), *numbers]).strip()
