"""Make the normal form of what residents type.

Phones, voice input and old keyboards write the same word in many ways: half-width kana, full-width digits,
decomposed voicing marks, 〜 or ― for a long vowel, ！！！！, pictures in between. Everything that compares
text works on this form.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial

from core.ja.read_text import ReadText, form, lines_of

# Characters of the normal form before it is calmed, and (start, end) of what they stand for: together, or each for one.
_Piece = tuple[str, int, int, bool]

_EMOJI_JOINERS = {"\u200d", "\ufe0e", "\ufe0f", "\u20e3"}
_HALFWIDTH_VOICING = {"\uff9e", "\uff9f"}
# Marks that stand beside the kana: カ゛ is ガ.
_SPACING_VOICING = {"\u309b": "\u3099", "\u309c": "\u309a"}
_PICTURES = (("\u2600", "\u27bf"), ("\u2b50", "\u2b55"), ("\U0001f000", "\U0001faff"))
_WAVES = {"~", "\u301c"}
_DASHES = {"\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2015", "\u2212", "\u2500", "-"}
_LONG = "ー"
_ITERATION = {"ゝ": "", "ヽ": "", "ゞ": "\u3099", "ヾ": "\u3099"}
# A run of three or more of these adds emphasis, no meaning: 「いたいいいい」「！！！！」「ｗｗｗ」.
_EMPHASIS = 2
_STRETCHED = frozenset("〜~!?。、,.…・wぁぃぅぇぉっゃゅょァィゥェォッあいうえおアイウエオ笑")
_SINGLE = frozenset(" ー")
# What belongs to the character before it: か + ゙ is one, and keeps one origin.
_MARKS = "".join((*_HALFWIDTH_VOICING, *_SPACING_VOICING)) + "".join(
    character for character in map(chr, range(0x300, 0x1F000)) if unicodedata.combining(character)
)
# What becomes something else after kana.
_AFTER_KANA = _WAVES | _DASHES | _ITERATION.keys()
# Most of what people write stands for itself whatever comes before: a run of it is passed on without a closer look.
_ORDINARY = "\u3041-\u3094\u30a1-\u30f4\u4e00-\u9fa0a-zA-Z0-9、。「」・!?,.:;/%()"
_RUN = re.compile(rf"[{_ORDINARY}]*")
_RUN_OR_CLUSTER = re.compile(rf"([{_ORDINARY}]+)(?![{_MARKS}])|[\s\S][{_MARKS}]*")
_CALM = re.compile(
    rf"([{''.join(_SINGLE)}])\1+|([{''.join(map(re.escape, sorted(_STRETCHED)))}])\2{{{_EMPHASIS},}}"
)
_SPACES = re.compile(r"\s+")
_BESIDE = str.maketrans(_SPACING_VOICING)
_KATAKANA_TO_HIRAGANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}


Origins = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Normalised:
    """A text in its normal form, with the place of each character in the original.

    Attributes:
        text: The normal form.
        trace: Returns the `origins`; called when a place is asked for, which most texts never are.
    """

    text: str
    trace: "Callable[[], Origins]" = field(compare=False)

    @cached_property
    def origins(self) -> Origins:
        """For each character of `text`, its (start, end) in the original, in characters."""
        return self.trace()

    def span(self, start: int, end: int) -> "tuple[int, int]":
        """Map `text[start:end]` to (start, end) in the original; the slice must not be empty."""
        return self.origins[start][0], self.origins[end - 1][1]


@form
def normalise(text: str) -> str:
    """Bring text to its normal form: NFKC, one width, plain long vowels, no pictures, single spaces."""
    return _CALM.sub(_once, _plain_text(text)).strip(" ")


@form
def normalised(text: str) -> Normalised:
    """Like `normalise`, with the places of the original characters."""
    source = ReadText(text)
    return Normalised(normalise(source), partial(_traced, source))


def _traced(source: ReadText) -> Origins:
    origins = [origin for piece in _pieces(source) for origin in _origins(piece)]
    calm: list[tuple[int, int]] = []
    position = 0
    plain = _plain_text(source)
    for run in _CALM.finditer(plain):
        # One of a stretched run covers the run's whole origin.
        calm += origins[position : run.start()]
        calm.append((origins[run.start()][0], origins[run.end() - 1][1]))
        position = run.end()
    calm += origins[position:]
    found = normalise(source)
    begin = int(plain.startswith(" ") and bool(found))
    return calm[begin : begin + len(found)]


@form
def fold(text: str) -> str:
    """Bring text to the form for matching words: normal form, lower case, hiragana for katakana, no spaces."""
    return hiragana(_SPACES.sub("", normalise(text)).casefold())


@form
def folded_words(text: str) -> str:
    """Like `fold`, but keep the spaces between words, which show where a short name stands alone."""
    return hiragana(normalise(text).casefold())


@form
def folded_lines(text: str) -> str:
    """Bring text to the form for patterns over several sentences: each line folded, a 。 between them."""
    return "。".join(fold(line) for line in lines_of(text) if line.strip())


def hiragana(text: str) -> str:
    """Write katakana as hiragana, character by character."""
    return text.translate(_KATAKANA_TO_HIRAGANA)


def _once(run: "re.Match[str]") -> str:
    return run[0][0]


def _plain_text(text: str) -> str:
    return "".join([piece[0] for piece in _pieces(text)])


@form
def _pieces(text: str) -> "tuple[_Piece, ...]":
    """Return the plain characters of each run and each cluster of a text, in order."""
    if text and _RUN.fullmatch(text):
        return ((text, 0, len(text), True),)
    found: list[_Piece] = []
    previous = ""
    for match in _RUN_OR_CLUSTER.finditer(text):
        is_run = match.lastindex is not None
        characters = match[0] if is_run else _plain_cluster(match[0], previous)
        if characters:
            found.append((characters, *match.span(), is_run))
            previous = characters[-1]
    return tuple(found)


def _plain_cluster(cluster: str, previous: str) -> str:
    found = _alone(cluster) if len(cluster) == 1 else None
    if found is not None:
        return found
    plain = ""
    for character in unicodedata.normalize("NFKC", cluster[:1] + cluster[1:].translate(_BESIDE)):
        plain += _after(plain[-1:] or previous, character) or _itself(character)
    return plain


def _origins(piece: _Piece) -> "list[tuple[int, int]]":
    characters, start, end, is_run = piece
    if is_run:
        return [(at, at + 1) for at in range(start, end)]
    return [(start, end)] * len(characters)


def _after(previous: str, character: str) -> str:
    """Return what a long sound or an iteration mark stands for after `previous`; empty when nothing special."""
    if character in _ITERATION and _is_kana(previous):
        voiced = unicodedata.normalize("NFC", previous + _ITERATION[character])
        return voiced if len(voiced) == 1 else previous
    is_long = (character in _WAVES and _is_kana(previous)) or (
        character in _DASHES and _is_katakana(previous)
    )
    return _LONG if is_long else ""


@lru_cache(maxsize=4096)
def _alone(character: str) -> "str | None":
    """Return what stands for a character whatever comes before; None when that makes a difference."""
    plain = unicodedata.normalize("NFKC", character)
    return None if _AFTER_KANA & set(plain) else "".join(map(_itself, plain))


def _itself(character: str) -> str:
    """Return what stands for a character of the composed form; empty when nothing does."""
    if character.isspace() or _is_picture(character):
        return " "
    is_nothing = character in _EMOJI_JOINERS or unicodedata.category(character) in {
        "Cc",
        "Cf",
        "Cs",
        "Co",
        "Cn",
    }
    return "" if is_nothing else character


def _is_kana(character: str) -> bool:
    return character != "" and ("ぁ" <= character <= "ゖ" or _is_katakana(character))


def _is_katakana(character: str) -> bool:
    return character != "" and ("ァ" <= character <= "ヺ" or character == _LONG)


def _is_picture(character: str) -> bool:
    """Whether it is an emoji or its modifier; arrows, ○ and the like are text."""
    return any(first <= character <= last for first, last in _PICTURES)
