"""Check actions: what a button, a quick reply or a tappable area does."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from linebot.v3.messaging import models
from pydantic.v1 import BaseModel

from bot.simulator.validation.address import check_link
from bot.simulator.validation.counting import grapheme_length, utf16_length
from bot.simulator.validation.problem import Node, Violation, at_most, check_model, join, required


@dataclass(frozen=True, slots=True)
class ActionSlot:
    """Where an action stands: how long its label may be, whether it needs one, what it may do."""

    name: str
    label_limit: int
    label_required: bool
    forbidden: frozenset[str]


_QUICK_REPLY_ONLY = frozenset({"camera", "cameraRoll", "location"})
_MENU_ONLY = frozenset({"richmenuswitch"})

QUICK_REPLY = ActionSlot("quick reply", 20, label_required=True, forbidden=_MENU_ONLY)
TEMPLATE = ActionSlot("template", 20, label_required=True, forbidden=_QUICK_REPLY_ONLY | _MENU_ONLY)
TEMPLATE_DEFAULT = ActionSlot("template", 20, label_required=False, forbidden=_QUICK_REPLY_ONLY | _MENU_ONLY)
IMAGE_COLUMN = ActionSlot(
    "image carousel", 12, label_required=False, forbidden=_QUICK_REPLY_ONLY | _MENU_ONLY
)
FLEX_BUTTON = ActionSlot("flex", 40, label_required=True, forbidden=_QUICK_REPLY_ONLY | _MENU_ONLY)
FLEX_AREA = ActionSlot("flex", 40, label_required=False, forbidden=_QUICK_REPLY_ONLY | _MENU_ONLY)
RICH_MENU = ActionSlot("rich menu", 20, label_required=False, forbidden=_QUICK_REPLY_ONLY)

_MODELS: dict[str, type[BaseModel]] = {
    "postback": models.PostbackAction,
    "message": models.MessageAction,
    "uri": models.URIAction,
    "datetimepicker": models.DatetimePickerAction,
    "camera": models.CameraAction,
    "cameraRoll": models.CameraRollAction,
    "location": models.LocationAction,
    "richmenuswitch": models.RichMenuSwitchAction,
    "clipboard": models.ClipboardAction,
}


def check_action(action: object, path: str, place: ActionSlot) -> Iterator[Violation]:
    """Check one action at `place` against the model of its type and the limits of the reference."""
    if not isinstance(action, dict):
        yield Violation("May not be empty", path)
        return
    kind = action.get("type")
    if not isinstance(kind, str) or kind not in _MODELS:
        yield Violation(f"Must be one of the following values: [{', '.join(_MODELS)}]", join(path, "type"))
        return
    if kind in place.forbidden:
        yield Violation(f"The action {kind} cannot be used in a {place.name}", join(path, "type"))
    wrong = check_model(_MODELS[kind], action, path)
    yield from wrong
    if wrong:
        return
    if place.label_required:
        yield from required(action, ["label"], path)
    yield from at_most(action, "label", place.label_limit, path, grapheme_length)
    if kind in _CHECKS:
        yield from _CHECKS[kind](action, path)


def _postback(action: Node, path: str) -> Iterator[Violation]:
    if action.get("data") is None:
        yield Violation("May not be empty", join(path, "data"))
    yield from at_most(action, "data", 300, path, utf16_length)
    for key in ("displayText", "text", "fillInText"):
        yield from at_most(action, key, 300, path, grapheme_length)
    if action.get("displayText") is not None and action.get("text") is not None:
        yield Violation("displayText and text cannot be used together", join(path, "text"))
    if action.get("fillInText") is not None and action.get("inputOption") != "openKeyboard":
        yield Violation("fillInText needs inputOption openKeyboard", join(path, "fillInText"))


def _message(action: Node, path: str) -> Iterator[Violation]:
    yield from required(action, ["text"], path)
    yield from at_most(action, "text", 300, path, grapheme_length)


def _uri(action: Node, path: str) -> Iterator[Violation]:
    yield from check_link(action, "uri", path)


_MOMENTS = {
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "time": re.compile(r"\d\d:\d\d"),
    "datetime": re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d"),
}


def _datetimepicker(action: Node, path: str) -> Iterator[Violation]:
    yield from required(action, ["data", "mode"], path)
    pattern = _MOMENTS.get(str(action.get("mode")))
    for key in ("initial", "max", "min"):
        value = action.get(key)
        if pattern is None or value is None:
            continue
        if not pattern.fullmatch(value) or not _in_range(value, str(action["mode"])):
            yield Violation("Invalid date format", join(path, key))


def _in_range(value: str, mode: str) -> bool:
    return mode == "time" or "1900-01-01" <= value[:10] <= "2100-12-31"


def _richmenuswitch(action: Node, path: str) -> Iterator[Violation]:
    yield from required(action, ["richMenuAliasId", "data"], path)


_CHECKS: dict[str, Callable[[dict[str, Any], str], Iterator[Violation]]] = {
    "postback": _postback,
    "message": _message,
    "uri": _uri,
    "datetimepicker": _datetimepicker,
    "richmenuswitch": _richmenuswitch,
}
