"""Write kana in the letters they are typed with, to compare words that are one slip of the thumb apart."""

import re

_ROWS = {
    "": "あいうえお",
    "k": "かきくけこ",
    "s": "さしすせそ",
    "t": "たちつてと",
    "n": "なにぬねの",
    "h": "はひふへほ",
    "m": "まみむめも",
    "r": "らりるれろ",
    "z": "ざじずぜぞ",
    "b": "ばびぶべぼ",
    "p": "ぱぴぷぺぽ",
}
_LETTERS = {
    kana: first + vowel for first, row in _ROWS.items() for kana, vowel in zip(row, "aiueo", strict=True)
} | {"や": "ya", "ゆ": "yu", "よ": "yo", "わ": "wa", "ん": "n", "ー": ""}
_TYPED = str.maketrans(_LETTERS)
_DOUBLED = re.compile("っ(.)", re.DOTALL)


def romaji(spoken: str) -> str:
    """Return the letters of a spoken form."""
    return _DOUBLED.sub(_double, spoken.translate(_TYPED))


def kana_places(spoken: str) -> "tuple[int, ...]":
    """Return for each letter of a spoken form the place of its kana."""
    places: list[int] = []
    for place, kana in enumerate(spoken):
        is_double = kana == "っ" and place + 1 < len(spoken)
        size = 1 if is_double else len(_LETTERS.get(kana, kana))
        places += [place] * size
    return tuple(places)


def _double(found: "re.Match[str]") -> str:
    return found[1] * 2


def slip_end(word: str, text: str, start: int) -> int | None:
    """Return where `word` ends in `text` from `start` when it is one slip off: a letter wrong, missing, doubled, two swapped.

    None when it is further off; a word that is right has no slip and ends where it ends.
    """
    length = len(word)
    same = 0
    while same < length and text[start + same : start + same + 1] == word[same]:
        same += 1
    if same == length:
        return start + length
    at, rest = start + same, word[same + 1 :]
    if text.startswith(rest, at + 1):  # wrong
        return at + length - same
    if text.startswith(word[same:], at + 1):  # one too many
        return at + 1 + length - same
    if text.startswith(rest, at):  # missing
        return at + length - same - 1
    swapped = word[same + 1 : same + 2] + word[same]
    if text.startswith(swapped + word[same + 2 :], at) and len(swapped) > 1:
        return at + length - same
    return None
