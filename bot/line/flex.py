"""Build Flex parts for poor eyesight: large text that wraps and scales, buttons as wide as the card."""

import json
from collections.abc import Iterable
from typing import Any

from bot.line import limits
from bot.line.actions import is_dialable, possible_action
from bot.line.limits import clean
from bot.line.palette import BANDS, BUTTON, BUTTON_EDGE, CALL_BUTTON, INK, SOFT_INK
from core.messages import Button, Call, Card, Choices, Row, Say, SendLocation, SendPicture, Tap, Tone

Json = dict[str, Any]

# A single card may be wide; in a carousel the edge of the next card stays visible.
WIDE = "giga"
BESIDE = "mega"


def json_bytes(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Return JSON as the bytes that are sent."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def only_quick(action: Button) -> bool:
    """Whether LINE allows this button only among the quick replies."""
    return isinstance(action, SendLocation | SendPicture)


def choices_bubble(choices: Choices) -> Json:
    """Return a question with its answers below it, all of the same weight."""
    body = [words(choices.text)] if choices.text.strip() else []
    return bubble(None, body, _buttons(choices.options), WIDE)


def card_bubble(card: Card, size: str) -> Json:
    """Return a bubble for a card: a coloured band with the title, paragraphs, rows, note, buttons."""
    body = [words(p) for p in card.body if clean(p).strip()]
    body += [row for r in card.rows if (row := _row(r))]
    if clean(card.note).strip():
        body.append(words(card.note, size="sm", color=SOFT_INK))
    return bubble(_band(card.title, card.tone), body, _buttons(card.actions), size)


def bubble(header: Json | None, body: list[Json], buttons: list[Json], size: str) -> Json:
    """Return a bubble of the parts that are given."""
    made: Json = {"type": "bubble", "size": size}
    if header:
        made["header"] = header
    if body:
        made["body"] = _column(body, spacing="lg", paddingAll="20px")
    if buttons:
        made["footer"] = _column(buttons, spacing="md", paddingAll="16px")
    return made


def words(text: str, *, size: str = "lg", color: str = INK, **more: Any) -> Json:  # noqa: ANN401 - further Flex properties
    """Return text that wraps and follows the letter size set on the phone."""
    return {
        "type": "text",
        "text": clean(text).strip(),
        "size": size,
        "color": color,
        "wrap": True,
        "scaling": True,
        **more,
    }


def _band(title: str, tone: Tone) -> Json | None:
    if not clean(title).strip():
        return None
    band = BANDS[tone]
    heading = words(title, size="xl", color=band.ink, weight="bold")
    return _column([heading], backgroundColor=band.ground, paddingAll="16px")


def _row(row: Row) -> Json | None:
    lines = []
    if clean(row.label).strip():
        lines.append(words(row.label, size="sm", color=SOFT_INK, weight="bold"))
    if clean(row.value).strip():
        lines.append(words(row.value))
    return _column(lines, spacing="xs") if lines else None


def _buttons(actions: Iterable[Button]) -> list[Json]:
    return [made for action in actions if not only_quick(action) and (made := _button(action))]


def _button(action: Button) -> Json | None:
    """Return a button: a box, because LINE's own button cuts a long label instead of wrapping it.

    A button that LINE cannot take becomes text: a number to dial by hand, an answer to type. None when text
    helps nobody.
    """
    if isinstance(action, Call) and not is_dialable(action.number):
        return _unpressable(f"{action.label}　{action.number}")
    look = CALL_BUTTON if isinstance(action, Call) else BUTTON
    made = possible_action(action, limits.FLEX_LABEL)
    if made is None:
        return _unpressable(action.label) if isinstance(action, Tap | Say) else None
    label = words(made["label"], color=look.ink, weight="bold", align="center")
    edge = look.ground if isinstance(action, Call) else BUTTON_EDGE
    return _column(
        [label],
        action=made,
        backgroundColor=look.ground,
        borderColor=edge,
        borderWidth="1px",
        cornerRadius="10px",
        paddingAll="14px",
    )


def _unpressable(label: str) -> Json | None:
    return words(label, weight="bold", align="center") if clean(label).strip() else None


def _column(contents: list[Json], **more: Any) -> Json:  # noqa: ANN401 - further Flex properties
    return {"type": "box", "layout": "vertical", "contents": contents, **more}
