from datetime import date

import pytest

from core.ja import read_date

THURSDAY = date(2026, 11, 19)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("令和8年5月1日", date(2026, 5, 1)),
        ("令和八年十二月三日", date(2026, 12, 3)),
        ("R8.5.1", date(2026, 5, 1)),
        ("Ｒ８／５／１", date(2026, 5, 1)),
        ("平成元年5月1日", date(1989, 5, 1)),
        ("平成31年4月30日", date(2019, 4, 30)),
        ("昭和23年4月5日生まれ", date(1948, 4, 5)),
        ("S23.4.5", date(1948, 4, 5)),
        ("2026年5月1日", date(2026, 5, 1)),
        ("2026/5/1", date(2026, 5, 1)),
        ("2026-05-01", date(2026, 5, 1)),
        ("20260501", date(2026, 5, 1)),
        ("五月一日", date(2026, 5, 1)),
        ("5/1", date(2026, 5, 1)),
        ("１２月３日", date(2026, 12, 3)),
        ("11月19日", THURSDAY),
        ("2/29", date(2024, 2, 29)),
        ("先月20日", date(2026, 10, 20)),
        ("きょう", THURSDAY),
        ("けさ", THURSDAY),
        ("きのう", date(2026, 11, 18)),
        ("昨日の夜7時", date(2026, 11, 18)),
        ("おととい", date(2026, 11, 17)),
        ("一昨日", date(2026, 11, 17)),
        ("さきおととい", date(2026, 11, 16)),
        ("あさって", date(2026, 11, 21)),
        ("しあさって", date(2026, 11, 22)),
        ("3日前", date(2026, 11, 16)),
        ("ふつかまえ", date(2026, 11, 17)),
        ("1週間前", date(2026, 11, 12)),
        ("10日後", date(2026, 11, 29)),
        ("先週の金曜", date(2026, 11, 13)),
        ("来週の水曜", date(2026, 11, 25)),
    ],
)
def test_a_date_is_read_in_every_writing(text: str, day: date) -> None:
    assert read_date(text, THURSDAY) == day


@pytest.mark.parametrize(
    "text",
    [
        *(
            "3日",
            "金曜",
            "平成元年",
            "令和8年5月",
            "2月30日",
            "13/5",
            "5月1日から5月3日",
            "今日と昨日",
            "先週の日曜",
        ),
        *("130/80", "1/2錠", "0246-27-1208", "3日間", "そのうち", "9999年9月9日", ""),
    ],
)
def test_what_leaves_the_day_open_is_none(text: str) -> None:
    assert read_date(text, THURSDAY) is None


def test_a_day_without_a_year_is_past_unless_it_is_near() -> None:
    assert read_date("1/10", THURSDAY) == date(2027, 1, 10)
    assert read_date("3/10", THURSDAY) == date(2026, 3, 10)


def test_at_the_edge_of_the_calendar_there_is_none() -> None:
    assert read_date("3日前", date(1, 1, 1)) is None
