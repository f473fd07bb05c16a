"""Compile patterns made of shared words: `<name>` in a pattern stands for an entry of the words file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from bot.triage.screen.first_characters import first_characters
from bot.triage.screen.normal_form import screen_form
from core.errors import ContentError

Span = tuple[int, int]

_WORD = re.compile(r"<([a-z][a-z_]*)>")
_NEVER_IN_FOLDED = re.compile(r"[ァ-ヺA-Z\s]")
_PIECE = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|<[a-z][a-z_]*>|[()|]")
_LEAD = re.compile(r"<[a-z_]+>\{0,(\d+)\}(?=.)")
_MAY_BE_MISSING = ("?", "*", "{0")


@dataclass(frozen=True, slots=True, eq=False)
class Phrase:
    """A compiled pattern: a match is `group` of `expression`, extended to the left by `lead`.

    One object for one pattern: phrases are compared by identity, because comparing patterns is slow.
    """

    expression: re.Pattern[str]
    group: int
    lead: re.Pattern[str] | None = None
    longest_lead: int = 0

    def search(self, text: str, start: int = 0) -> Span | None:
        """Return the first match at or after `start` (a lead may begin before it)."""
        found = self.expression.search(text, start)
        if found is None:
            return None
        begin, end = found.span(self.group)
        return self._reached_back(text, begin), end

    def spans(self, text: str) -> list[Span]:
        """Return all matches, in order."""
        found: list[Span] = []
        span = self.search(text)
        while span:
            found.append(span)
            span = self.search(text, max(span[1], span[0] + 1))
        return found

    def _reached_back(self, text: str, begin: int) -> int:
        if self.lead is None:
            return begin
        earliest = max(0, begin - self.longest_lead)
        return next(at for at in range(earliest, begin + 1) if self.lead.fullmatch(text, at, begin))


@lru_cache(maxsize=4096)
def _phrase(pattern: str) -> Phrase:
    first = first_characters(pattern)
    if not first:
        return Phrase(re.compile(pattern), 0)
    # A character of the set (`re` skips quickly to those), then the pattern from that character on.
    characters = re.escape("".join(sorted(first)))
    return Phrase(re.compile(f"[{characters}](?<=(?=({pattern})).)", re.DOTALL), 1)


def compile_phrase(pattern: str, words: Mapping[str, str]) -> Phrase:
    """Compile a pattern whose `<name>`s are replaced; words may contain words.

    Raises:
        ContentError: an unknown word, a pattern that is broken or could never match folded text.
    """
    if never := _NEVER_IN_FOLDED.search(pattern):
        raise ContentError(f"'{never[0]}' never occurs in folded text; write hiragana and small letters")
    try:
        return _phrase(screen_form(_replaced(pattern, words, ())))
    except re.error as exc:
        raise ContentError(str(exc)) from exc


def spelled_out_alternatives(pattern: str, words: Mapping[str, str]) -> tuple[Phrase, ...]:
    """Compile each alternative of a pattern by itself; one that begins with a gap is found by what follows.

    Raises:
        ContentError: as `spelled_out`.
    """
    found = []
    for alternative in _alternatives(pattern):
        lead = _LEAD.match(alternative)
        core = compile_phrase(alternative[lead.end() :] if lead else alternative, words)
        if lead:
            gap = re.compile(screen_form(_replaced(lead[0], words, ())))
            core = Phrase(core.expression, core.group, gap, int(lead[1]))
        found.append(core)
    return tuple(found)


def _alternatives(pattern: str) -> list[str]:
    """Split a pattern at the `|` outside groups."""
    parts, depth, begin = [], 0, 0
    for piece in _PIECE.finditer(pattern):
        depth += {"(": 1, ")": -1}.get(piece[0], 0)
        if piece[0] == "|" and depth == 0:
            parts.append(pattern[begin : piece.start()])
            begin = piece.end()
    return [*parts, pattern[begin:]]


def _replaced(pattern: str, words: Mapping[str, str], inside: tuple[str, ...]) -> str:
    def word(match: re.Match[str]) -> str:
        name = match[1]
        if name not in words:
            raise ContentError(f"unknown word <{name}>")
        if name in inside:
            raise ContentError(f"word <{name}> stands in itself")
        return f"(?:{_replaced(words[name], words, (*inside, name))})"

    return _WORD.sub(word, pattern)


def needed_words(pattern: str) -> tuple[str, ...]:
    """Return the words without which the pattern cannot match: those outside groups and not optional."""
    depth = 0
    found: list[str] = []
    for piece in _PIECE.finditer(pattern):
        if piece[0] == "(":
            depth += 1
        elif piece[0] == ")":
            depth -= 1
        elif depth == 0 and piece[0] == "|":
            return ()
        elif depth == 0 and piece[0].startswith("<") and not pattern.startswith(_MAY_BE_MISSING, piece.end()):
            found.append(piece[0][1:-1])
    return tuple(dict.fromkeys(found))
