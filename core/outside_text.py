"""Clean text and names from outside to be shown: they must not turn or hide the text around them."""

import re
import unicodedata
from typing import NamedTuple

# Embeddings, overrides and isolates reverse the order of letters, also of those after them; the old format
# characters and annotation marks have no use in a message. Direction marks (U+200E, U+200F) reverse nothing.
_TURNS = "\u202a-\u202e\u2066-\u2069\u206a-\u206f\ufff9-\ufffb"
_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f"
_TAKEN_OUT = re.compile(f"[{_TURNS}{_CONTROLS}]")
_LINE_ENDS = re.compile("\r\n|[\r\x85\u2028\u2029]")
# Letters and signs that are drawn as nothing: fillers of Korean, Khmer and Mongolian, the empty Braille cell,
# joiners and selectors. Spaces and format characters are found by their category.
_EMPTY = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\ufffc\U0001d159\U000e0000-\U000e0fff]"
)
_NOTHING = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
_SPACES = re.compile(r"\s+")
# Characters; a longer part after the last dot is not taken for an extension.
LONGEST_EXTENSION = 10
STEM_SHOWN = 60


class FileName(NamedTuple):
    """A file's name in two parts; `extension` begins with its dot, or is empty."""

    stem: str
    extension: str

    @property
    def whole(self) -> str:
        """The full name, as the file is saved."""
        return self.stem + self.extension

    @property
    def short_stem(self) -> str:
        """The stem, cut so that the extension stays visible."""
        return self.stem if len(self.stem) <= STEM_SHOWN else self.stem[: STEM_SHOWN - 1] + "…"


def cleaned(text: str) -> str:
    """Return a text without controls and direction changes; its line ends become newlines."""
    return _TAKEN_OUT.sub("", _LINE_ENDS.sub("\n", text))


def shows_nothing(text: str) -> bool:
    """Whether a reader sees nothing of a text: spaces, controls and characters that are drawn as nothing."""
    return all(unicodedata.category(c) in _NOTHING or _EMPTY.match(c) for c in text)


def file_name(name: str) -> FileName:
    """Return a file's name with its real extension: the one that decides how it is opened.

    Invisible characters, line ends and runs of spaces are removed, and dots and spaces at the end, which
    systems drop when they save.
    """
    shown = "".join(c for c in cleaned(name) if c.isspace() or not shows_nothing(c))
    plain = _SPACES.sub(" ", shown).strip().rstrip(". ")
    stem, dot, extension = plain.rpartition(".")
    if not stem or " " in extension or len(extension) > LONGEST_EXTENSION:
        return FileName(plain, "")
    return FileName(stem.rstrip(), dot + extension)
