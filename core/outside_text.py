"""Words and names that came from outside, as they may be shown: nothing in them turns or hides what stands around."""

import re
import unicodedata
from typing import NamedTuple

# Embeddings, overrides and isolates turn the order of letters round, also of the letters behind them; the old format
# characters and annotation marks have no use in a message. Direction marks (U+200E, U+200F) turn nothing.
_TURNS = "\u202a-\u202e\u2066-\u2069\u206a-\u206f\ufff9-\ufffb"
_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f"
_TAKEN_OUT = re.compile(f"[{_TURNS}{_CONTROLS}]")
_LINE_ENDS = re.compile("\r\n|[\r\x85\u2028\u2029]")
# Letters and signs that are drawn as nothing: fillers of Korean, Khmer and Mongolian, the empty Braille cell,
# joiners and selectors. Spaces and format characters have categories of their own.
_EMPTY = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]"
)
_NOTHING = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
_SPACES = re.compile(r"\s+")
# Characters; what stands behind the last dot and is longer is no extension.
LONGEST_EXTENSION = 10
STEM_SHOWN = 60


class FileName(NamedTuple):
    """A file's name in two parts; `extension` begins with its dot, or is empty."""

    stem: str
    extension: str

    @property
    def whole(self) -> str:
        """The name to save the file under."""
        return self.stem + self.extension

    @property
    def short_stem(self) -> str:
        """The stem, cut so that the extension stays in sight."""
        return self.stem if len(self.stem) <= STEM_SHOWN else self.stem[: STEM_SHOWN - 1] + "…"


def cleaned(text: str) -> str:
    """Return a text without controls and without what turns its direction; its line ends are newlines."""
    return _TAKEN_OUT.sub("", _LINE_ENDS.sub("\n", text))


def shows_nothing(text: str) -> bool:
    """Whether a reader sees nothing of a text: spaces, controls and characters that are drawn as nothing."""
    return all(unicodedata.category(c) in _NOTHING or _EMPTY.match(c) for c in text)


def file_name(name: str) -> FileName:
    """Return a file's name with its real extension: the one that counts where the file is opened.

    Invisible characters, line ends and runs of spaces are taken out, and dots and spaces at the end, which systems
    drop when they save.
    """
    shown = "".join(c for c in cleaned(name) if c.isspace() or not shows_nothing(c))
    plain = _SPACES.sub(" ", shown).strip().rstrip(". ")
    stem, dot, extension = plain.rpartition(".")
    if not stem or " " in extension or len(extension) > LONGEST_EXTENSION:
        return FileName(plain, "")
    return FileName(stem.rstrip(), dot + extension)
