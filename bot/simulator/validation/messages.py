"""Check one list of messages, of any sending call."""

import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from linebot.v3.messaging import models
from pydantic.v1 import BaseModel

from bot.simulator.validation import flex, media, template, text
from bot.simulator.validation.problem import Violation, check_model, join
from bot.simulator.validation.quick_reply import check_common

MOST_MESSAGES = 5

_KINDS: dict[str, tuple[type[BaseModel], Callable[[dict[str, Any], str], Iterator[Violation]]]] = {
    "text": (models.TextMessage, text.check_text),
    "textV2": (models.TextMessageV2, text.check_text_v2),
    "sticker": (models.StickerMessage, media.check_sticker),
    "image": (models.ImageMessage, media.check_image),
    "video": (models.VideoMessage, media.check_video),
    "audio": (models.AudioMessage, media.check_audio),
    "location": (models.LocationMessage, media.check_location),
    "imagemap": (models.ImagemapMessage, media.check_imagemap),
    "template": (models.TemplateMessage, template.check_template),
    "flex": (models.FlexMessage, flex.check_flex),
    "coupon": (models.CouponMessage, media.check_coupon),
}


def check_messages(messages: object) -> tuple[Violation, ...]:
    """Return what LINE would refuse in `messages` (1 to 5 message objects); empty when all is accepted."""
    if not isinstance(messages, list):
        return (Violation("May not be empty", "messages"),)
    if not 1 <= len(messages) <= MOST_MESSAGES:
        return (Violation("Size must be between 1 and 5", "messages"),)
    # A notice repeats the same messages in hundreds of calls, so the result is cached.
    return _check_text_of(json.dumps(messages, ensure_ascii=False))


@lru_cache(maxsize=256)
def _check_text_of(dumped: str) -> tuple[Violation, ...]:
    return tuple(
        problem
        for position, message in enumerate(json.loads(dumped))
        for problem in _check(message, f"messages[{position}]")
    )


def _check(message: object, path: str) -> Iterator[Violation]:
    if not isinstance(message, dict):
        yield Violation("Must be an object", path)
        return
    kind = message.get("type")
    if not isinstance(kind, str) or kind not in _KINDS:
        yield Violation(f"Must be one of the following values: [{', '.join(_KINDS)}]", join(path, "type"))
        return
    model, check = _KINDS[kind]
    wrong = check_model(model, message, path)
    yield from wrong
    if not wrong:
        yield from check(message, path)
        yield from check_common(message, path)
