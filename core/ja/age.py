"""Hold an age: exact, or as open as the words leave it."""

from collections.abc import Iterable
from dataclasses import dataclass

OLDEST = 120  # years
DAYS_A_MONTH = 30
_YEAR = 12


@dataclass(frozen=True, order=True)
class Age:
    """An age in whole months; under a month it is 0.

    `spread` is how many months older the person may be where words leave it open: 80代, 小2, 首がすわらない.
    """

    months: int
    spread: int = 0

    @property
    def years(self) -> int:
        """Completed years, at least."""
        return self.months // _YEAR

    @property
    def oldest(self) -> int:
        """The highest age in months that the words allow."""
        return self.months + self.spread

    def holds(self, other: "Age") -> bool:
        """Whether every age that `other` allows is allowed here, too."""
        return self.months <= other.months and other.oldest <= self.oldest


def of_years(years: int, last: "int | None" = None) -> Age:
    """Return the age of somebody who is `years`, or as much as `last`, at any month of that year."""
    return Age(years * _YEAR, ((years if last is None else last) - years + 1) * _YEAR - 1)


def of_days(days: int) -> Age:
    """Return the age of somebody who was born so many days ago."""
    return Age(days // DAYS_A_MONTH)


def different(ages: "Iterable[Age]") -> "set[Age]":
    """Return the different ages: a rough one that a closer one fits is the same (小2で8歳)."""
    found = set(ages)
    return {age for age in found if not any(other != age and age.holds(other) for other in found)}
