"""State LINE's limits on messages, and count as LINE does (two ways).

From the OpenAPI description and the Messaging API reference (August 2026); the SDK checks only the former.
Lengths are UTF-16 code units; labels and shown texts are grapheme clusters ("Character counting in a text").
"""

import unicodedata
from collections.abc import Iterator

MESSAGES = 5
TEXT = 5000  # UTF-16 units
ALT_TEXT = 1500  # UTF-16 units
QUICK_REPLIES = 13
QUICK_LABEL = 20  # graphemes
FLEX_LABEL = 40  # graphemes
POSTBACK_DATA = 300  # UTF-16 units
SHOWN_TEXT = 300  # graphemes: displayText of a postback, text of a message action
MEDIA_URL = 2000  # UTF-16 units
BUBBLES = 12
BUBBLE_BYTES = 30 * 1024
CAROUSEL_BYTES = 50 * 1024

ELLIPSIS = "…"

_JOINER = "\u200d"
_EXTENDING = {"Mn", "Me", "Mc"}


def utf16_units(text: str) -> int:
    """Return the length as LINE counts most texts: 🍎 and rare kanji are 2."""
    return len(text) + sum(1 for c in text if c > "\uffff")


def graphemes(text: str) -> Iterator[str]:
    """Yield graphemes: combining marks, joined emoji and flags stay together."""
    start = 0
    flag = 0
    for position, character in enumerate(text):
        flag = flag + 1 if "\U0001f1e6" <= character <= "\U0001f1ff" else 0
        if position > start and not _continues(text[position - 1], character, flag):
            yield text[start:position]
            start = position
            flag = min(flag, 1)
    if text:
        yield text[start:]


def _continues(before: str, character: str, flag: int) -> bool:
    return (
        _JOINER in (before, character)
        or flag % 2 == 0 < flag
        or (before == "\r" and character == "\n")
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0020" <= character <= "\U000e007f"
        or unicodedata.category(character) in _EXTENDING
    )


def shortened(text: str, most: int) -> str:
    """Return `text` in at most `most` graphemes, the last one … if it was cut."""
    if len(text) <= most:
        return text
    clusters = list(graphemes(text))
    return text if len(clusters) <= most else "".join(clusters[: most - 1]) + ELLIPSIS


def shortened_units(text: str, most: int) -> str:
    """Return `text` in at most `most` UTF-16 units, ending in … if it was cut."""
    if utf16_units(text) <= most:
        return text
    return text[: prefix_length(text, most - 1)].rstrip() + ELLIPSIS


def prefix_length(text: str, most: int) -> int:
    """Return how many characters of `text` fit into `most` UTF-16 units (2 or more) without cutting a grapheme.

    A grapheme longer than `most` (any number of combining marks) is cut between its characters.
    """
    units = 0
    length = 0
    for cluster in graphemes(text):
        units += utf16_units(cluster)
        if units > most:
            break
        length += len(cluster)
    return length or _hard_prefix_length(text, most)


def _hard_prefix_length(text: str, most: int) -> int:
    units = 0
    for length, character in enumerate(text):
        units += utf16_units(character)
        if units > most:
            return max(length, 1)
    return len(text)


def clean(text: str) -> str:
    """Return `text` without what no message can carry: lone surrogates and null characters."""
    return text.replace("\0", "").encode(errors="replace").decode()
