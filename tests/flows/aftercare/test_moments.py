"""Test when questions after cards are asked: never at night, except shortly after red and orange."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.flows.aftercare.moments import allowed_at, is_quiet, next_day_at
from core.clock import TOKYO
from core.db.tables import Urgency

MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(lambda at: at.replace(tzinfo=TOKYO))  # noqa: DTZ001


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}:00+09:00")


@pytest.mark.parametrize(
    ("asked", "level", "found"),
    [
        ("16T21:59", Urgency.GREEN, "16T21:59"),
        ("16T22:00", Urgency.GREEN, "17T07:00"),
        ("17T03:00", Urgency.YELLOW, "17T07:00"),
        ("17T07:00", Urgency.WHITE, "17T07:00"),
        ("16T23:00", Urgency.RED, "16T23:00"),
        ("16T23:31", Urgency.ORANGE, "17T07:00"),
    ],
)
def test_the_night_is_quiet(asked: str, level: Urgency, found: str) -> None:
    assert allowed_at(at(asked), at("16T21:30"), level) == at(found)


@pytest.mark.parametrize(
    ("card", "found"),
    [("16T09:00", "17T10:00"), ("16T23:50", "17T10:00"), ("17T01:59", "17T10:00"), ("17T02:01", "18T10:00")],
)
def test_the_next_day_is_at_ten(card: str, found: str) -> None:
    assert next_day_at(at(card)) == at(found)


@given(MOMENTS, st.timedeltas(timedelta(), timedelta(days=2)), st.sampled_from(Urgency))
def test_nothing_is_asked_at_night_but_within_two_hours_of_red_and_orange(
    card: datetime, after: timedelta, level: Urgency
) -> None:
    found = allowed_at(card + after, card, level)
    assert found >= card + after
    assert found - (card + after) <= timedelta(hours=9)
    is_urgent = level in {Urgency.RED, Urgency.ORANGE} and found - card <= timedelta(hours=2)
    assert is_urgent or not is_quiet(found)
    assert not is_quiet(next_day_at(card))
