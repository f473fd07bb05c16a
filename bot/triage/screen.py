"""The red-flag screen: plain patterns on every inbound text, before anything else and without machine learning.

The patterns are content (`data/triage/first_check.yml`): the seven items that the 救急受診ガイド asks first. They
prefer a needless 119 card to a missed one. Patterns see `core.ja.fold`ed text: hiragana for katakana, no spaces,
small vowels made large.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from core.content import Content, read_content
from core.errors import ContentError
from core.ja import fold

FIRST_CHECK = Path("triage", "first_check.yml")

Category = Literal[
    "no_breathing", "no_pulse", "drowning", "cold_body", "no_response", "cannot_speak", "bad_colour"
]

_Span = tuple[int, int]

_SMALL_VOWELS = str.maketrans("ぁぃぅぇぉ", "あいうえお")
_WORD = re.compile(r"<([a-z_]+)>")
_NEVER_IN_FOLDED = re.compile(r"[ァ-ヶA-Z\s]")


@dataclass(frozen=True, slots=True)
class RedFlag:
    """What was recognised: one of the seven items, and the rule that saw it."""

    category: Category
    rule_id: str


class RuleContent(Content):
    """One pattern over folded text; `<word>` stands for an entry of `words`."""

    id: str
    pattern: str


class CategoryContent(Content):
    """One item of the first check with its rules, what takes a finding back, and examples of both."""

    id: Category
    item: str
    note: str = ""
    rules: tuple[RuleContent, ...] = Field(min_length=1)
    unless: tuple[str, ...] = ()
    fires: tuple[str, ...] = Field(min_length=12)
    silent: tuple[str, ...] = Field(min_length=12)


class FirstCheckContent(Content):
    """The file as a whole."""

    version: str
    source: tuple[str, ...] = Field(min_length=1)
    reviewer: str | None
    status: Literal["draft", "reviewed"]
    words: dict[str, str]
    unless: tuple[str, ...]
    categories: tuple[CategoryContent, ...]


@dataclass(frozen=True, slots=True)
class Screen:
    """Compiled patterns; `unless` takes a finding back where the two overlap in the text."""

    rules: tuple[tuple[RedFlag, re.Pattern[str]], ...]
    unless: dict[str, tuple[re.Pattern[str], ...]] = field(default_factory=dict)

    def __call__(self, text: str) -> RedFlag | None:
        """Return the first red flag in `text`, in the order of the file."""
        folded = folded_text(text)
        taken_back: dict[str, list[_Span]] = {}
        for flag, pattern in self.rules:
            found = [match.span() for match in pattern.finditer(folded)]
            if found and flag.category not in taken_back:
                taken_back[flag.category] = self._taken_back(folded, flag.category)
            if any(not _overlaps(span, taken_back[flag.category]) for span in found):
                return flag
        return None

    def _taken_back(self, folded: str, category: str) -> list[_Span]:
        return [match.span() for pattern in self.unless[category] for match in pattern.finditer(folded)]


def _overlaps(span: _Span, others: list[_Span]) -> bool:
    return any(start < span[1] and span[0] < end for start, end in others)


def folded_text(text: str) -> str:
    """Return the form of `text` that the patterns are written for."""
    return fold(text).translate(_SMALL_VOWELS)


def load_first_check(data_dir: Path) -> FirstCheckContent:
    """Read the content of the screen.

    Raises:
        ContentError: the file is missing or broken; says where and why.
    """
    return read_content(data_dir / FIRST_CHECK, FirstCheckContent)


def compile_screen(content: FirstCheckContent) -> Screen:
    """Turn content into a screen.

    Raises:
        ContentError: a pattern is broken or could never match; says which.
    """
    rules: list[tuple[RedFlag, re.Pattern[str]]] = []
    unless: dict[str, tuple[re.Pattern[str], ...]] = {}
    for category in content.categories:
        rules += [
            (RedFlag(category.id, rule.id), _compiled(rule.pattern, rule.id, content.words))
            for rule in category.rules
        ]
        guards = (*category.unless, *content.unless)
        unless[category.id] = tuple(_compiled(p, f"{category.id}.unless", content.words) for p in guards)
    return Screen(tuple(rules), unless)


def _compiled(pattern: str, name: str, words: dict[str, str]) -> re.Pattern[str]:
    if never := _NEVER_IN_FOLDED.search(pattern):
        raise ContentError(f"{FIRST_CHECK}: {name}: '{never[0]}' never occurs in folded text; write hiragana")
    try:
        return re.compile(_WORD.sub(lambda m: f"(?:{words[m[1]]})", pattern))
    except (re.error, KeyError) as exc:
        raise ContentError(f"{FIRST_CHECK}: {name}: {exc}") from exc


@lru_cache(maxsize=4)
def load_screen(data_dir: Path = Path("data")) -> Screen:
    """Return the compiled screen of a data folder.

    Raises:
        ContentError: the content is missing or broken; says where and why.
    """
    return compile_screen(load_first_check(data_dir))


def screen(text: str, data_dir: Path = Path("data")) -> RedFlag | None:
    """Return the red flag in `text`, if there is one; deterministic, about 0.1 ms."""
    return load_screen(data_dir)(text)


def example_problems(content: FirstCheckContent, only: str = "") -> list[dict[str, Any]]:
    """Return the examples of the file (or of one category) that the screen judges otherwise than the file says."""
    judge = compile_screen(content)
    problems = []
    for category in (c for c in content.categories if only in {"", c.id}):
        for text in category.fires:
            found = judge(text)
            if found is None or found.category != category.id:
                problems.append({"text": text, "expected": category.id, "found": found})
        problems += [
            {"text": text, "expected": None, "found": judge(text)}
            for text in category.silent
            if judge(text) is not None
        ]
    return problems
