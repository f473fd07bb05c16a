"""Check Flex messages: sizes of the whole, then every block and component of the tree."""

import json
from collections.abc import Iterator

from linebot.v3.messaging import models

from bot.simulator.validation.actions import FLEX_AREA, check_action
from bot.simulator.validation.flex_components import check_component
from bot.simulator.validation.flex_fields import check_measures
from bot.simulator.validation.media import ALT_TEXT_LIMIT
from bot.simulator.validation.problem import Node, Violation, at_most, check_model, join, required

BUBBLE_BYTES = 30 * 1024
CAROUSEL_BYTES = 50 * 1024
MOST_BUBBLES = 12

_BUBBLE_FIELDS = frozenset(
    {"type", "size", "direction", "header", "hero", "body", "footer", "styles", "action"}
)
_BLOCKS = {
    "header": frozenset({"box"}),
    "hero": frozenset({"box", "image", "video"}),
    "body": frozenset({"box"}),
    "footer": frozenset({"box"}),
}


def check_flex(message: Node, path: str) -> Iterator[Violation]:
    """Check alternative text and container; paths inside the container are LINE's: `/body/contents/0`."""
    yield from required(message, ["altText"], path)
    yield from at_most(message, "altText", ALT_TEXT_LIMIT, path)
    container = message.get("contents")
    if not isinstance(container, dict):
        yield Violation("May not be empty", join(path, "contents"))
    elif container.get("type") == "bubble":
        yield from _bubble(container, "/")
    elif container.get("type") == "carousel":
        yield from _carousel(container)
    else:
        yield Violation("invalid property", "/type")


def _carousel(carousel: Node) -> Iterator[Violation]:
    bubbles = carousel.get("contents")
    if not isinstance(bubbles, list) or not 1 <= len(bubbles) <= MOST_BUBBLES:
        yield Violation(f"must have between 1 and {MOST_BUBBLES} bubbles", "/contents")
        return
    if _bytes(carousel) > CAROUSEL_BYTES:
        yield Violation("carousel is over 50 KB", "/")
    for position, bubble in enumerate(bubbles):
        path = f"/contents/{position}"
        if not isinstance(bubble, dict) or bubble.get("type") != "bubble":
            yield Violation("invalid property", f"{path}/type")
            continue
        yield from _bubble(bubble, path)
        if isinstance(bubble.get("hero"), dict) and bubble["hero"].get("type") == "video":
            yield Violation("a video cannot be used in a carousel", f"{path}/hero")
    if len({bubble.get("size", "mega") for bubble in bubbles if isinstance(bubble, dict)}) > 1:
        yield Violation("all bubbles of a carousel must have the same size", "/contents")


def _bubble(bubble: Node, path: str) -> Iterator[Violation]:
    own = {key: value for key, value in bubble.items() if key not in _BLOCKS}
    wrong = check_model(models.FlexBubble, own, path)
    yield from wrong
    for key in bubble.keys() - _BUBBLE_FIELDS:
        yield Violation("unknown field", join(path, key))
    if wrong:
        return
    if _bytes(bubble) > BUBBLE_BYTES:
        yield Violation("bubble is over 30 KB", path)
    if not any(bubble.get(block) for block in _BLOCKS):
        yield Violation("At least one block must be specified", path)
    for block, kinds in _BLOCKS.items():
        if bubble.get(block) is not None:
            yield from _block(bubble[block], join(path, block), kinds)
    for block, style in (bubble.get("styles") or {}).items():
        if isinstance(style, dict):
            yield from check_measures(style, join(join(path, "styles"), block))
    if bubble.get("action") is not None:
        yield from check_action(bubble["action"], join(path, "action"), FLEX_AREA)


def _block(component: object, path: str, kinds: frozenset[str]) -> Iterator[Violation]:
    if not isinstance(component, dict) or component.get("type") not in kinds:
        yield Violation("invalid property", join(path, "type"))
        return
    yield from check_component(component, path)


def _bytes(node: Node) -> int:
    return len(json.dumps(node, ensure_ascii=False, separators=(",", ":")).encode(errors="replace"))
