from datetime import date, datetime

import pytest

from core.clock import TOKYO
from core.errors import ContentError
from core.hours import Interval, clock_text, day_index, is_open, merged, parse_hours

NIGHT_CLINIC = (
    "平日 20:00-23:00; 土 19:00-23:00; 日 14:00-18:00,19:00-23:00; 祝 09:00-13:00,14:00-18:00,19:00-23:00"
)


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=TOKYO)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (at(16, 18, 59), False),
        (at(16, 19), True),
        (at(16, 23, 59), True),
        (at(17, 0), True),
        (at(17, 7, 59), True),
        (at(17, 8), False),
    ],
)
def test_an_overnight_desk_answers_until_the_next_morning(moment: datetime, *, expected: bool) -> None:
    assert is_open("19:00-08:00", moment) is expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (at(16, 20), True),  # Monday
        (at(16, 19), False),
        (at(21, 19), True),  # Saturday
        (at(22, 18, 30), False),  # Sunday, between the two spans
        (at(22, 19), True),
        (at(23, 9), True),  # 勤労感謝の日 on a Monday follows 祝
        (at(23, 13, 30), False),
    ],
)
def test_hours_by_day_follow_weekday_and_holiday(moment: datetime, *, expected: bool) -> None:
    assert is_open(NIGHT_CLINIC, moment) is expected


def test_a_holiday_follows_its_weekday_where_no_holiday_is_named() -> None:
    assert is_open("平日 09:00-17:00", at(23, 10))
    assert not is_open("平日 09:00-17:00", at(22, 10))


def test_a_substitute_holiday_counts_as_a_holiday() -> None:
    assert day_index(date(2027, 3, 22)) == 7  # 振替休日 of 2027-03-21


def test_around_the_clock_is_open_at_midnight_and_a_minute_before() -> None:
    assert is_open("00:00-24:00", at(16, 0))
    assert is_open("00:00-24:00", at(16, 23, 59))


@pytest.mark.parametrize(
    "text", ["", "9時から", "25:00-26:00", "09:61-10:00", "水曜 09:00-10:00", "月 09:00"]
)
def test_hours_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(ContentError, match="hours"):
        parse_hours(text)


def test_intervals_are_joined_and_read_naturally() -> None:
    joined = merged([Interval(840, 1080), Interval(540, 720), Interval(700, 840)])
    assert [i.text() for i in joined] == ["9:00〜18:00"]
    assert clock_text(1440) == "24:00"
    assert clock_text(1440 + 480) == "翌8:00"
