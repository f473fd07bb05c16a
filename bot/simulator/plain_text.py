"""Return the words a resident reads in a message, one line a part, without the labels of buttons."""

from collections.abc import Iterator
from typing import Any

Node = dict[str, Any]


def flattened_text(message: Node) -> str:
    """Return the visible words; empty for a picture or sticker."""
    kind = message.get("type")
    if kind == "text":
        return str(message.get("text") or "")
    if kind == "textV2":
        return _substituted(message)
    if kind == "template":
        return "\n".join(_template(message.get("template") or {}))
    if kind == "flex":
        return "\n".join(_flex(message.get("contents") or {}))
    if kind == "location":
        return "\n".join(str(message[key]) for key in ("title", "address") if message.get(key))
    if kind == "imagemap":
        return str(message.get("altText") or "")
    return ""


def _substituted(message: Node) -> str:
    text = str(message.get("text") or "")
    for key, value in (message.get("substitution") or {}).items():
        text = text.replace("{" + key + "}", "@" if value.get("type") == "mention" else "")
    return text.replace("{{", "{").replace("}}", "}")


def _template(template: Node) -> Iterator[str]:
    for panel in template.get("columns") or [template]:
        yield from (str(panel[key]) for key in ("title", "text") if panel.get(key))


def _flex(node: Node) -> Iterator[str]:
    kind = node.get("type")
    if kind == "bubble":
        for block in ("header", "hero", "body", "footer"):
            yield from _flex(node.get(block) or {})
    elif kind == "text":
        spans = node.get("contents")
        yield "".join(str(span.get("text") or "") for span in spans) if spans else str(node.get("text") or "")
    else:
        for child in node.get("contents") or ():
            yield from _flex(child)
