"""Check components of a Flex bubble: types, fields, required fields, and what may contain what."""

from collections.abc import Iterator

from linebot.v3.messaging import models
from pydantic.v1 import BaseModel

from bot.simulator.validation.actions import FLEX_AREA, FLEX_BUTTON, check_action
from bot.simulator.validation.address import check_media_url
from bot.simulator.validation.flex_fields import check_measures
from bot.simulator.validation.problem import Node, Violation, check_model, join

_MODELS: dict[str, type[BaseModel]] = {
    "box": models.FlexBox,
    "button": models.FlexButton,
    "image": models.FlexImage,
    "video": models.FlexVideo,
    "icon": models.FlexIcon,
    "text": models.FlexText,
    "span": models.FlexSpan,
    "separator": models.FlexSeparator,
    "filler": models.FlexFiller,
}
_FIELDS = {
    kind: frozenset(field.alias for field in model.__fields__.values()) for kind, model in _MODELS.items()
}

# What each layout may contain; a baseline box aligns text, so only what has a baseline.
_IN_BOX = {
    "baseline": frozenset({"text", "icon", "filler"}),
    "horizontal": frozenset({"box", "button", "image", "text", "separator", "filler"}),
    "vertical": frozenset({"box", "button", "image", "text", "separator", "filler"}),
}
_TAPPABLE = frozenset({"box", "image", "text", "video"})


def check_component(component: object, path: str) -> Iterator[Violation]:
    """Check one component and everything below it."""
    if not isinstance(component, dict):
        yield Violation("invalid property", path)
        return
    kind = component.get("type")
    if not isinstance(kind, str) or kind not in _MODELS:
        yield Violation("invalid property", join(path, "type"))
        return
    for key in sorted(component.keys() - _FIELDS[kind]):
        yield Violation("unknown field", join(path, key))
    wrong = check_model(_MODELS[kind], component, path)
    yield from wrong
    if wrong:
        return
    yield from check_measures(component, path)
    yield from _own_rules(kind, component, path)


def _own_rules(kind: str, component: Node, path: str) -> Iterator[Violation]:
    if kind == "box":
        yield from _box(component, path)
    elif kind == "button":
        yield from check_action(component["action"], join(path, "action"), FLEX_BUTTON)
    elif kind in {"image", "icon"}:
        yield from check_media_url(component, "url", path)
    elif kind == "video":
        yield from _video(component, path)
    elif kind == "text":
        yield from _text(component, path)
    if kind in _TAPPABLE and component.get("action") is not None:
        yield from check_action(component["action"], join(path, "action"), FLEX_AREA)


def _box(box: Node, path: str) -> Iterator[Violation]:
    layout = box.get("layout")
    if layout not in _IN_BOX:
        yield Violation("must be specified", join(path, "layout"))
        return
    contents = box.get("contents")
    if not isinstance(contents, list):
        yield Violation("must be specified", join(path, "contents"))
        return
    for position, child in enumerate(contents):
        child_path = join(join(path, "contents"), position)
        if isinstance(child, dict) and child.get("type") in _MODELS and child["type"] not in _IN_BOX[layout]:
            yield Violation(f"cannot be used in a {layout} box", join(child_path, "type"))
        else:
            yield from check_component(child, child_path)


def _text(text: Node, path: str) -> Iterator[Violation]:
    spans = text.get("contents")
    if not spans and text.get("text") in (None, ""):
        yield Violation("must be non-empty text", join(path, "text"))
    for position, span in enumerate(spans or ()):
        span_path = join(join(path, "contents"), position)
        if not isinstance(span, dict) or span.get("type") != "span":
            yield Violation("invalid property", join(span_path, "type"))
            continue
        yield from check_component(span, span_path)
        if span.get("text") in (None, ""):
            yield Violation("must be non-empty text", join(span_path, "text"))


def _video(video: Node, path: str) -> Iterator[Violation]:
    yield from check_media_url(video, "url", path)
    yield from check_media_url(video, "previewUrl", path)
    alternative = video.get("altContent")
    if not isinstance(alternative, dict) or alternative.get("type") not in {"box", "image"}:
        yield Violation("must be a box or an image", join(path, "altContent"))
    else:
        yield from check_component(alternative, join(path, "altContent"))
