"""Check rich menu objects and their pictures."""

import struct
from collections.abc import Iterator

from linebot.v3.messaging import models

from bot.simulator.validation.actions import RICH_MENU, check_action
from bot.simulator.validation.counting import grapheme_length
from bot.simulator.validation.problem import (
    Node,
    Violation,
    at_most,
    check_model,
    join,
    required,
    size_between,
)

IMAGE_BYTES = 1024 * 1024
_WIDTHS = range(800, 2501)
_LEAST_HEIGHT = 250
_LEAST_RATIO = 1.45


def check_rich_menu(menu: Node) -> Iterator[Violation]:
    """Check names, size (800 to 2500 wide, at least 250 high, 1.45 times as wide as high) and areas."""
    wrong = check_model(models.RichMenuRequest, menu, "")
    yield from wrong
    if wrong:
        return
    yield from required(menu, ["size", "selected", "name", "chatBarText", "areas"], "")
    yield from at_most(menu, "name", 300, "", grapheme_length)
    yield from at_most(menu, "chatBarText", 14, "", grapheme_length)
    size = menu.get("size") or {}
    if not is_menu_size(size.get("width") or 0, size.get("height") or 0):
        yield Violation("Invalid size", "size")
    yield from size_between(menu, "areas", 1, 20, "")
    for position, area in enumerate(menu.get("areas") or ()):
        area_path = join("areas", position)
        yield from required(area, ["bounds", "action"], area_path)
        yield from check_action(area.get("action"), join(area_path, "action"), RICH_MENU)
        bounds = area.get("bounds") or {}
        right = bounds.get("x", 0) + bounds.get("width", 0)
        bottom = bounds.get("y", 0) + bounds.get("height", 0)
        if right > size.get("width", 0) or bottom > size.get("height", 0):
            yield Violation("The area is outside of the menu", join(area_path, "bounds"))


def is_menu_size(width: int, height: int) -> bool:
    """Whether LINE takes a menu or picture of this size in pixels."""
    return width in _WIDTHS and height >= _LEAST_HEIGHT and width / height >= _LEAST_RATIO


def image_size(image: bytes) -> tuple[int, int] | None:
    """Return width and height of a PNG or JPEG; None for anything else."""
    if image.startswith(b"\x89PNG\r\n\x1a\n") and len(image) > 24:  # noqa: PLR2004 - length of the PNG header
        width, height = struct.unpack(">II", image[16:24])
        return width, height
    if not image.startswith(b"\xff\xd8"):
        return None
    position = 2
    while position + 9 < len(image) and image[position] == 0xFF:  # noqa: PLR2004 - a JPEG marker
        marker, length = image[position + 1], struct.unpack(">H", image[position + 2 : position + 4])[0]
        if marker in {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack(">HH", image[position + 5 : position + 9])
            return width, height
        position += 2 + length
    return None
