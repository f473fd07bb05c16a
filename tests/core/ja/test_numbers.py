import time
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ja import (
    ReadText,
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
from core.ja.numerals import numbered
from core.ja.vital_signs import find_breaths, find_pressures, find_pulses, find_sugars

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
            "生まれ",
            "首がすわらない",
            "母",
            "(",
            "血圧",
            "上が",
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
        assert degrees is None or 24 <= degrees < 44
    percent, age, duration = read_spo2(text), read_age(text), read_duration(text)
    assert percent is None or 50 <= percent <= 100
    assert age is None or 0 <= age.years <= 120
    assert duration is None or (duration.hours >= 0 and duration.short[-1] in "hdwm")


@given(ANYTHING)
def test_what_is_found_lies_in_the_text(text: str) -> None:
    for find in READERS:
        for found in find(ReadText(text, TODAY)):
            assert 0 <= found.start < found.end <= len(text)


READERS = (
    *(find_ages, find_durations, find_spo2, find_temperatures),
    *(find_pressures, find_pulses, find_breaths, find_sugars),
)


def cpu_ms(read: Callable[[str], object], text: str, times: int) -> float:
    """Return the least time of a reader on a message whose numerals, and the forms it asks for, are made already."""
    least = 1000.0
    for _ in range(times):
        message = ReadText(text, TODAY)
        numbered(message)
        if read is find_durations:
            find_ages(message)
        started = time.thread_time()
        read(message)
        least = min(least, (time.thread_time() - started) * 1000)
    return least


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    "text",
    [
        "1歳半の子が昨日から38度5分あって、今朝から3回吐きました。水は少し飲めています。おしっこは6時間出ていません。妻（34）も熱があります。",
        "父82。昨日から熱が38.6度、酸素は93%、脈は110、血圧は168の92です。三日前から咳をしていて、今朝から呼吸が苦しそうです。",
        "息子が昨日から熱を出していて、とても心配です。ごはんも食べられず、水も少ししか飲めません。夜になってから咳もひどくなりました。",
    ],
)
def test_a_reader_takes_a_tenth_of_a_millisecond_for_a_hundred_characters(
    read: Callable[[str], object], text: str
) -> None:
    assert cpu_ms(read, (text * 2)[:100], 200) <= 0.1


@pytest.mark.parametrize("read", [numbered, *READERS])
@pytest.mark.parametrize(
    "piece",
    [
        *(
            "3",
            "、",
            "十",
            "さ",
            "母",
            "子",
            "か月",
            "1か月",
            "3歳",
            "母82",
            "82の母",
            "5月",
            "生まれ",
            "5月3日生まれ",
        ),
        *(
            "子2か月",
            "38.5度",
            "血圧",
            "血圧188の",
            "酸素",
            "酸素88",
            "さんじゅう",
            "ひゃく",
            "3日",
            "昨日から",
            "上が188下が",
        ),
    ],
)
def test_no_text_makes_a_reader_slow(read: Callable[[str], object], piece: str) -> None:
    text = (piece * 5000)[:5000]
    assert cpu_ms(read, text, 5) <= 5
