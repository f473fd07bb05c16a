"""Read the staff web's wording: one dictionary a package and language, beside the package's templates."""

from collections.abc import Sequence
from pathlib import Path

from core.texts import Texts, load_texts

LANGUAGES = ("ja", "en")


class Wording:
    """The staff web's wording in one language."""

    def __init__(self, language: str, parts: Sequence[Texts]) -> None:
        self.language = language
        self._by_key = {key: part for part in parts for key in part.keys()}  # noqa: SIM118 - Texts is no dict

    def __call__(self, key: str, **fields: object) -> str:
        """Return the words of `key`; the key itself when there are none (a test finds those)."""
        part = self._by_key.get(key)
        return part(key, **fields) if part else key

    def keys(self) -> frozenset[str]:
        """Return all keys."""
        return frozenset(self._by_key)


def load_wordings(folders: Sequence[Path]) -> dict[str, Wording]:
    """Read all dictionaries of `folders`, by language.

    Raises:
        ContentError: a dictionary is missing or broken.
    """
    return {
        language: Wording(language, [load_texts(folder, language) for folder in folders])
        for language in LANGUAGES
    }
