"""Check pictures, videos, sounds, locations, stickers, image maps and coupons."""

import re
from collections.abc import Iterator

from bot.simulator.validation.address import check_link, check_media_url
from bot.simulator.validation.problem import Node, Violation, at_most, join, required, size_between

ALT_TEXT_LIMIT = 1500
BASE_WIDTH = 1040  # pixels
_TRACKING_ID = re.compile(r"[a-zA-Z0-9\-.=,+*()%$&;:@{}!?<>\[\]]{1,100}")


def check_image(message: Node, path: str) -> Iterator[Violation]:
    """Both addresses are needed."""
    yield from check_media_url(message, "originalContentUrl", path)
    yield from check_media_url(message, "previewImageUrl", path)


def check_video(message: Node, path: str) -> Iterator[Violation]:
    """Check a video's address, still picture and tracking id."""
    yield from check_image(message, path)
    tracking_id = message.get("trackingId")
    if tracking_id is not None and not _TRACKING_ID.fullmatch(tracking_id):
        yield Violation("Invalid trackingId", join(path, "trackingId"))


def check_audio(message: Node, path: str) -> Iterator[Violation]:
    """Address and length in milliseconds."""
    yield from check_media_url(message, "originalContentUrl", path)
    yield from required(message, ["duration"], path)


def check_location(message: Node, path: str) -> Iterator[Violation]:
    """Title and address of up to 100 characters; WGS 84 degrees."""
    yield from required(message, ["title", "address", "latitude", "longitude"], path)
    yield from at_most(message, "title", 100, path)
    yield from at_most(message, "address", 100, path)
    for key, limit in (("latitude", 90), ("longitude", 180)):
        value = message.get(key)
        if isinstance(value, int | float) and abs(value) > limit:
            yield Violation(f"Must be between -{limit} and {limit}", join(path, key))


def check_sticker(message: Node, path: str) -> Iterator[Violation]:
    """Package and sticker are numbers written as text."""
    yield from required(message, ["packageId", "stickerId"], path)
    for key in ("packageId", "stickerId"):
        if message.get(key) and not str(message[key]).isdigit():
            yield Violation("Invalid sticker", join(path, key))


def check_imagemap(message: Node, path: str) -> Iterator[Violation]:
    """Base picture 1040 wide, 1 to 50 areas."""
    yield from check_media_url(message, "baseUrl", path)
    yield from required(message, ["altText", "baseSize"], path)
    yield from at_most(message, "altText", ALT_TEXT_LIMIT, path)
    if (message.get("baseSize") or {}).get("width") != BASE_WIDTH:
        yield Violation("The width must be 1040", join(join(path, "baseSize"), "width"))
    yield from size_between(message, "actions", 1, 50, path)
    for position, action in enumerate(message.get("actions") or ()):
        action_path = join(join(path, "actions"), position)
        if action.get("type") == "uri":
            yield from check_link(action, "linkUri", action_path)
        elif action.get("type") == "message":
            yield from required(action, ["text"], action_path)
            yield from at_most(action, "text", 400, action_path)
        elif action.get("type") == "clipboard":
            yield from required(action, ["clipboardText"], action_path)
        else:
            yield Violation(
                "Must be one of the following values: [uri, message, clipboard]", join(action_path, "type")
            )


def check_coupon(message: Node, path: str) -> Iterator[Violation]:
    """A coupon is named by its id."""
    yield from required(message, ["couponId"], path)
