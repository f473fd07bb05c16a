"""What the reported hours say about one day, and how far they can be believed.

Rules: 医療情報ネット data as published contradicts itself in one facility of ten. A closed flag whose times equal
those of the other weekdays is believed; other times are believed over the flag, with a warning. An open flag
without times, and nothing at all, mean unknown: never "closed".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from core.clock import TOKYO
from core.db.tables.facility import Facility, FacilityHours
from core.hours import DAY_MINUTES, HOLIDAY, Interval, day_index, merged
from facilities.departments import EMERGENCY

WEEK = 7


class DayStatus(StrEnum):
    """What is known about a day."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"
    DOUBTFUL = "doubtful"  # times are reported, and that it is closed


@dataclass(frozen=True, slots=True)
class Today:
    """The reported hours of a day, and whether the asked moment lies in them."""

    status: DayStatus
    intervals: tuple[Interval, ...] = ()
    is_open_now: bool = False


def today(facility: Facility, hours: Iterable[FacilityHours], at: datetime) -> Today:
    """Return what is reported for the day of `at` (aware) in Tokyo; `hours` are those of the wanted departments."""
    usable = [h for h in hours if h.department_code != EMERGENCY and not h.is_reception]
    local = at.astimezone(TOKYO)
    minute = local.hour * 60 + local.minute
    status, intervals = _on(facility, usable, local.date())
    before, overnight = _on(facility, usable, local.date() - timedelta(days=1))
    is_open_now = _holds(status, intervals, minute) or _holds(before, overnight, minute + DAY_MINUTES)
    return Today(status, intervals, is_open_now)


def _holds(status: DayStatus, intervals: tuple[Interval, ...], minute: int) -> bool:
    return status is DayStatus.OPEN and any(i.opens <= minute < i.closes for i in intervals)


def _on(facility: Facility, hours: list[FacilityHours], day: date) -> tuple[DayStatus, tuple[Interval, ...]]:
    index = day_index(day)
    intervals = _reported(hours, index)
    flag = facility.open_days[index : index + 1]
    if flag == "0":
        if not intervals or intervals in _other_days(hours, index):
            return DayStatus.CLOSED, ()
        return DayStatus.DOUBTFUL, intervals
    if index != HOLIDAY and _week_flag(facility, day) == "0":
        return DayStatus.CLOSED, ()
    return (DayStatus.OPEN, intervals) if intervals else (DayStatus.UNKNOWN, ())


def _week_flag(facility: Facility, day: date) -> str:
    position = (day.day - 1) // WEEK * WEEK + day.weekday()
    return facility.open_weeks[position : position + 1]


def _reported(hours: list[FacilityHours], index: int) -> tuple[Interval, ...]:
    return merged(
        Interval(h.opens, h.closes)
        for h in hours
        if h.weekday == index and h.opens is not None and h.closes is not None
    )


def _other_days(hours: list[FacilityHours], index: int) -> set[tuple[Interval, ...]]:
    return {_reported(hours, other) for other in range(WEEK) if other != index} - {()}
