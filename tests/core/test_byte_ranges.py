"""Test `Range` headers: invalid ones are ignored, ranges beyond the end are refused."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.byte_ranges import NotSatisfiable, asked_part

SIZE = 1000
HUGE = "9" * 5000


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-", (0, 1000)),
        ("bytes=0-0", (0, 1)),
        ("bytes=0-1", (0, 2)),
        ("bytes=999-", (999, 1000)),
        ("bytes=200-299", (200, 300)),
        ("bytes=200-5000", (200, 1000)),
        (f"bytes=200-{HUGE}", (200, 1000)),
        ("bytes=-1", (999, 1000)),
        ("bytes=-1000", (0, 1000)),
        ("bytes=-5000", (0, 1000)),
        (f"bytes=-{HUGE}", (0, 1000)),
        ("Bytes=0-1", (0, 2)),
        ("bytes= 0-1", (0, 2)),
        ("bytes=,0-1, ", (0, 2)),
        (f"bytes={'0' * 5000}7-9", (7, 10)),
    ],
)
def test_a_range_gives_its_part(header: str, part: tuple[int, int]) -> None:
    assert asked_part([header], SIZE) == part


@pytest.mark.parametrize(
    "header", ["bytes=1000-", "bytes=1000-1001", f"bytes={HUGE}-", "bytes=-0", "bytes=-00"]
)
def test_beyond_the_end_there_is_nothing(header: str) -> None:
    with pytest.raises(NotSatisfiable):
        asked_part([header], SIZE)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=,",
        "bytes=2-1",
        f"bytes={HUGE}-1",
        "bytes=0-1,5-6",
        "bytes=0-1,2000-",
        "bytes=a-b",
        "bytes=0x1-2",
        "bytes=+1-2",
        "bytes=1.5-2",
        "bytes=--1",
        "bytes=1--2",
        "bytes=1-2-3",
        "bytes =0-1",
        "bytes=0 -1",
        "bytes=٣-٤",
        "bytes=²-",
        "items=0-1",
        "0-1",
    ],
)
def test_what_makes_no_sense_asks_for_the_whole(header: str) -> None:
    assert asked_part([header], SIZE) is None


def test_without_a_header_and_with_two_the_whole_is_asked_for() -> None:
    assert asked_part([], SIZE) is None
    assert asked_part(["bytes=0-1", "bytes=2-3"], SIZE) is None


def test_of_an_empty_file_there_is_no_part() -> None:
    assert asked_part(["bytes=-5"], 0) is None
    with pytest.raises(NotSatisfiable):
        asked_part(["bytes=0-"], 0)


def test_a_long_header_costs_nothing() -> None:
    began = time.perf_counter()
    for header in (
        "bytes=" + "1" * 8000,
        "bytes=" + "-" * 8000,
        "bytes=" + "1-," * 2700,
        "bytes=" + " " * 8000,
    ):
        asked_part([header], SIZE)
    assert time.perf_counter() - began < 0.1


@given(st.text(alphabet="0123456789-,=bytes \t", max_size=40), st.integers(min_value=0, max_value=50))
def test_a_part_always_lies_in_the_file(text: str, size: int) -> None:
    for header in (text, "bytes=" + text):
        try:
            part = asked_part([header], size)
        except NotSatisfiable:
            continue
        assert part is None or 0 <= part[0] < part[1] <= size
