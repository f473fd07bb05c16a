"""Screen every inbound text for red flags, first and without machine learning.

The patterns are content (`data/triage/red_flags`, read by `bot.triage.screen.content`). They prefer a
needless 119 card to a missed one. Patterns see the text in one spelling (`bot.triage.screen.normal_form`).
"""

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any

from bot.triage.screen.compiler import Phrase, Span, compile_phrase, needed_words, spelled_out_alternatives
from bot.triage.screen.content import (
    RED_FLAGS,
    WORDS,
    Category,
    CategoryContent,
    Level,
    RedFlagsContent,
    RuleContent,
    load_red_flags,
)
from bot.triage.screen.normal_form import folded_text
from core.errors import ContentError

_Phrases = tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class RedFlag:
    """A recognised red flag: the category, and the rule that matched."""

    category: Category
    rule_id: str
    level: Level
    is_first_check: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern with others `within` so many characters of it.

    `needs` are the words without which none of them can match: most texts lack them and are decided by that.
    """

    flag: RedFlag
    pattern: Phrase
    near: _Phrases
    within: int
    needs: _Phrases


@dataclass(frozen=True, slots=True)
class CategoryRules:
    """The rules of one category; `unless` cancels a finding where the two overlap in the text.

    Each exception is several phrases: its alternatives.
    """

    rules: tuple[Rule, ...]
    unless: tuple[_Phrases, ...]


@dataclass(frozen=True, slots=True)
class Screen:
    """All categories, the most urgent first."""

    categories: tuple[CategoryRules, ...]

    def __call__(self, text: str) -> RedFlag | None:
        """Return the most urgent red flag in `text`: red before orange, the first check before the rest."""
        return next(self._flags(text), None)

    def all(self, text: str) -> tuple[RedFlag, ...]:
        """Return the red flags in `text`, at most one a category, the most urgent first."""
        return tuple(self._flags(text))

    def _flags(self, text: str) -> Iterator[RedFlag]:
        reading = _Reading(folded_text(text))
        for category in self.categories:
            flag = reading.flag_of(category)
            if flag:
                yield flag


@dataclass(slots=True)
class _Reading:
    """One text while it is screened; keeps what was searched once."""

    text: str
    _has: dict[Phrase, bool] = field(default_factory=dict)
    _spans: dict[Phrase, list[Span]] = field(default_factory=dict)

    def flag_of(self, category: CategoryRules) -> RedFlag | None:
        taken_back = _TakenBack(self, category.unless)
        return next((rule.flag for rule in category.rules if self._stands(rule, taken_back)), None)

    def _stands(self, rule: Rule, taken_back: "_TakenBack") -> bool:
        if not all(self._occurs(phrase) for phrase in (*rule.needs, *rule.near)):
            return False
        span = rule.pattern.search(self.text)
        while span:
            if span not in taken_back and self._has_near(span, rule, taken_back):
                return True
            # The next match may begin inside this one, in a clause of its own.
            span = rule.pattern.search(self.text, span[0] + 1)
        return False

    def _has_near(self, span: Span, rule: Rule, taken_back: "_TakenBack") -> bool:
        around = (span[0] - rule.within, span[1] + rule.within)
        return all(
            any(other not in taken_back for other in _overlapping(around, self.spans_of(phrase)))
            for phrase in rule.near
        )

    def _occurs(self, phrase: Phrase) -> bool:
        if phrase not in self._has:
            self._has[phrase] = phrase.search(self.text) is not None
        return self._has[phrase]

    def spans_of(self, phrase: Phrase) -> list[Span]:
        if phrase not in self._spans:
            self._spans[phrase] = phrase.spans(self.text)
        return self._spans[phrase]


@dataclass(slots=True)
class _TakenBack:
    """Where the exceptions of one category match in a text; computed lazily, on the first finding."""

    reading: _Reading
    unless: tuple[_Phrases, ...]
    _spans: list[Span] | None = None

    def __contains__(self, span: Span) -> bool:
        if self._spans is None:
            phrases = (phrase for exception in self.unless for phrase in exception)
            self._spans = _merged([found for phrase in phrases for found in self.reading.spans_of(phrase)])
        return next(_overlapping(span, self._spans), None) is not None


def _merged(spans: list[Span]) -> list[Span]:
    """Return spans in order, with those joined that share a character."""
    found: list[Span] = []
    for begin, end in sorted(spans):
        if found and begin < found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found


def _overlapping(span: Span, spans: list[Span]) -> Iterator[Span]:
    """Yield those of `spans` (in order, apart from each other) that share a character with `span`."""
    for other in islice(spans, bisect_right(spans, span[0], key=itemgetter(1)), None):
        if other[0] >= span[1]:
            return
        yield other


def compile_screen(content: RedFlagsContent) -> Screen:
    """Turn content into a screen.

    Raises:
        ContentError: a pattern is broken or could never match; says which.
    """
    common = _exceptions(content.unless, WORDS, content.words)
    return Screen(tuple(_category_rules(c, content.words, common) for c in content.categories))


def _category_rules(
    category: CategoryContent, words: dict[str, str], common: tuple[_Phrases, ...]
) -> CategoryRules:
    rules = tuple(_rule(category, rule, words) for rule in category.rules)
    return CategoryRules(rules, (*_exceptions(category.unless, f"{category.id}.yml", words), *common))


def _rule(category: CategoryContent, rule: RuleContent, words: dict[str, str]) -> Rule:
    flag = RedFlag(category.id, rule.id, category.level, category.group == "first_check")
    patterns = (rule.pattern, *rule.near)
    needed = dict.fromkeys(word for pattern in patterns for word in needed_words(pattern))
    with _named(f"{category.id}.yml: {rule.id}"):
        pattern, *near = (compile_phrase(pattern, words) for pattern in patterns)
        needs = [compile_phrase(f"<{word}>", words) for word in needed]
    # A word that may be empty occurs everywhere and saves no search.
    return Rule(flag, pattern, tuple(near), rule.within, tuple(n for n in needs if n.search("") is None))


def _exceptions(patterns: Sequence[str], name: str, words: dict[str, str]) -> tuple[_Phrases, ...]:
    found = []
    for number, pattern in enumerate(patterns, 1):
        with _named(f"{name}: unless {number}"):
            found.append(spelled_out_alternatives(pattern, words))
    return tuple(found)


@contextmanager
def _named(place: str) -> Iterator[None]:
    try:
        yield
    except ContentError as exc:
        raise ContentError(f"{RED_FLAGS / place}: {exc}") from exc


@lru_cache(maxsize=4)
def load_screen(data_dir: Path = Path("data")) -> Screen:
    """Return the compiled screen of a data folder.

    Raises:
        ContentError: the content is missing or broken; says where and why.
    """
    return compile_screen(load_red_flags(data_dir))


def screen(text: str, data_dir: Path = Path("data")) -> RedFlag | None:
    """Return the most urgent red flag in `text`, if any; deterministic, well under a millisecond."""
    return load_screen(data_dir)(text)


def screen_lines(lines: Iterable[str], data_dir: Path = Path("data")) -> Iterator[dict[str, Any]]:
    """Judge JSON lines `{"text"}`; yields `{"text", "red_flag", "category"}`, the category null when there is none.

    Raises:
        ContentError: a line is no JSON object with a `text`, or the content of the screen is broken.
    """
    judge = load_screen(data_dir)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        text = _text_of(line, number)
        flag = judge(text)
        yield {"text": text, "red_flag": flag is not None, "category": flag.category if flag else None}


def _text_of(line: str, number: int) -> str:
    try:
        found = json.loads(line)
    except ValueError as exc:
        raise ContentError(f"line {number}: is no JSON: {exc}") from exc
    text = found.get("text") if isinstance(found, dict) else None
    if not isinstance(text, str):
        raise ContentError(f'line {number}: expected an object like {{"text": "…"}}')
    return text
