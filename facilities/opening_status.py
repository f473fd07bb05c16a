"""Derive from reported hours whether a facility is open on a day, and how reliable that is.

Data as published by 医療情報ネット contradicts itself in one facility of ten. Rules: a closed flag whose
times equal those of the other weekdays is believed; other times are believed over the flag, with a warning.
An open flag without times, and nothing at all, mean unknown: never "closed".
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy.dialects.postgresql import Range

from core.clock import TOKYO
from core.db.tables.facility import DAY_BLOCK, Facility, FacilityDepartment
from core.hours import DAY_MINUTES, HOLIDAY, Interval, day_index, merged
from facilities.asked_time import When
from facilities.closures import Closure, closure_on
from facilities.departments import EMERGENCY

WEEK = 7


class DayStatus(StrEnum):
    """What the reports of a day amount to."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"
    DOUBTFUL = "doubtful"  # times are reported, although the flag says closed


@dataclass(frozen=True, slots=True)
class Day:
    """The reported hours of a day, and the reception hours where those are reported too."""

    status: DayStatus
    intervals: tuple[Interval, ...] = ()
    reception: tuple[Interval, ...] = ()


@dataclass(frozen=True, slots=True)
class Week:
    """The reported hours of a facility's wanted departments, for any day."""

    facility: Facility
    departments: Sequence[FacilityDepartment]

    def on(self, day: date) -> Day:
        """Return what is reported for a day."""
        index = day_index(day)
        intervals = self._reported(index)
        closure = closure_on(self.facility.other_closed, day)
        flag = self.facility.open_days[index : index + 1]
        if closure is Closure.SURE:
            return Day(DayStatus.CLOSED)
        if flag == "0" and (not intervals or intervals in self._other_days(index)):
            return Day(DayStatus.CLOSED)
        if flag == "0" or (closure is Closure.LIKELY and intervals):
            return Day(DayStatus.DOUBTFUL, intervals, self._received(index))
        if index != HOLIDAY and self._week_flag(day) == "0":
            return Day(DayStatus.CLOSED)
        if not intervals:
            return Day(DayStatus.UNKNOWN)
        return Day(DayStatus.OPEN, intervals, self._received(index))

    def is_open(self, when: When) -> bool:
        """Whether it is open at the moment, or at any time of the rest of the day, by credible reports."""
        last = when.minute + 1 if when.is_moment else DAY_MINUTES
        today, before = self.on(when.day), self.on(when.day - timedelta(days=1))
        return _meets(today, when.minute, last) or _meets(
            before, when.minute + DAY_MINUTES, last + DAY_MINUTES
        )

    def opens_next(self, after: datetime) -> datetime | None:
        """Return when it opens next within a week, as far as reports can be believed; None when unknown."""
        local = after.astimezone(TOKYO)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        for ahead in range(WEEK + 1):
            start = midnight + timedelta(days=ahead)
            day = self.on(start.date())
            openings = [start + timedelta(minutes=i.opens) for i in day.intervals]
            found = [o for o in openings if o > local] if day.status is DayStatus.OPEN else []
            if found:
                return found[0]
        return None

    def _week_flag(self, day: date) -> str:
        position = (day.day - 1) // WEEK * WEEK + day.weekday()
        return self.facility.open_weeks[position : position + 1]

    def _reported(self, index: int) -> tuple[Interval, ...]:
        return merged(i for d in self.departments if d.code != EMERGENCY for i in _of_day(d.times, index))

    def _received(self, index: int) -> tuple[Interval, ...]:
        return merged(i for d in self.departments if d.code != EMERGENCY for i in _of_day(d.reception, index))

    def _other_days(self, index: int) -> set[tuple[Interval, ...]]:
        return {self._reported(other) for other in range(WEEK) if other != index} - {()}


def _meets(day: Day, first: int, last: int) -> bool:
    return day.status is DayStatus.OPEN and any(i.opens < last and first < i.closes for i in day.intervals)


def _of_day(times: Iterable[Range[int]], index: int) -> Iterator[Interval]:
    block = index * DAY_BLOCK
    for span in times:
        assert span.lower is not None
        assert span.upper is not None
        if block <= span.lower < block + DAY_BLOCK:
            yield Interval(span.lower - block, span.upper - block)
