"""Rules over concepts of the lexicon in one line: 「headache & sudden|severe」, in one sentence and near each other."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.errors import ContentError
from core.lexicon.lexicon import Heard, Hearing

NEAR = 40  # kana between the concepts of one rule
_STOPS = "。?"
Heards = Mapping[str, tuple[Heard, ...]]


@dataclass(frozen=True, slots=True)
class Rule:
    """All of `groups`, each one of several concepts."""

    groups: tuple[frozenset[str], ...]

    def holds(self, places: Heards, text: str) -> bool:
        """Whether the concepts are said, as present, near each other."""
        found = [
            [one for name in group for one in places.get(name, ()) if not one.said] for group in self.groups
        ]
        if not all(found):
            return False
        if len(found) == 1:
            return True
        return any(_chain(first, found[1:], text) for first in found[0])

    def is_denied(self, places: Heards) -> bool:
        """Whether a rule of one group is said and denied everywhere."""
        if len(self.groups) != 1:
            return False
        said = [one for name in self.groups[0] for one in places.get(name, ())]
        return bool(said) and all("denied" in one.said for one in said)


def _chain(first: Heard, groups: list[list[Heard]], text: str) -> bool:
    start, end = first.start, first.end
    for group in groups:
        near = [
            one
            for one in group
            if max(one.start - end, start - one.end) <= NEAR
            and not any(stop in text[min(end, one.end) : max(start, one.start)] for stop in _STOPS)
        ]
        if not near:
            return False
        best = min(near, key=lambda one: max(one.start - end, start - one.end))
        start, end = min(start, best.start), max(end, best.end)
    return True


def read_rule(line: str, concepts: frozenset[str], where: str) -> Rule:
    """Read a rule.

    Raises:
        ContentError: it names a concept that the lexicon does not have; says where.
    """
    groups = tuple(frozenset(name.strip() for name in part.split("|")) for part in line.split("&"))
    if strangers := sorted(frozenset[str]().union(*groups) - concepts):
        raise ContentError(f"{where}: no concept of this name in data/lexicon: {', '.join(strangers)}")
    return Rule(groups)


def places_of(hearing: Hearing) -> Heards:
    """Return what was heard, by concept."""
    found: dict[str, list[Heard]] = {}
    for one in hearing.heard:
        found.setdefault(one.concept, []).append(one)
    return {name: tuple(places) for name, places in found.items()}


def is_told(rules: Iterable[Rule], places: Heards, text: str) -> bool:
    """Whether one of the rules holds."""
    return any(rule.holds(places, text) for rule in rules)
