"""Find which of the concepts that are named in a text a cue is about."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.ja.clauses import is_present, is_told
from core.ja.frames import is_void
from core.lexicon.matcher import Naming
from core.lexicon.places import Places, holds

if TYPE_CHECKING:
    from core.lexicon.concepts import CueContent, Kind

# Names in the matcher that are no concepts: cues, their ends and conditions.
CUE, UNTIL, UNLESS, ONLY_WITH = "cue:", "until:", "unless:", "only_with:"
_STOP = re.compile("[。?]")
_WITH_DATE = 5
# So far a sentence speaks of whoever was named: 獣医なんですが、「私が」胸が苦しくて.
_SHIELD = 25
_MAY_BE_VOID: frozenset[Kind] = frozenset({"hypothetical", "figurative", "other"})


@dataclass(frozen=True, slots=True)
class Clauses:
    """How the clauses of a spoken form go on, each read once."""

    text: str
    _present: dict[int, bool] = field(default_factory=dict)
    _told: dict[int, bool] = field(default_factory=dict)

    def is_present(self, start: int) -> bool:
        """Tell whether the clause that goes on from `start` is in the present tense."""
        if start not in self._present:
            self._present[start] = is_present(self.text, start)
        return self._present[start]

    def is_told(self, end: int) -> bool:
        """Tell whether a clause ends soon after `end`, as one that tells what is."""
        if end not in self._told:
            self._told[end] = is_told(self.text, end)
        return self._told[end]


@dataclass(frozen=True, slots=True)
class Reach:
    """Where the concepts stand that a cue is about: between `low` and `high`, or in the cue's own `place`."""

    cue: CueContent
    place: Naming
    low: int
    high: int
    # Where somebody else is spoken of, to the end of the sentence.
    shielded: tuple[tuple[int, int], ...] = ()

    def is_about(self, named: Naming, clauses: Clauses) -> bool:
        """Tell whether the cue is about this concept."""
        return (
            self._reaches(named)
            and not (self.shielded and any(low <= named.start < high for low, high in self.shielded))
            and not (self.cue.if_past and clauses.is_present(named.start))
            and not (self.cue.if_untold and clauses.is_told(named.end))
        )

    def _reaches(self, named: Naming) -> bool:
        if named.end <= self.place.start:
            return named.end >= self.low
        if named.start >= self.place.end:
            return named.start <= self.high
        if holds(named, self.place):
            # 去年 in the gap of 胸が去年痛かった; but not the not of not breathing.
            return self.low <= self.place.start and self.place.end <= self.high
        # They overlap: 死ぬ + かと思った, 血を吐く思い.
        return True


def reaches(
    cues: Mapping[str, CueContent], found: Sequence[Naming], named: Places[Naming], text: str
) -> Iterator[Reach]:
    """Yield how far each cue reaches that was found in a text; a cue about the whole message once."""
    places: dict[str, list[Naming]] = {}
    for one in found:
        places.setdefault(one.concept, []).append(one)
    stops = [stop.start() for stop in _STOP.finditer(text)]
    for concept, there in places.items():
        if not concept.startswith(CUE):
            continue
        name = concept.removeprefix(CUE)
        cue = cues[name]
        if UNLESS + name in places or (cue.only_with and ONLY_WITH + name not in places):
            continue
        ends = Places.of(sorted([*places.get(UNTIL, ()), *places.get(UNTIL + name, ())]))
        for place in there:
            if cue.kind in _MAY_BE_VOID and is_void(text, place.end):
                continue
            if cue.scope == "message":
                yield Reach(cue, place, 0, len(text), _shielded(places.get(UNTIL + name, ()), stops, text))
                break
            # A cue that is part of a concept (息が止まる) says nothing of what stands before.
            if cue.scope == "before" and any(holds(n, place) for n in named.around(place.start, place.end)):
                continue
            low, high = _bounds(cue, place, ends, stops)
            yield Reach(
                cue,
                place,
                low if cue.scope != "after" else place.end,
                high if cue.scope != "before" else place.start,
            )


def _shielded(others: Sequence[Naming], stops: Sequence[int], text: str) -> tuple[tuple[int, int], ...]:
    """Return where sentences speak of somebody else."""
    return tuple((one.start, min(one.end + _SHIELD, _next(stops, one.end, len(text)))) for one in others)


def _bounds(cue: CueContent, place: Naming, ends: Places[Naming], stops: Sequence[int]) -> tuple[int, int]:
    """Return between which kana a cue holds: not beyond its ends, nor the ends of the sentence unless `across`."""
    low, high = place.start - cue.within, place.end + cue.within
    for end in ends.near(low, high):
        if end.end <= place.start:
            low = max(low, end.start + 1)
        # 「去年、妻が」: whoever is named with the date is a part of what was.
        elif end.start >= place.end + (_WITH_DATE if cue.kind == "past" else 0):
            high = min(high, end.end - 1)
    if not cue.across:
        before = bisect_left(stops, place.start)
        low = max(low, stops[before - 1] + 1) if before else low
        high = min(high, _next(stops, place.end, high))
    return low, high


def _next(stops: Sequence[int], place: int, otherwise: int) -> int:
    """Return the first stop at `place` or after."""
    after = bisect_left(stops, place)
    return stops[after] if after < len(stops) else otherwise
