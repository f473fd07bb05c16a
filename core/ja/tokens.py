"""Split text into tokens (short units) with Sudachi."""

import threading
from dataclasses import dataclass

from sudachipy import Dictionary, SplitMode, Tokenizer

from core.ja.normal import hiragana, normalised
from core.ja.read_text import head

MAX_CHARACTERS = 10_000  # Sudachi refuses more than 49,149 bytes; a LINE text has at most 5,000 characters

_ENDINGS = frozenset({"助詞", "助動詞"})

_lock = threading.Lock()
_tokenizer: Tokenizer | None = None


@dataclass(frozen=True)
class Token:
    """One word of a text.

    Attributes:
        surface: As written, in the normal form of `core.ja.normal`.
        start: First character in the original text.
        end: One past the last character in the original text.
        normal: Sudachi's normalised form: one spelling for 「腹」「はら」「ハラ」 where the dictionary knows it.
        part: Part of speech, its first level: 名詞, 動詞, 助詞, 補助記号 ...
        reading: How it is spoken, in hiragana: けつあつ for 「血圧」 and 「けつあつ」.
    """

    surface: str
    start: int
    end: int
    normal: str
    part: str
    reading: str


def tokens(text: str) -> "tuple[Token, ...]":
    """Split text into short units (Sudachi mode A), spaces left out; safe to call from several threads."""
    source = normalised(head(text, MAX_CHARACTERS))
    with _lock:
        found = [
            (
                morpheme.surface(),
                morpheme.begin(),
                morpheme.end(),
                morpheme.normalized_form(),
                morpheme.part_of_speech()[0],
                hiragana(morpheme.reading_form() or morpheme.surface()),
            )
            for morpheme in _sudachi().tokenize(source.text[:MAX_CHARACTERS])
        ]
    return tuple(
        Token(surface, *source.span(begin, end), normal, part, reading)
        for surface, begin, end, normal, part, reading in found
        if end > begin and part != "空白"
    )


def sudachi_words(text: str) -> "list[tuple[str, str, bool]]":
    """Return (surface, reading in katakana, whether it is a particle or an ending) of each short unit, in order.

    `text` is in normal form; the surfaces joined are `text`.
    """
    with _lock:
        found = _sudachi().tokenize(text[:MAX_CHARACTERS])
    # What was found belongs to this call alone: another thread may tokenize while it is read.
    return [
        (morpheme.surface(), morpheme.reading_form(), morpheme.part_of_speech()[0] in _ENDINGS)
        for morpheme in found
    ]


def kanji_of(word: str) -> "frozenset[str]":
    """Return the kanji that one word in kana would be written with: 薬 and 缶 for やかん."""
    if any("一" <= character <= "龯" for character in word):
        return frozenset()
    with _lock:
        found = [m.normalized_form() for m in _sudachi().tokenize(normalised(word).text)]
    usual = found[0] if len(found) == 1 else ""
    return frozenset(character for character in usual if "一" <= character <= "龯")


def reading_cost(text: str) -> int:
    """Return how unlikely a text reads: low for words that are known and follow each other well."""
    with _lock:
        cost: int = _sudachi().tokenize(normalised(text).text[:MAX_CHARACTERS]).get_internal_cost()
        return cost


def sudachi_parts(word: str) -> "list[tuple[str, str, str, str, str]]":
    """Return (surface, part of speech, conjugation, form, reading in hiragana) of each short unit of a word."""
    with _lock:
        found = list(_sudachi().tokenize(normalised(word).text.casefold()))
    return [
        (
            m.surface(),
            m.part_of_speech()[0],
            m.part_of_speech()[4],
            m.part_of_speech()[5],
            _reading(m.surface(), m.reading_form()),
        )
        for m in found
    ]


def _reading(surface: str, reading: str) -> str:
    """Return a word in kana; what is written in kana or Latin letters stands for itself."""
    kana = hiragana(surface)
    is_kana = all("ぁ" <= character <= "ゖ" or character == "ー" for character in kana)
    if is_kana or surface.isascii():
        return kana
    known = hiragana(reading)
    # Sudachi reads 言う as ゆう; here it is いう on both sides (`core.ja.spoken`).
    return "い" + known[1:] if surface.startswith("言") and known.startswith("ゆ") else known


def _sudachi() -> Tokenizer:
    """Load the dictionary (about 200 MB, mapped from disk) at the first use."""
    global _tokenizer  # noqa: PLW0603  one dictionary a process
    if _tokenizer is None:
        _tokenizer = Dictionary().tokenizer(mode=SplitMode.A)
    return _tokenizer
