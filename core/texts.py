"""Texts for residents: `data/messages/<language>.yml`, keys in code, placeholders checked for their form at start."""

import string
from pathlib import Path
from typing import Any

from core.content.yaml_source import load_yaml
from core.errors import ContentError

DEFAULT_LANGUAGE = "ja"


class Texts:
    """All texts of one language, by dotted key."""

    def __init__(self, values: dict[str, str], language: str) -> None:
        self._values = values
        self.language = language

    def __call__(self, key: str, **fields: object) -> str:
        """Return the text of `key` with its placeholders filled.

        Raises:
            ContentError: no such key, or a placeholder without a value.
        """
        try:
            return self._values[key].format(**fields)
        except KeyError as exc:
            raise ContentError(f"data/messages/{self.language}.yml: '{key}' lacks {exc}") from exc

    def keys(self) -> frozenset[str]:
        """Return all keys."""
        return frozenset(self._values)

    def placeholders(self, key: str) -> frozenset[str]:
        """Return the names that a call must fill."""
        return frozenset(name for _, name, _, _ in string.Formatter().parse(self._values[key]) if name)


def _flatten(node: Any, prefix: str, path: Path) -> dict[str, str]:  # noqa: ANN401 - YAML
    if isinstance(node, str):
        _check_placeholders(node, prefix, path)
        return {prefix: node.rstrip("\n")}
    if not isinstance(node, dict):
        raise ContentError(
            f"{path}: '{prefix}' must be a text or a group of texts, found {type(node).__name__}"
        )
    found: dict[str, str] = {}
    for key, value in node.items():
        if not isinstance(key, str):
            # YAML reads a bare yes, no, on, off or number as another type.
            raise ContentError(f"{path}: a key under '{prefix}' reads as {key!r}; put it in quotes")
        found |= _flatten(value, f"{prefix}.{key}" if prefix else str(key), path)
    return found


def _check_placeholders(text: str, key: str, path: Path) -> None:
    try:
        names = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    except ValueError as exc:
        raise ContentError(f"{path}: '{key}': {exc}") from exc
    for name in names:
        if not name.isidentifier():
            raise ContentError(f"{path}: '{key}': placeholder '{{{name}}}' must be a plain name")


def load_texts(data_dir: Path, language: str = DEFAULT_LANGUAGE) -> Texts:
    """Read the texts of one language. That calls fill what texts need is a law (tests/architecture/test_texts.py).

    Raises:
        ContentError: the file is missing or broken; says where and why.
    """
    path = data_dir / "messages" / f"{language}.yml"
    try:
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise ContentError(f"{path}: {exc}") from exc
    return Texts(_flatten(load_yaml(source, path), "", path), language)
