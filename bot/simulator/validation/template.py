"""Check template messages: buttons, confirm, carousel, image carousel."""

from collections.abc import Callable, Iterator
from typing import Any

from linebot.v3.messaging import models
from pydantic.v1 import BaseModel

from bot.simulator.validation.actions import IMAGE_COLUMN, TEMPLATE, TEMPLATE_DEFAULT, check_action
from bot.simulator.validation.address import check_media_url
from bot.simulator.validation.counting import grapheme_length
from bot.simulator.validation.media import ALT_TEXT_LIMIT
from bot.simulator.validation.problem import (
    Node,
    Violation,
    at_most,
    check_model,
    join,
    required,
    size_between,
)


def check_template(message: Node, path: str) -> Iterator[Violation]:
    """Check the alternative text and the template of its type."""
    yield from required(message, ["altText"], path)
    yield from at_most(message, "altText", ALT_TEXT_LIMIT, path)
    template, template_path = message.get("template"), join(path, "template")
    if not isinstance(template, dict):
        yield Violation("May not be empty", template_path)
        return
    kind = str(template.get("type"))
    if kind not in _TEMPLATES:
        yield Violation(
            f"Must be one of the following values: [{', '.join(_TEMPLATES)}]", join(template_path, "type")
        )
        return
    model, check = _TEMPLATES[kind]
    wrong = check_model(model, template, template_path)
    yield from wrong
    if not wrong:
        yield from check(template, template_path)


def _buttons(template: Node, path: str) -> Iterator[Violation]:
    yield from _panel(template, path, text_limit=160, most_actions=4)


def _confirm(template: Node, path: str) -> Iterator[Violation]:
    yield from required(template, ["text"], path)
    yield from at_most(template, "text", 240, path, grapheme_length)
    yield from size_between(template, "actions", 2, 2, path)
    yield from _actions(template, path)


def _carousel(template: Node, path: str) -> Iterator[Violation]:
    yield from size_between(template, "columns", 1, 10, path)
    columns = template.get("columns") or []
    for position, column in enumerate(columns):
        column_path = join(join(path, "columns"), position)
        wrong = check_model(models.CarouselColumn, column, column_path)
        yield from wrong
        if not wrong:
            yield from _panel(column, column_path, text_limit=120, most_actions=3)
    counts = {len(column.get("actions") or ()) for column in columns}
    if len(counts) > 1:
        yield Violation("The number of actions must be the same in all columns", join(path, "columns"))


def _image_carousel(template: Node, path: str) -> Iterator[Violation]:
    yield from size_between(template, "columns", 1, 10, path)
    for position, column in enumerate(template.get("columns") or ()):
        column_path = join(join(path, "columns"), position)
        yield from check_media_url(column, "imageUrl", column_path)
        yield from check_action(column.get("action"), join(column_path, "action"), IMAGE_COLUMN)


def _panel(panel: Node, path: str, text_limit: int, most_actions: int) -> Iterator[Violation]:
    has_head = bool(panel.get("title") or panel.get("thumbnailImageUrl"))
    yield from required(panel, ["text"], path)
    yield from at_most(panel, "text", 60 if has_head else text_limit, path, grapheme_length)
    yield from at_most(panel, "title", 40, path, grapheme_length)
    if panel.get("thumbnailImageUrl") is not None:
        yield from check_media_url(panel, "thumbnailImageUrl", path)
    if panel.get("defaultAction") is not None:
        yield from check_action(panel["defaultAction"], join(path, "defaultAction"), TEMPLATE_DEFAULT)
    yield from size_between(panel, "actions", 1, most_actions, path)
    yield from _actions(panel, path)


def _actions(panel: Node, path: str) -> Iterator[Violation]:
    for position, action in enumerate(panel.get("actions") or ()):
        yield from check_action(action, join(join(path, "actions"), position), TEMPLATE)


_TEMPLATES: dict[str, tuple[type[BaseModel], Callable[[dict[str, Any], str], Iterator[Violation]]]] = {
    "buttons": (models.ButtonsTemplate, _buttons),
    "confirm": (models.ConfirmTemplate, _confirm),
    "carousel": (models.CarouselTemplate, _carousel),
    "image_carousel": (models.ImageCarouselTemplate, _image_carousel),
}
