"""What a flow keeps while its question is open: a frozen dataclass of plain fields, stored as JSON.

Field types: `str`, `int`, `bool`, `Words`, a `StrEnum`, a mapping of texts, and records with `to_json` / `from_json`;
each may be None. None and False are not stored where they are the default. Words of a resident are `Words`, never `str`: redaction finds them by
that type.
"""

import dataclasses
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Self

from core.words import Words


@dataclass(frozen=True)
class FlowData:
    """Base of flow data; without fields of its own."""

    def to_json(self) -> dict[str, Any]:
        """Return the stored form: `{field: value}`, words as one text, records as their own stored form."""
        values = {f: getattr(self, f.name) for f in dataclasses.fields(self)}
        return {
            f.name: _stored(value)
            for f, value in values.items()
            if not (value is f.default and (value is None or value is False))
        }

    @property
    def told_words(self) -> Words:
        """What was told in this flow, for the person who may take over an interrupted flow."""
        return Words()

    def without_place(self) -> Self:
        """Return the same without the resident's place; most flows keep none."""
        return self

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read the stored form; fields that this release does not know are dropped."""
        types = typing.get_type_hints(cls)
        known = {f.name for f in dataclasses.fields(cls)}
        return cls(**{name: _read(part, types[name]) for name, part in value.items() if name in known})


FlowDataTypes = Mapping[str, type[FlowData]]


def _stored(value: Any) -> Any:  # noqa: ANN401 - a field of any of the types above
    match value:
        case Words():
            return str(value.text)
        case StrEnum():
            return value.value
        case Mapping():
            return dict(value)
        case _ if hasattr(value, "to_json"):
            return value.to_json()
        case _:
            return value


def _read(value: Any, kind: Any) -> Any:  # noqa: ANN401 - the inverse of `_stored`
    if typing.get_origin(kind) in {UnionType, typing.Union}:
        (kind,) = (k for k in typing.get_args(kind) if k is not NoneType)
    if kind is Words:
        return Words.of(value)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(value)
    if hasattr(kind, "from_json"):
        return kind.from_json(value)
    return value
