"""Read opening hours on the Japanese calendar: intervals, overnight spans, 祝日.

Hours are written as in the municipality files: `19:00-08:00` (every day, till the next morning) or by day,
`平日 20:00-23:00; 土 19:00-23:00; 日 14:00-18:00,19:00-23:00; 祝 09:00-13:00`. Days are any of
月火水木金土日祝, `平日` (Monday to Friday) and `毎日`. A public holiday follows 祝 where 祝 is named, else
its weekday.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise

import jpholiday

from core.clock import TOKYO
from core.errors import ContentError

DAYS = "月火水木金土日祝"
HOLIDAY = 7
DAY_MINUTES = 24 * 60

_NAMED = {"平日": "月火水木金", "毎日": "月火水木金土日"}
_SPAN = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """Minutes after midnight; `closes` past 1440 lies on the next day."""

    opens: int
    closes: int

    def text(self) -> str:
        """Return `9:00〜12:30`; times of the next day are marked."""
        return f"{clock_text(self.opens)}〜{clock_text(self.closes)}"


# Intervals for each of 月火水木金土日祝; None for a day that is not named.
Week = tuple[tuple[Interval, ...] | None, ...]


def clock_text(minutes: int) -> str:
    """Return minutes after midnight as a resident reads them: `9:00`, `24:00`, `翌8:00`."""
    if minutes <= DAY_MINUTES:
        return f"{minutes // 60}:{minutes % 60:02}"
    return f"翌{clock_text(minutes - DAY_MINUTES)}"


def make_interval(opens: int, closes: int) -> Interval:
    """Return the interval; a closing time before the opening time is the next morning."""
    return Interval(opens, closes if closes > opens else closes + DAY_MINUTES)


@lru_cache(maxsize=256)
def parse_hours(text: str) -> Week:
    """Read hours as described in this module.

    Raises:
        ContentError: says which part is not understood.
    """
    week: list[tuple[Interval, ...] | None] = [None] * len(DAYS)
    for part in text.split(";"):
        days, _, spans = part.strip().rpartition(" ")
        for index in _days(days or "毎日", text):
            week[index] = (*(week[index] or ()), *_spans(spans, text))
    return tuple(week)


def _days(names: str, text: str) -> list[int]:
    for name, days in _NAMED.items():
        names = names.replace(name, days)
    unknown = set(names) - set(DAYS)
    if unknown:
        raise ContentError(f"hours '{text}': '{''.join(sorted(unknown))}' is no day of {DAYS}, 平日 or 毎日")
    return [DAYS.index(name) for name in names]


def _spans(spans: str, text: str) -> tuple[Interval, ...]:
    found = []
    for span in spans.split(","):
        match = _SPAN.fullmatch(span.strip())
        if not match:
            raise ContentError(f"hours '{text}': '{span.strip()}' is not HH:MM-HH:MM")
        hour, minute, end_hour, end_minute = (int(n) for n in match.groups())
        if max(minute, end_minute) > 59 or max(hour, end_hour) > 24:  # noqa: PLR2004 - the clock's limits
            raise ContentError(f"hours '{text}': '{span.strip()}' is no time of day")
        found.append(make_interval(hour * 60 + minute, end_hour * 60 + end_minute))
    return tuple(found)


@lru_cache(maxsize=1024)
def is_holiday(day: date) -> bool:
    """Whether `day` is a Japanese public holiday (国民の祝日, with 振替休日)."""
    return bool(jpholiday.is_holiday(day))


def day_index(day: date) -> int:
    """Return 0 (Monday) to 6, or 7 on a public holiday."""
    return HOLIDAY if is_holiday(day) else day.weekday()


def on_day(week: Week, day: date) -> tuple[Interval, ...] | None:
    """Return the intervals that begin on `day`; None when the hours do not name it."""
    named = week[HOLIDAY] if is_holiday(day) else None
    return week[day.weekday()] if named is None else named


def is_open(hours: str | Week, at: datetime) -> bool:
    """Whether a place with these hours is open at the moment `at` (aware), by Tokyo time.

    Raises:
        ContentError: the text is not understood.
    """
    week = parse_hours(hours) if isinstance(hours, str) else hours
    local = at.astimezone(TOKYO)
    minute = local.hour * 60 + local.minute
    yesterday = local.date() - timedelta(days=1)
    return _holds(on_day(week, local.date()), minute) or _holds(on_day(week, yesterday), minute + DAY_MINUTES)


def _holds(intervals: Iterable[Interval] | None, minute: int) -> bool:
    return any(i.opens <= minute < i.closes for i in intervals or ())


def merged(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Return the intervals in order, overlapping and touching ones joined."""
    found: list[Interval] = []
    for interval in sorted(intervals):
        if found and interval.opens <= found[-1].closes:
            found[-1] = Interval(found[-1].opens, max(found[-1].closes, interval.closes))
        else:
            found.append(interval)
    assert all(a.closes < b.opens for a, b in pairwise(found))
    return tuple(found)
