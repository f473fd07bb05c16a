"""Compile a pattern of words so that it is searched quickly: a match begins with one of few characters.

Python's `re` skips quickly to where a pattern may begin only when the pattern itself starts with a set of
characters. Patterns made of words start with nested alternatives; knowing the characters makes the search up to
ten times faster. Understands what the content uses: literals, `[…]`, groups, look-around, `|`, `? * + {m,n}`, `^
$ .`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(
    r"(?P<open>\(\?(?:[:=!]|<[=!]))|(?P<close>\))|(?P<bar>\|)|(?P<set>\[(?:\\.|[^\]\\])+\])"
    r"|(?P<times>[?*+]|\{\d*,?\d*\})|(?P<edge>[\^$])|(?P<any>\.)|(?P<literal>\\.|[^()|])",
    re.DOTALL,
)
_RANGE = re.compile(r"\\?(.)-\\?(.)", re.DOTALL)
# \\d and its like stand for more than one character.
_CLASS = re.compile(r"\\[A-Za-z]")
_OPTIONAL = ("?", "*", "{0", "{,")


@dataclass(frozen=True, slots=True)
class _First:
    """The characters a part can begin with (None: any), and whether it may match nothing."""

    characters: "frozenset[str] | None"
    may_be_empty: bool


_NOTHING = _First(frozenset(), may_be_empty=True)


@lru_cache(maxsize=4096)
def quick_pattern(pattern: str) -> "re.Pattern[str]":
    """Return the compiled pattern, whose match is group 1 of what it finds; the rest of a find means nothing."""
    first = first_characters(pattern)
    if not first:
        return re.compile(f"({pattern})")
    # A character of the set (`re` skips quickly to those), then the pattern from that character on.
    characters = re.escape("".join(sorted(first)))
    return re.compile(f"[{characters}](?<=(?=({pattern})).)", re.DOTALL)


def find_quickly(pattern: "re.Pattern[str]", text: str) -> "Iterator[tuple[int, int]]":
    """Yield the spans of the matches of a `quick_pattern`, in order, as `finditer` would."""
    found = pattern.search(text)
    while found:
        yield found.span(1)
        found = pattern.search(text, max(found.end(1), found.start() + 1))


def first_characters(pattern: str) -> "frozenset[str] | None":
    """Return the characters a match can begin with; None when it may begin with any or be empty."""
    tokens = [(match.lastgroup or "", match[0]) for match in _TOKEN.finditer(pattern)]
    first, _ = _alternatives(tokens, 0)
    return None if first.may_be_empty else first.characters


def _alternatives(tokens: "list[tuple[str, str]]", at: int) -> "tuple[_First, int]":
    """Read until the group closes; return what it can begin with and the position after it."""
    branches: list[_First] = []
    while True:
        first, at = _sequence(tokens, at)
        branches.append(first)
        if at >= len(tokens) or tokens[at][0] == "close":
            return _any_of(branches), at
        at += 1


def _sequence(tokens: "list[tuple[str, str]]", at: int) -> "tuple[_First, int]":
    so_far = _NOTHING
    while at < len(tokens) and tokens[at][0] not in {"bar", "close"}:
        piece, at = _piece(tokens, at)
        if at < len(tokens) and tokens[at][0] == "times":
            piece = _First(piece.characters, piece.may_be_empty or tokens[at][1].startswith(_OPTIONAL))
            at += 1
        if so_far.may_be_empty:
            so_far = _First(_union(so_far.characters, piece.characters), piece.may_be_empty)
    return so_far, at


def _piece(tokens: "list[tuple[str, str]]", at: int) -> "tuple[_First, int]":
    kind, text = tokens[at]
    if kind == "open":
        first, end = _alternatives(tokens, at + 1)
        return (first if text == "(?:" else _NOTHING), end + 1
    if kind == "edge":
        return _NOTHING, at + 1
    if kind == "set":
        return _First(_members(text), may_be_empty=False), at + 1
    if kind == "any":
        return _First(None, may_be_empty=False), at + 1
    characters = None if _CLASS.match(text) else frozenset(text[-1])
    return _First(characters, may_be_empty=False), at + 1


def _members(text: str) -> "frozenset[str] | None":
    inside = text[1:-1]
    if inside.startswith("^") or _CLASS.search(inside):
        return None
    found = set(_RANGE.sub("", inside).replace("\\", ""))
    for first, last in _RANGE.findall(inside):
        found.update(map(chr, range(ord(first), ord(last) + 1)))
    return frozenset(found)


def _any_of(branches: "list[_First]") -> _First:
    characters: frozenset[str] | None = frozenset()
    for branch in branches:
        characters = _union(characters, branch.characters)
    return _First(characters, any(branch.may_be_empty for branch in branches))


def _union(one: "frozenset[str] | None", other: "frozenset[str] | None") -> "frozenset[str] | None":
    return None if one is None or other is None else one | other
