"""Find what can be tapped in a message."""

from collections.abc import Iterator
from typing import Any

from bot.simulator.plain_text import flattened_text

Node = dict[str, Any]


def tappable_actions(message: Node) -> list[Node]:
    """Return LINE's action objects in reading order, each with `where`: template, flex, imagemap or quick_reply.

    An action without a label gets the words around it as its label.
    """
    found: list[Node] = []
    if message.get("type") == "template":
        found += _template(message.get("template") or {})
    elif message.get("type") == "flex":
        found += _flex(message.get("contents") or {})
    elif message.get("type") == "imagemap":
        found += _imagemap(message)
    for item in (message.get("quickReply") or {}).get("items") or ():
        found.append(_described(item.get("action") or {}, "quick_reply", ""))
    return found


def _template(template: Node) -> Iterator[Node]:
    for panel in template.get("columns") or [template]:
        words = str(panel.get("title") or panel.get("text") or "")
        if panel.get("defaultAction"):
            yield _described(panel["defaultAction"], "template", words)
        if panel.get("action"):
            yield _described(panel["action"], "template", words)
        for action in panel.get("actions") or ():
            yield _described(action, "template", "")


def _flex(node: Node) -> Iterator[Node]:
    if isinstance(node.get("action"), dict):
        yield _described(node["action"], "flex", flattened_text({"type": "flex", "contents": node}))
    if node.get("type") == "bubble":
        for block in ("header", "hero", "body", "footer"):
            yield from _flex(node.get(block) or {})
    else:
        for child in node.get("contents") or ():
            yield from _flex(child)


def _imagemap(message: Node) -> Iterator[Node]:
    for action in message.get("actions") or ():
        shaped = {key: value for key, value in action.items() if key != "area"}
        if "linkUri" in shaped:
            shaped["uri"] = shaped.pop("linkUri")
        yield _described(shaped, "imagemap", str(action.get("text") or ""))


def _described(action: Node, where: str, words: str) -> Node:
    return {**action, "label": action.get("label") or words, "where": where}
