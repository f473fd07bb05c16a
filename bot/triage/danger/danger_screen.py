"""Hear dangers in a text."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bot.triage.danger.danger_rules import DangerContent, DangerRuleContent, ExceptionContent, read_dangers
from bot.triage.danger.same_or_worse import SameOrWorse, read_same_or_worse
from core.errors import ContentError
from core.ja.clauses import is_told
from core.ja.read_text import ReadText
from core.lexicon.concepts import Kind
from core.lexicon.lexicon import Heard, Hearing, Lexicon, load_lexicon

_STOPS = "。?"
_Groups = tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class Danger:
    """A danger that was heard: its category, whether it is sure (`red`) or to be asked about (`ask`), and the rule."""

    category: str
    level: str
    rule_id: str


@dataclass(frozen=True, slots=True)
class BareNo:
    """A bare no after a message that breaks off (意識が): what it may mean, with the `ending` it would have.

    `danger` is None when the sentence would tell of none, or nobody knows.
    """

    danger: Danger | None = None
    ending: str = ""


@dataclass(frozen=True, slots=True)
class DangerRule:
    """A rule over sets of concepts."""

    danger: Danger
    content: DangerRuleContent
    all: _Groups
    any: frozenset[str]
    without: frozenset[str]
    # The same, wherever the message tells it.
    unless_told: frozenset[str]
    allows: frozenset[Kind]
    # The concepts that the rule itself names; others say the same or worse (`same_or_worse.yml`).
    named: frozenset[str]
    unless: tuple[tuple[frozenset[str], int, bool], ...]


@dataclass(frozen=True, slots=True)
class DangerScreen:
    """All rules, red before ask."""

    lexicon: Lexicon
    rules: tuple[DangerRule, ...]
    # By concept: the rules (by their place) that need it, or one of a few others, before anything else.
    needing: Mapping[str, tuple[int, ...]]
    # By category: what a message tells that answers its question already.
    settling: Mapping[str, frozenset[str]]

    def __call__(self, text: str) -> Danger | None:
        """Return the first danger of a text."""
        return next(self.all(text), None)

    def all(self, text: str) -> Iterator[Danger]:
        """Yield the dangers of a text, sure ones first, each category once a level.

        Where none is sure, a slip of the thumb may hide one: 「いしきがんし」.
        """
        text = ReadText(text)
        found = list(self._dangers(text))
        if not any(one.level == "red" for one in found) and (mended := self.lexicon.mended(text)):
            found += [one for one in self._dangers(ReadText(mended)) if one not in found]
            found.sort(key=lambda one: one.level != "red")
        yield from found

    def settled(self, text: str) -> frozenset[str]:
        """Return the categories whose question the text answers already: a child of five months is older than three."""
        told = {one.concept for one in self.lexicon.hear(ReadText(text)).heard if not one.said}
        return frozenset(category for category, names in self.settling.items() if not names.isdisjoint(told))

    def _dangers(self, text: str) -> Iterator[Danger]:
        """Yield the dangers of a text as it stands."""
        hearing = self.lexicon.hear(text)
        places: dict[str, list[Heard]] = {}
        for one in hearing.heard:
            places.setdefault(one.concept, []).append(one)
        candidates = sorted({place for name in places for place in self.needing.get(name, ())})
        for rule in (self.rules[place] for place in candidates):
            if all(not group.isdisjoint(places) for group in rule.all) and _holds(rule, places, hearing):
                yield rule.danger


def _holds(rule: DangerRule, places: Mapping[str, list[Heard]], hearing: Hearing) -> bool:
    groups = []
    for names in (*rule.all, *((rule.any,) if rule.any else ())):
        group = _Group.of(one for name in names for one in places.get(name, ()) if one.said <= rule.allows)
        if not group.all:
            return False
        groups.append(group)
    for first in groups[0].all:
        found = [first]
        for group in groups[1:]:
            near = _nearest(found, group, rule, hearing)
            if near is None:
                break
            found.append(near)
        else:
            if not _is_cancelled(found, rule, places, hearing):
                return True
    return False


@dataclass(frozen=True, slots=True)
class _Group:
    """Where the concepts of one group of a rule stand, in order; `longest` is the length of the longest."""

    all: Sequence[Heard]
    starts: Sequence[int]
    longest: int

    @classmethod
    def of(cls, heard: Iterable[Heard]) -> "_Group":
        found = sorted(heard, key=lambda one: one[:3])
        return cls(
            found, [one.start for one in found], max((one.end - one.start for one in found), default=0)
        )

    def near(self, low: int, high: int) -> Sequence[Heard]:
        """Return those that may touch what is between `low` and `high`, both included."""
        return self.all[bisect_left(self.starts, low - self.longest) : bisect_right(self.starts, high)]


def _nearest(found: Sequence[Heard], group: _Group, rule: DangerRule, hearing: Hearing) -> Heard | None:
    start, end = min(f.start for f in found), max(f.end for f in found)
    within = rule.content.within
    best: tuple[int, Heard] | None = None
    for one in group.near(start - within, end + within):
        # Two signs are two places: 「話がかみ合わない」 is not both what was said and something worse.
        if one.concept not in rule.named and any(one.start < f.end and f.start < one.end for f in found):
            continue
        apart = max(0, one.start - end, start - one.end)
        reach = max(end, one.end) - min(start, one.start)
        if apart > within or reach > within * 3:
            continue
        if not rule.content.across and _is_parted(
            hearing.text.text, min(end, one.end), max(start, one.start)
        ):
            continue
        if best is None or apart < best[0]:
            best = (apart, one)
    return best[1] if best else None


def _is_parted(text: str, end: int, start: int) -> bool:
    return any(stop in text[end:start] for stop in _STOPS)


def _is_cancelled(
    found: Sequence[Heard], rule: DangerRule, places: Mapping[str, list[Heard]], hearing: Hearing
) -> bool:
    if any("denied" not in one.said for name in rule.unless_told for one in places.get(name, ())):
        return True
    start, end = min(f.start for f in found), max(f.end for f in found)
    text = hearing.text.text
    # What is told as it is is no mere case: 「講習で習った通り押しています。心臓が動きません」.
    told = is_told(text, end)
    for group, within, if_untold in ((rule.without, rule.content.within, False), *rule.unless):
        if told and if_untold:
            continue
        for name in group:
            for one in places.get(name, ()):
                # 「笑い事じゃない」 is no joke.
                if "denied" in one.said:
                    continue
                apart = max(0, one.start - end, start - one.end)
                if apart <= within and not _is_parted(text, min(end, one.end), max(start, one.start)):
                    return True
    return False


def make_danger_screen(
    lexicon: Lexicon, dangers: Iterable[DangerContent], same_or_worse: SameOrWorse
) -> DangerScreen:
    """Make the screen.

    Raises:
        ContentError: a rule, or what is the same or worse, names a concept that the lexicon does not have.
    """
    named = {name for sign, others in same_or_worse.signs.items() for name in (sign, *others)}
    if strangers := named - lexicon.concepts:
        raise ContentError(f"same_or_worse.yml: no concept of this name: {', '.join(sorted(strangers))}")
    dangers = tuple(dangers)
    settling = {
        danger.id: frozenset[str]().union(
            *(_known(lexicon, f"{danger.id}.yml: {one.id}", one.any) for one in danger.settled_by)
        )
        for danger in dangers
        if danger.settled_by
    }
    rules = [
        _rule(lexicon, danger, level, rule, same_or_worse)
        for level in ("red", "ask")
        for danger in dangers
        for rule in getattr(danger, level)
    ]
    return DangerScreen(lexicon, tuple(rules), _needing(rules), settling)


def _known(lexicon: Lexicon, place: str, names: Iterable[str]) -> frozenset[str]:
    found = frozenset(names)
    if strangers := found - lexicon.concepts:
        raise ContentError(f"{place}: no concept of this name: {', '.join(sorted(strangers))}")
    return found


def _needing(rules: Sequence[DangerRule]) -> dict[str, tuple[int, ...]]:
    """Index rules by the concepts of their smallest group: most rules lack it."""
    found: dict[str, list[int]] = {}
    for place, rule in enumerate(rules):
        for concept in min(rule.all, key=len):
            found.setdefault(concept, []).append(place)
    return {concept: tuple(places) for concept, places in found.items()}


def _rule(
    lexicon: Lexicon, danger: DangerContent, level: str, rule: DangerRuleContent, same_or_worse: SameOrWorse
) -> DangerRule:
    def known(names: Iterable[str]) -> frozenset[str]:
        return _known(lexicon, f"{danger.id}.yml: {rule.id}", names)

    def excepted(one: ExceptionContent) -> tuple[frozenset[str], int, bool]:
        return known(one.any), one.within, one.kind == "hypothetical"

    groups = (
        *(known(group.split("|")) for group in rule.all),
        known(name for group in rule.any for name in group.split("|")),
    )
    named = frozenset[str]().union(*groups)
    # A sign that is enough by itself is only what it says.
    if level == "red" and len(rule.all) + bool(rule.any) > 1:
        groups = same_or_worse.widened(groups)
    return DangerRule(
        Danger(danger.id, level, rule.id),
        rule,
        groups[:-1],
        groups[-1],
        known(rule.without),
        known(rule.unless_told),
        frozenset(rule.allows),
        named,
        tuple(excepted(one) for one in danger.unless),
    )


@lru_cache(maxsize=4)
def load_danger_screen(data_dir: Path = Path("data")) -> DangerScreen:
    """Return the screen of a data folder.

    Raises:
        ContentError: the content is missing or broken; says where and why.
    """
    return make_danger_screen(load_lexicon(data_dir), read_dangers(data_dir), read_same_or_worse(data_dir))
