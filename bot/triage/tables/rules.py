"""Rules over concepts of the lexicon in one line: 「headache & sudden|severe」, in one sentence and near each other.

What stands on both sides of `&&` may be anywhere in the message: 「bleeding && pregnant」.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.errors import ContentError
from core.lexicon.concepts import Kind
from core.lexicon.lexicon import Heard, Hearing

NEAR = 40  # kana between the concepts of one rule
_STOPS = "。?"
Heards = Mapping[str, tuple[Heard, ...]]


@dataclass(frozen=True, slots=True)
class Rule:
    """Chains of groups, each group one of several concepts; those of a chain stand near each other in one sentence."""

    chains: tuple[tuple[frozenset[str], ...], ...]

    def holds(self, places: Heards, text: str, allows: frozenset[Kind] = frozenset()) -> bool:
        """Whether the concepts are said, as present; `allows` names what may be said of them all the same."""
        return all(_holds(chain, places, text, allows) for chain in self.chains)

    def is_denied(self, places: Heards) -> bool:
        """Whether a rule of one group is said and denied everywhere."""
        if not self.is_single:
            return False
        said = [one for name in self.chains[0][0] for one in places.get(name, ())]
        return bool(said) and all("denied" in one.said for one in said)

    @property
    def is_single(self) -> bool:
        """Whether it is one group alone."""
        return len(self.chains) == 1 and len(self.chains[0]) == 1


def _holds(chain: tuple[frozenset[str], ...], places: Heards, text: str, allows: frozenset[Kind]) -> bool:
    found = [[one for name in group for one in places.get(name, ()) if one.said <= allows] for group in chain]
    if not all(found):
        return False
    return len(found) == 1 or any(_chain(first, found[1:], text) for first in found[0])


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
    chains = tuple(
        tuple(frozenset(name.strip() for name in part.split("|")) for part in chain.split("&"))
        for chain in line.split("&&")
    )
    named = frozenset(name for chain in chains for group in chain for name in group)
    if strangers := sorted(named - concepts):
        raise ContentError(f"{where}: no concept of this name in data/lexicon: {', '.join(strangers)}")
    return Rule(chains)


def places_of(hearing: Hearing) -> Heards:
    """Return what was heard, by concept."""
    found: dict[str, list[Heard]] = {}
    for one in hearing.heard:
        found.setdefault(one.concept, []).append(one)
    return {name: tuple(places) for name, places in found.items()}


def is_told(rules: Iterable[Rule], places: Heards, text: str, allows: frozenset[Kind] = frozenset()) -> bool:
    """Whether one of the rules holds."""
    return any(rule.holds(places, text, allows) for rule in rules)
