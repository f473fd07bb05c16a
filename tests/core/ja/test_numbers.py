import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ja import (
    find_ages,
    find_durations,
    find_spo2,
    find_temperatures,
    read_age,
    read_date,
    read_duration,
    read_number,
    read_spo2,
    read_temperature,
)

TODAY = date(2026, 11, 19)
PIECES = st.sampled_from(
    [
        *"〇一二三四五六七八九十百千万0123456789０１２３.．・、〜~/-% 　度分歳才日月年時間週間後前生満代令和平成昭和元RHSんじゅうさいごど",
        *(
            "か月",
            "ヶ月",
            "生後",
            "体温",
            "熱",
            "酸素",
            "昨日",
            "から",
            "先週の",
            "曜日",
            "じゅう",
            "さん",
            "はち",
            "てん",
            "ひゃく",
        ),
        *("今月", "ß", "İ", "㌔", "①", "٣", "²", "\u3099", "👶🏽", "ﷺ", "\ud800"),
    ]
)
ANYTHING = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=30).map("".join))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("12", 12), ("１２", 12), ("十二", 12), ("じゅうに", 12), ("じゅうにです", 12), ("ジュウニ", 12)),
        *(("百二十三", 123), ("千二百", 1200), ("一万", 10_000), ("ひゃくさんじゅうに", 132), ("二〇", 20)),
        *(("さん", 3), ("ご", 5), ("ひとつ", 1), ("ふたり", 2), ("3回くらい", 3), ("にじゅうごかい", 25)),
        *(("36.8", 36.8), ("1,200", 1200), ("①", 1)),
        *(("2〜3回", 3), ("二、三回", 3), ("五〜六回", 6)),
    ],
)
def test_a_number_is_read_in_every_writing(text: str, number: float) -> None:
    assert read_number(text) == number


@pytest.mark.parametrize(
    "text", ["", "なし", "三和", "四倉", "一緒に", "万一", "朝2回夜3回", "132/84", "9" * 500]
)
def test_what_is_no_one_number_is_none(text: str) -> None:
    assert read_number(text) is None


@given(ANYTHING)
def test_no_text_upsets_a_reader(text: str) -> None:
    read_number(text)
    read_date(text, TODAY)
    for degrees in (read_temperature(text), read_temperature(text, asked=True)):
        assert degrees is None or 33 <= degrees < 44
    percent, age, duration = read_spo2(text), read_age(text), read_duration(text)
    assert percent is None or 50 <= percent <= 100
    assert age is None or 0 <= age.years <= 120
    assert duration is None or (duration.hours >= 0 and duration.short[-1] in "hdw")


@given(ANYTHING)
def test_what_is_found_lies_in_the_text(text: str) -> None:
    for find in (find_ages, find_durations, find_spo2, find_temperatures):
        for found in find(text):
            assert 0 <= found.start < found.end <= len(text)


def test_reading_takes_less_than_a_millisecond() -> None:
    texts = [
        f"{number}日前から母（{number}歳）が熱38度{number % 10}分あって酸素は9{number % 10}%です"
        for number in range(40)
    ]
    started = time.perf_counter()
    for text in texts:
        read_temperature(text), read_spo2(text), read_age(text), read_duration(text), read_date(text, TODAY)
    # All five together; generous, because other work may hold the machine.
    assert (time.perf_counter() - started) / len(texts) < 0.005
