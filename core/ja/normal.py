"""Make the normal form of what residents type.

Phones, voice input and old keyboards write the same word in many ways: half-width kana, full-width digits,
decomposed voicing marks, 〜 or ― for a long vowel, ！！！！, pictures in between. Everything that compares
text works on this form.
"""

import re
import unicodedata
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from core.ja.read_text import form

_Piece = tuple[str, int, int]

_EMOJI_JOINERS = {"\u200d", "\ufe0e", "\ufe0f", "\u20e3"}
_HALFWIDTH_VOICING = {"\uff9e", "\uff9f"}
_PICTURES = (("\u2600", "\u27bf"), ("\u2b50", "\u2b55"), ("\U0001f000", "\U0001faff"))
_WAVES = {"~", "\u301c"}
_DASHES = {"\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2015", "\u2212", "\u2500", "-"}
_LONG = "ー"
_ITERATION = {"ゝ": "", "ヽ": "", "ゞ": "\u3099", "ヾ": "\u3099"}
# A run of three or more of these adds emphasis, no meaning: 「いたいいいい」「！！！！」「ｗｗｗ」.
_EMPHASIS = 2
_STRETCHED = frozenset("〜~!?。、,.…・wぁぃぅぇぉっゃゅょァィゥェォッあいうえおアイウエオ笑")
_SINGLE = frozenset(" ー")
# Most characters of a message stand for themselves in every context, so they are passed on unchecked.
_ORDINARY = frozenset(
    "".join(map(chr, (*range(0x3041, 0x3095), *range(0x30A1, 0x30F5), *range(0x4E00, 0x9FA1))))
    + "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789、。"
)
_KATAKANA_TO_HIRAGANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}


@dataclass(frozen=True)
class Normalised:
    """A text in its normal form, with the place of each character in the original.

    Attributes:
        text: The normal form.
        origins: For each character of `text`, its (start, end) in the original, in characters.
    """

    text: str
    origins: "tuple[tuple[int, int], ...]"

    def span(self, start: int, end: int) -> "tuple[int, int]":
        """Map `text[start:end]` to (start, end) in the original; the slice must not be empty."""
        return self.origins[start][0], self.origins[end - 1][1]


def normalise(text: str) -> str:
    """Bring text to its normal form: NFKC, one width, plain long vowels, no pictures, single spaces."""
    return normalised(text).text


@form
def normalised(text: str) -> Normalised:
    """Like `normalise`, with the places of the original characters."""
    pieces: list[_Piece] = []
    for start, end in _clusters(text):
        if end == start + 1 and text[start] in _ORDINARY:
            pieces.append((text[start], start, end))
            continue
        for character in unicodedata.normalize("NFKC", text[start:end]):
            plain = _plain(character, pieces[-1][0] if pieces else "")
            if plain is not None:
                pieces.append((plain, start, end))
    pieces = _calm(pieces)
    while pieces and pieces[-1][0] == " ":
        pieces.pop()
    if pieces and pieces[0][0] == " ":
        pieces.pop(0)
    return Normalised("".join(piece[0] for piece in pieces), tuple((start, end) for _, start, end in pieces))


@form
def fold(text: str) -> str:
    """Bring text to the form for matching words: normal form, lower case, hiragana for katakana, no spaces."""
    return hiragana(re.sub(r"\s+", "", normalise(text)).casefold())


@form
def folded_words(text: str) -> str:
    """Like `fold`, but keep the spaces between words, which show where a short name stands alone."""
    return hiragana(normalise(text).casefold())


@form
def folded_lines(text: str) -> str:
    """Bring text to the form for patterns over several sentences: each line folded, a 。 between them."""
    return "。".join(fold(line) for line in _lines(text) if line.strip())


def _lines(text: str) -> list[str]:
    # A single line is the text itself, whose forms exist already.
    lines = text.splitlines()
    return [text] if lines == [text] else lines


def hiragana(text: str) -> str:
    """Write katakana as hiragana, character by character."""
    return text.translate(_KATAKANA_TO_HIRAGANA)


def _clusters(text: str) -> "list[tuple[int, int]]":
    """Split into characters with their combining marks, so that か + ゙ is composed and keeps one origin."""
    clusters: list[tuple[int, int]] = []
    for index, character in enumerate(text):
        if (
            character not in _ORDINARY
            and clusters
            and (unicodedata.combining(character) or character in _HALFWIDTH_VOICING)
        ):
            clusters[-1] = (clusters[-1][0], index + 1)
        else:
            clusters.append((index, index + 1))
    return clusters


def _calm(pieces: "list[_Piece]") -> "list[_Piece]":
    """Shorten a stretched run to one character; it covers the run's whole origin."""
    calm: list[_Piece] = []
    for character, group in groupby(pieces, key=itemgetter(0)):
        run = list(group)
        if character in _SINGLE or (character in _STRETCHED and len(run) > _EMPHASIS):
            calm.append((character, run[0][1], run[-1][2]))
        else:
            calm.extend(run)
    return calm


def _plain(character: str, previous: str) -> "str | None":
    """Return what replaces this character after `previous`; None when nothing does."""
    if character.isspace() or _is_picture(character):
        return " "
    if character in _ITERATION and _is_kana(previous):
        voiced = unicodedata.normalize("NFC", previous + _ITERATION[character])
        return voiced if len(voiced) == 1 else previous
    if character in _WAVES and _is_kana(previous):
        return _LONG
    if character in _DASHES and _is_katakana(previous):
        return _LONG
    if character in _EMOJI_JOINERS or unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn"}:
        return None
    return character


def _is_kana(character: str) -> bool:
    return character != "" and ("ぁ" <= character <= "ゖ" or _is_katakana(character))


def _is_katakana(character: str) -> bool:
    return character != "" and ("ァ" <= character <= "ヺ" or character == _LONG)


def _is_picture(character: str) -> bool:
    """Whether it is an emoji or its modifier; arrows, ○ and the like are text."""
    return any(first <= character <= last for first, last in _PICTURES)
