"""Split long texts into pieces that LINE takes, cut where a reader would pause."""

import re

from bot.line.limits import TEXT, prefix_length, utf16_units

# A sentence ends after its mark and any brackets that close on it.
_SENTENCE_END = re.compile(r"[。！？!?]+[」』）)]*|\n+")
_PAUSE = re.compile(r"[、，,\s　]+")


def split_text(text: str, most: int = TEXT) -> list[str]:
    """Return `text` in pieces of at most `most` UTF-16 units; only white space at the cuts is lost."""
    pieces: list[str] = []
    rest = text.strip()
    while utf16_units(rest) > most:
        window = rest[: prefix_length(rest, most)]
        cut = _last_end(_SENTENCE_END, window) or _last_end(_PAUSE, window) or len(window)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [piece for piece in [*pieces, rest] if piece]


def last_sentence(text: str, most: int) -> tuple[str, str]:
    """Return `text` as what comes before and its last sentence (at most `most` UTF-16 units)."""
    text = text.strip()
    # More than `most` characters are more than `most` units, so only the tail can hold it.
    ends = [
        m.end() for m in _SENTENCE_END.finditer(text, max(0, len(text) - most - 1)) if m.end() < len(text)
    ]
    start = ends[-1] if ends else len(text)
    tail = text[start:].strip()
    return (text[:start].rstrip(), tail) if utf16_units(tail) <= most else (text, "")


def _last_end(pattern: re.Pattern[str], window: str) -> int:
    """Return the end of the last match in the second half of `window`, 0 if there is none."""
    ends = [m.end() for m in pattern.finditer(window)]
    return ends[-1] if ends and ends[-1] > len(window) // 2 else 0
