"""Split text into tokens (short units) with Sudachi."""

import threading
from dataclasses import dataclass

from sudachipy import Dictionary, SplitMode, Tokenizer

from core.ja.normal import hiragana, normalised
from core.ja.read_text import head

MAX_CHARACTERS = 10_000  # Sudachi refuses more than 49,149 bytes; a LINE text has at most 5,000 characters

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


def _sudachi() -> Tokenizer:
    """Load the dictionary (about 200 MB, mapped from disk) at the first use."""
    global _tokenizer  # noqa: PLW0603  one dictionary a process
    if _tokenizer is None:
        _tokenizer = Dictionary().tokenizer(mode=SplitMode.A)
    return _tokenizer
