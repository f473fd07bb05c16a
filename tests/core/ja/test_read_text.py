"""A text keeps its forms, also those of its lines and ends, wherever they stand."""

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ja import (
    ReadText,
    ends,
    find_ages,
    fold,
    folded_lines,
    head,
    joined,
    lines_of,
    normalise,
    normalised,
)
from core.ja.normal import _MARKS

texts = st.text(max_size=40) | st.lists(
    st.sampled_from("かガｶﾞﾟー〜~-ゝヾ!！。 　\n\u2028😀\u200d\ufe0fw笑いぁ\u3099\u0301ﬁ㌔①a0"), max_size=20
).map("".join)


@given(texts)
def test_the_normal_form_is_the_same_with_and_without_the_way_back(text: str) -> None:
    found = normalised(text)
    assert normalise(text) == found.text
    assert len(found.origins) == len(found.text)
    assert all(0 <= start < end <= len(text) for start, end in found.origins)


def test_every_mark_that_joins_the_character_before_it_is_known() -> None:
    marks = {c for c in map(chr, range(0x110000)) if unicodedata.combining(c)}
    assert marks <= set(_MARKS)


@given(texts)
def test_a_text_put_together_from_lines_is_read_as_if_it_had_come_so(text: str) -> None:
    lines = lines_of(text)
    again = joined(lines) if lines else ReadText()
    assert folded_lines(again) == folded_lines(str(again))
    assert lines_of(again) == lines_of(str(again))


def test_lines_keep_their_forms_in_another_text() -> None:
    first, second = lines_of(ReadText("頭が痛い\n3歳です"))
    text = joined((ReadText("きのうから"), second, first))
    assert lines_of(text)[1] is second
    assert lines_of(text)[2] is first


def test_equal_lines_are_one() -> None:
    first, _, third = lines_of(ReadText("あ\nい\nあ"))
    assert first is third


def test_a_beginning_is_made_once_and_a_short_text_is_its_own() -> None:
    long, short = ReadText("あいう" * 10), ReadText("あいう")
    assert head(long, 3) is head(long, 3)
    assert head(short, 3) is short
    assert ends(long, 4) == ("あいうあ", "うあいう")
    assert ends(long, 4) is ends(long, 4)
    assert ends(short, 2) == (short,)


@pytest.mark.parametrize("make", [fold, folded_lines, find_ages])
def test_what_is_known_of_a_plain_text_is_known_of_one_that_keeps_its_forms(make: object) -> None:
    text = "うちの３歳の子が\n昨日から３８．５度"
    assert callable(make)
    assert make(ReadText(text)) == make(text)


def test_what_is_made_of_a_text_was_written_on_its_day() -> None:
    day = date(2026, 11, 26)
    text = ReadText("一行目\n二行目", day)
    assert {line.day for line in lines_of(text)} == {day}
    assert head(text, 2).day == day
    assert {part.day for part in ends(text, 2)} == {day}
    assert joined(lines_of(text)).day == day
    assert (
        joined([ReadText("昨日", date(2026, 11, 25)), ReadText("いつか"), ReadText("今日", day)]).day == day
    )
    assert ReadText("一行目").day is None


def test_a_text_of_another_day_is_one_object_with_forms_of_its_own() -> None:
    kept = ReadText("10月5日に生まれた子")
    assert find_ages(kept) == ()
    dated = kept.written_on(date(2026, 11, 26))
    assert [found.value.months for found in find_ages(dated)] == [1]
    assert kept.written_on(date(2026, 11, 26)) is dated
    assert dated.written_on(dated.day) is dated
    assert kept.written_on(None) is kept
