"""Places of a text in order, to look only at those near another."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

# Longer is no place where something is named: the words of a form, with their gaps.
LONGEST = 120


class Placed(Protocol):
    """From `start` to before `end` in a spoken form."""

    @property
    def start(self) -> int: ...  # noqa: D102
    @property
    def end(self) -> int: ...  # noqa: D102


P = TypeVar("P", bound=Placed)


@dataclass(frozen=True, slots=True)
class Places(Generic[P]):
    """Places in order of their beginning."""

    all: Sequence[P]
    starts: Sequence[int]

    @classmethod
    def of(cls, places: Iterable[P]) -> "Places[P]":
        """Make them of places that are in order."""
        listed = tuple(places)
        return cls(listed, [place.start for place in listed])

    def starting(self, low: int, high: int) -> Sequence[P]:
        """Return those that begin at `low` or later and before `high`."""
        return self.all[bisect_left(self.starts, low) : bisect_left(self.starts, high)]

    def near(self, low: int, high: int) -> Iterator[P]:
        """Yield those that touch what is between `low` and `high`, both included."""
        first = bisect_left(self.starts, low - LONGEST)
        for place in self.all[first : bisect_right(self.starts, high)]:
            if place.end >= low:
                yield place

    def around(self, start: int, end: int) -> Iterator[P]:
        """Yield those that begin at `start` or before and end at `end` or after."""
        first = bisect_left(self.starts, end - LONGEST)
        for place in self.all[first : bisect_right(self.starts, start)]:
            if place.end >= end:
                yield place


def holds(one: Placed, other: Placed) -> bool:
    """Tell whether `other` is a part of `one`, which is longer."""
    return one.start <= other.start and other.end <= one.end and one.end - one.start > other.end - other.start
