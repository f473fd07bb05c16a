"""Describe one thing LINE would refuse, and hold the checks that all kinds of message share."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic.v1 import BaseModel, ValidationError

from bot.simulator.validation.counting import Count, utf16_length

Node = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Violation:
    """A refusal's detail: LINE's words and the property they are about."""

    message: str
    property: str

    def dump(self) -> dict[str, str]:
        """Return the entry of `details` in LINE's error body."""
        return {"message": self.message, "property": self.property}


def join(path: str, key: str | int) -> str:
    """Extend a path: `messages[0].text`, or `/body/contents/0` inside a Flex container."""
    if path.startswith("/"):
        return f"{path.rstrip('/')}/{key}"
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key


def check_model(model: type[BaseModel], node: object, path: str) -> list[Violation]:
    """Check the node's own fields with the SDK's model: names of fields are LINE's, limits are the YAML's.

    Nested objects are seen as their base class only; each is checked again where it is walked.
    """
    if not isinstance(node, dict):
        return [Violation("Must be an object", path)]
    try:
        model.parse_obj(node)
    except ValidationError as error:
        return [_translate(entry, path) for entry in error.errors()]
    return []


def _translate(entry: Mapping[str, Any], path: str) -> Violation:
    for key in entry["loc"]:
        path = join(path, key)
    kind, limit = entry["type"], (entry.get("ctx") or {}).get("limit_value")
    if kind == "value_error.missing":
        message = "May not be empty"
    elif kind.startswith("value_error.list."):
        message = "Size must be between 1 and 5" if path == "messages" else f"Size is out of range ({limit})"
    elif kind == "value_error.any_str.max_length":
        message = f"Length must be between 0 and {limit}"
    else:
        message = str(entry["msg"])
    return Violation(message, path)


def required(node: Node, keys: Iterable[str], path: str) -> Iterator[Violation]:
    """Refuse fields that are missing, null or an empty string."""
    for key in keys:
        if node.get(key) in (None, ""):
            yield Violation("May not be empty", join(path, key))


def at_most(node: Node, key: str, limit: int, path: str, count: Count = utf16_length) -> Iterator[Violation]:
    """Refuse a text longer than `limit`; a missing or non-text value is left to another check."""
    value = node.get(key)
    if isinstance(value, str) and count(value) > limit:
        yield Violation(f"Length must be between 0 and {limit}", join(path, key))


def size_between(node: Node, key: str, low: int, high: int, path: str) -> Iterator[Violation]:
    """Refuse a list with fewer than `low` or more than `high` items."""
    value = node.get(key)
    if not isinstance(value, list):
        yield Violation("May not be empty", join(path, key))
    elif not low <= len(value) <= high:
        yield Violation(f"Size must be between {low} and {high}", join(path, key))
