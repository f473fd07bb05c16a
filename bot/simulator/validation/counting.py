"""Count texts in two ways, as LINE's page "Character counting in a text" has them.

Lengths are UTF-16 code units; labels, shown texts and template texts are counted in grapheme clusters.
"""

import unicodedata
from collections.abc import Callable

Count = Callable[[str], int]

_LAST_OF_ONE_UNIT = 0xFFFF
_ZERO_WIDTH_JOINER = "\u200d"
_REGIONAL_INDICATORS = range(0x1F1E6, 0x1F200)
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_TAGS = range(0xE0020, 0xE0080)


def utf16_length(text: str) -> int:
    """Return the number of UTF-16 code units: 🍎 and some kanji count as 2."""
    return len(text) + sum(1 for character in text if ord(character) > _LAST_OF_ONE_UNIT)


def grapheme_length(text: str) -> int:
    """Return the number of characters a reader sees.

    Covers combining marks, variation selectors, joined emoji, skin tones, flags and CR LF. Conjoining
    Hangul jamo, which no Japanese text holds, are counted one by one.
    """
    count = 0
    flag_open = False
    previous = ""
    for character in text:
        is_flag_letter = ord(character) in _REGIONAL_INDICATORS
        joins = (
            previous == _ZERO_WIDTH_JOINER
            or (is_flag_letter and flag_open)
            or (previous == "\r" and character == "\n")
            or _extends(character)
        )
        if not joins or not previous:
            count += 1
        flag_open = is_flag_letter and not (flag_open and joins)
        previous = character
    return count


def _extends(character: str) -> bool:
    code = ord(character)
    return (
        unicodedata.category(character) in {"Mn", "Me", "Mc"}
        or character == _ZERO_WIDTH_JOINER
        or code in _SKIN_TONES
        or code in _TAGS
    )
