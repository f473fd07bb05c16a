"""Check the values that LINE's Flex reference allows in each field."""

import re
from collections.abc import Iterator

from bot.simulator.validation.problem import Node, Violation, join

_STEPS = "none|xs|sm|md|lg|xl|xxl"
_TEXT_STEPS = "xxs|xs|sm|md|lg|xl|xxl|3xl|4xl|5xl"
_PX = r"\d+(\.\d+)?px"
_PERCENT = r"\d+(\.\d+)?%"
_SIGNED = r"-?\d+(\.\d+)?(px|%)"

_SPACE = re.compile(f"{_STEPS}|{_PX}")
_PADDING = re.compile(f"{_STEPS}|{_PX}|{_PERCENT}")
_OFFSET = re.compile(f"{_STEPS}|{_SIGNED}")
_LENGTH = re.compile(f"{_PX}|{_PERCENT}")
_COLOR = re.compile(r"#[0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?")
_RATIO = re.compile(r"[1-9]\d*(\.\d+)?:[1-9]\d*(\.\d+)?")
_LINE_SPACING = re.compile(_PX)
_TEXT_SIZE = re.compile(f"{_TEXT_STEPS}|{_PX}")
_IMAGE_SIZE = re.compile(f"{_TEXT_STEPS}|full|{_PX}|{_PERCENT}")

_EVERYWHERE = {
    "margin": _SPACE,
    "spacing": _SPACE,
    "color": _COLOR,
    "backgroundColor": _COLOR,
    "borderColor": _COLOR,
    "separatorColor": _COLOR,
    "borderWidth": re.compile(f"none|light|normal|medium|semi-bold|bold|{_PX}"),
    "cornerRadius": _SPACE,
    "maxWidth": _LENGTH,
    "maxHeight": _LENGTH,
    "aspectRatio": _RATIO,
    "lineSpacing": _LINE_SPACING,
    **dict.fromkeys(("paddingAll", "paddingTop", "paddingBottom", "paddingStart", "paddingEnd"), _PADDING),
    **dict.fromkeys(("offsetTop", "offsetBottom", "offsetStart", "offsetEnd"), _OFFSET),
}

_BY_TYPE = {
    "text": {"size": _TEXT_SIZE},
    "span": {"size": _TEXT_SIZE},
    "icon": {"size": _TEXT_SIZE},
    "image": {"size": _IMAGE_SIZE},
    "box": {"width": _LENGTH, "height": _LENGTH},
}


def check_measures(component: Node, path: str) -> Iterator[Violation]:
    """Refuse sizes, colours and ratios LINE does not know; `flex` and `maxLines` below zero."""
    allowed = _EVERYWHERE | _BY_TYPE.get(str(component.get("type")), {})
    for key, value in component.items():
        if key in allowed and isinstance(value, str) and not allowed[key].fullmatch(value):
            yield Violation("invalid property", join(path, key))
        if key in {"flex", "maxLines"} and isinstance(value, int) and value < 0:
            yield Violation("invalid property", join(path, key))
