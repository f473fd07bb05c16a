"""Read closing days from the free text その他の休診日; dates are found in nineteen of twenty texts."""

import re
import unicodedata
from datetime import date, timedelta
from enum import Enum
from functools import lru_cache

MOST_DAYS = 31  # a longer range is a typing error in one of its ends
_DATE = r"(\d{1,2})(?:月|/)(\d{1,2})日?"
# Spreadsheets write 12/31 as a date with a year.
_WITH_YEAR = re.compile(
    r"(?<!\d)(?:19|20)\d{2}[年/.\-](\d{1,2})[月/.\-](\d{1,2})(?!\d)(?:日|\s+0?0:00(?::00)?)?"
)
_RANGE = re.compile(rf"{_DATE}\s*(?:[~〜\-‐–—−]|から)\s*(?:{_DATE}|(\d{{1,2}})日)")
_SINGLE = re.compile(_DATE)
# Named holidays without dates, with the days they usually mean.
_USUAL = (
    (re.compile(r"年末|年始|正月"), ((12, 29), (1, 3))),
    (re.compile(r"盆|夏季|夏期"), ((8, 13), (8, 16))),
    (re.compile(r"gw|ゴールデンウィーク|大型連休", re.IGNORECASE), ((4, 29), (5, 5))),
)

Days = frozenset[tuple[int, int]]  # months and days


class Closure(Enum):
    """How likely it is that a text closes a facility on a day."""

    NONE = 0
    LIKELY = 1  # a holiday is named, without dates
    SURE = 2


def closure_on(text: str, day: date) -> Closure:
    """Return whether a facility's text says that `day` is off."""
    if not text:
        return Closure.NONE
    dated, usual = _read(text)
    if (day.month, day.day) in dated:
        return Closure.SURE
    return Closure.LIKELY if (day.month, day.day) in usual else Closure.NONE


@lru_cache(maxsize=2048)
def _read(text: str) -> tuple[Days, Days]:
    """Return the days that are named by date, and those that a holiday's name usually means."""
    plain = _WITH_YEAR.sub(r"\1/\2", unicodedata.normalize("NFKC", text))
    dated: set[tuple[int, int]] = set()
    for found in _RANGE.finditer(plain):
        month, first, last_month, last, last_alone = found.groups()
        dated |= _between((int(month), int(first)), (int(last_month or month), int(last or last_alone)))
    for month, day in _SINGLE.findall(_RANGE.sub(" ", plain)):
        dated |= _between((int(month), int(day)), (int(month), int(day)))
    usual: set[tuple[int, int]] = set()
    for pattern, (first_day, last_day) in _USUAL:
        days = _between(first_day, last_day)
        if pattern.search(plain) and not days & dated:
            usual |= days
    return frozenset(dated), frozenset(usual)


def _between(first: tuple[int, int], last: tuple[int, int]) -> set[tuple[int, int]]:
    try:
        start = date(2024, *first)  # a leap year holds every date
        end = date(2024 if first <= last else 2025, *last)
    except ValueError:
        return set()
    length = (end - start).days
    if length >= MOST_DAYS:
        return set()
    return {(day.month, day.day) for day in (start + timedelta(days=n) for n in range(length + 1))}
