"""Render channel-neutral messages as LINE message objects, within every limit of LINE.

No words are lost: long ones go before their card as text messages, a long row of cards becomes two. Only
labels, and the text that stands for a card in notifications, are shortened with an ellipsis.

A part that LINE would refuse costs only that part: a button with a bad address is left out, a card with too
many buttons and a picture without an address are said in words. The caller binds the row's id to what is
logged about it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from bot.line import limits
from bot.line.actions import media_link
from bot.line.errors import RenderError
from bot.line.flex import BESIDE, WIDE, card_bubble, choices_bubble, json_bytes
from bot.line.limits import clean, shortened_units, utf16_units
from bot.line.quick_replies import quick_reply
from bot.line.text_split import last_sentence, split_text
from core.logging import get_logger
from core.messages import Button, Card, Carousel, Choices, Message, Picture, Text, in_words

log = get_logger()

Json = dict[str, Any]
# (media id, "original" or "preview") -> public address
MediaUrl = Callable[[str, str], str]

# A longer question becomes a text message; its last sentence stays with the answers.
QUESTION_UNITS = 1000
TITLE_UNITS = 200
_ROOM_FOR_CAROUSEL = 100


def render(messages: Sequence[Message], media_url: MediaUrl) -> list[Json]:
    """Return one to five LINE message objects that say `messages`.

    Raises:
        RenderError: nothing can be said, or more than five objects are needed.
    """
    objects = [o for message in messages for o in _possible_objects(message, media_url)]
    if len(objects) > limits.MESSAGES:
        objects = _texts_joined(objects)
    if not 1 <= len(objects) <= limits.MESSAGES:
        raise RenderError(f"{len(objects)} message objects; LINE takes 1 to {limits.MESSAGES}")
    quick = quick_reply(messages)
    if quick:
        objects[-1] = {**objects[-1], "quickReply": quick}
    return objects


def freeze(objects: Sequence[Json]) -> bytes:
    """Return rendered objects as the bytes that are sent, at the first try and every retry."""
    return json_bytes(objects)


def _possible_objects(message: Message, media_url: MediaUrl) -> list[Json]:
    """Return a message as objects; as plain words when LINE would not take it as it is."""
    try:
        return _objects(message, media_url)
    except RenderError as error:
        log.warning("message_said_in_words", message=type(message).__name__, reason=str(error))
        return _texts(in_words(message))


def _objects(message: Message, media_url: MediaUrl) -> list[Json]:
    match message:
        case Text(text=text):
            return _texts(text)
        case Choices():
            return _choices(message)
        case Card():
            return list(_cards([message], WIDE))
        case Carousel(cards=cards):
            return list(_cards(cards, BESIDE if len(cards) > 1 else WIDE))
        case Picture(media_id=media_id):
            return [_picture(media_id, media_url)]


def _texts(text: str) -> list[Json]:
    return [{"type": "text", "text": piece} for piece in split_text(clean(text))]


def _choices(choices: Choices) -> list[Json]:
    before = ""
    question = clean(choices.text).strip()
    if utf16_units(question) > QUESTION_UNITS:
        before, question = last_sentence(question, QUESTION_UNITS)
    container = choices_bubble(replace(choices, text=question))
    if "footer" not in container:
        return _texts(choices.text)
    if len(json_bytes(container)) > limits.BUBBLE_BYTES:
        raise RenderError("the buttons of one question are more than LINE takes")
    return [*_texts(before), _flex(container, _alt_text(choices, choices.options))]


def _cards(cards: Sequence[Card], size: str) -> Iterator[Json]:
    """Yield cards as one bubble or as carousels; words too long for a card come first, as text."""
    small: list[tuple[Card, Json]] = []
    for card in cards:
        container = card_bubble(card, size)
        if len(json_bytes(container)) > limits.BUBBLE_BYTES:
            yield from _texts(in_words(card))
            container = card_bubble(_bare(card), size)
        if len(json_bytes(container)) > limits.BUBBLE_BYTES:
            log.warning("card_said_in_words", buttons=len(card.actions))
            continue
        if container.keys() > {"type", "size"}:
            small.append((card, container))
    for row in _rows(small):
        containers = [container for _, container in row]
        alt = "\n\n".join(_alt_text(card, card.actions) for card, _ in row)
        yield _flex(containers[0] if len(row) == 1 else {"type": "carousel", "contents": containers}, alt)


def _rows(cards: Sequence[tuple[Card, Json]]) -> Iterator[list[tuple[Card, Json]]]:
    row: list[tuple[Card, Json]] = []
    size = _ROOM_FOR_CAROUSEL
    for card in cards:
        needed = len(json_bytes(card[1])) + 1
        if row and (len(row) == limits.BUBBLES or size + needed > limits.CAROUSEL_BYTES):
            yield row
            row, size = [], _ROOM_FOR_CAROUSEL
        row.append(card)
        size += needed
    if row:
        yield row


def _bare(card: Card) -> Card:
    return replace(card, title=shortened_units(clean(card.title), TITLE_UNITS), body=(), rows=(), note="")


def _flex(container: Json, alt_text: str) -> Json:
    return {"type": "flex", "altText": shortened_units(alt_text, limits.ALT_TEXT), "contents": container}


def _alt_text(message: Choices | Card, actions: Sequence[Button]) -> str:
    """Return the words to show instead of the message: notifications, chat list, old phones."""
    # Quick replies stand apart from the message, and vanish.
    words = clean(in_words(replace(message, quick=()))).strip()
    return words or "／".join(clean(a.label).strip() for a in actions)


def _picture(media_id: str, media_url: MediaUrl) -> Json:
    return {
        "type": "image",
        "originalContentUrl": media_link(media_url(media_id, "original")),
        "previewImageUrl": media_link(media_url(media_id, "preview")),
    }


def _texts_joined(objects: Sequence[Json]) -> list[Json]:
    """Join neighbouring texts, so that many short ones count as one message object."""
    joined: list[Json] = []
    for made in objects:
        last = joined[-1] if joined else {}
        both = f"{last.get('text', '')}\n\n{made.get('text', '')}"
        if last.get("type") == made["type"] == "text" and utf16_units(both) <= limits.TEXT:
            joined[-1] = {"type": "text", "text": both}
        else:
            joined.append(made)
    return joined
