"""Check quick replies and the sender's name, which every kind of message may carry."""

from collections.abc import Iterator

from linebot.v3.messaging import models

from bot.simulator.validation.actions import QUICK_REPLY, check_action
from bot.simulator.validation.address import check_media_url
from bot.simulator.validation.problem import Node, Violation, check_model, join, size_between


def check_common(message: Node, path: str) -> Iterator[Violation]:
    """Check `quickReply` (1 to 13 items, each with a labelled action) and `sender`."""
    if message.get("quickReply") is not None:
        yield from _quick_reply(message["quickReply"], join(path, "quickReply"))
    if message.get("sender") is not None:
        yield from _sender(message["sender"], join(path, "sender"))


def _quick_reply(quick_reply: object, path: str) -> Iterator[Violation]:
    wrong = check_model(models.QuickReply, quick_reply, path)
    yield from wrong
    if wrong or not isinstance(quick_reply, dict):
        return
    yield from size_between(quick_reply, "items", 1, 13, path)
    for position, item in enumerate(quick_reply.get("items") or ()):
        item_path = join(join(path, "items"), position)
        if item.get("type") != "action":
            yield Violation("Must be one of the following values: [action]", join(item_path, "type"))
        if item.get("imageUrl") is not None:
            yield from check_media_url(item, "imageUrl", item_path)
        yield from check_action(item.get("action"), join(item_path, "action"), QUICK_REPLY)


def _sender(sender: object, path: str) -> Iterator[Violation]:
    wrong = check_model(models.Sender, sender, path)
    yield from wrong
    if wrong or not isinstance(sender, dict):
        return
    if "line" in str(sender.get("name") or "").lower():
        yield Violation("The name contains a word that may not be used", join(path, "name"))
    if sender.get("iconUrl") is not None:
        yield from check_media_url(sender, "iconUrl", path)
