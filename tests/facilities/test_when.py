from datetime import date, datetime

import pytest

from core.clock import TOKYO
from facilities.asked_time import meant_when, parse_when, present, read_when
from facilities.closures import Closure, closure_on

MORNING = datetime(2026, 11, 16, 10, tzinfo=TOKYO)  # a Monday
NIGHT = datetime(2026, 11, 16, 21, 30, tzinfo=TOKYO)

WORDS = [
    ("近くで今やってる内科", "now"),
    ("いま開いてる薬局", "now"),
    ("今すぐ診てもらえるところ", "now"),
    ("やってる病院あっぺか", "now"),
    ("今日やってる病院", "2026-11-16"),
    ("明日診てもらえる皮膚科", "2026-11-17"),
    ("あさっての内科", "2026-11-18"),
    ("明日の午後3時にやってる内科", "2026-11-17T15:00"),
    ("明日の３時半", "2026-11-17T15:30"),
    ("あしたの朝いちばんでやってる内科", "2026-11-17T09:00"),
    ("午前九時に行きたい", "2026-11-17T09:00"),
    ("午後十一時", "2026-11-16T23:00"),
    ("夜7時までやってる内科", "2026-11-16T19:00"),
    ("今夜診てもらえるところ", "2026-11-16T20:00"),
    ("夜やってる病院", "2026-11-16T20:00"),
    ("土曜の午後に診てくれる眼科", "2026-11-21T15:00"),
    ("土曜日やってる歯医者", "2026-11-21"),
    ("日曜に開いている薬局", "2026-11-22"),
    ("月曜の内科", "2026-11-16"),
    ("来週の月曜", "2026-11-23"),
    ("土日もやっている内科", "2026-11-21"),
    ("祝日に診てくれる歯医者さん", "2026-11-23"),
    ("休みの日にやってる内科ねえか", "2026-11-22"),
    ("12月29日の内科", "2026-12-29"),
    ("1/2にやってるところ", "2027-01-02"),
    ("19:30にやってる薬局", "2026-11-16T19:30"),
    # No time at all:
    ("近くの内科", ""),
    ("24時間対応の薬局", ""),
    ("今朝から熱がある", ""),
    ("昨夜から痛い", ""),
    ("今回は眼科", ""),
    ("いわきの内科", ""),
]


@pytest.mark.parametrize(("words", "when"), WORDS)
def test_the_time_that_words_name(words: str, when: str) -> None:
    assert read_when(words, MORNING) == when


def test_in_the_night_the_night_is_now() -> None:
    assert read_when("夜やってる病院", NIGHT) == "now"
    assert read_when("夜中にやってる薬局", NIGHT) == "now"
    assert read_when("明日の夜やってる病院", NIGHT) == "2026-11-17T20:00"
    assert read_when("午後3時", NIGHT) == "2026-11-17T15:00"
    assert read_when("夜の12時", NIGHT) == "2026-11-17T00:00"


@pytest.mark.parametrize(
    ("value", "when"),
    [
        ("now", "now"),
        ("today", "2026-11-16"),
        ("tomorrow", "2026-11-17"),
        ("night", "2026-11-16T20:00"),
        ("saturday", "2026-11-21"),
        ("sunday", "2026-11-22"),
        ("holiday", "2026-11-23"),
        ("someday", ""),
        ("", ""),
    ],
)
def test_the_time_that_an_entity_means(value: str, when: str) -> None:
    assert meant_when(value, MORNING) == when


def test_of_today_only_the_rest_counts() -> None:
    today = parse_when("2026-11-16", MORNING)
    assert today
    assert (today.minute, today.is_moment) == (600, False)
    tomorrow = parse_when("2026-11-17", MORNING)
    assert tomorrow
    assert tomorrow.minute == 0
    moment = parse_when("2026-11-17T15:30", MORNING)
    assert moment
    assert moment.at == datetime(2026, 11, 17, 15, 30, tzinfo=TOKYO)
    assert parse_when("now", MORNING) == present(MORNING)
    assert parse_when("", MORNING) is None


@pytest.mark.parametrize(
    ("text", "day", "closure"),
    [
        ("年末年始（12月29日～1月3日）", date(2026, 12, 31), Closure.SURE),
        ("年末年始（12月29日～1月3日）", date(2027, 1, 3), Closure.SURE),
        ("年末年始（12月29日～1月3日）", date(2027, 1, 4), Closure.NONE),
        ("12/29~1/3", date(2027, 1, 1), Closure.SURE),
        ("8月13日〜15日", date(2026, 8, 14), Closure.SURE),
        ("01月01日，01月02日…12月31日", date(2026, 12, 31), Closure.SURE),
        ("01月01日，01月02日…12月31日", date(2026, 6, 1), Closure.NONE),
        ("4月1日～12月28日は予約制", date(2026, 6, 1), Closure.NONE),  # too long for a closure
        ("お盆、年末年始", date(2026, 8, 14), Closure.LIKELY),
        ("お盆、年末年始", date(2026, 11, 16), Closure.NONE),
        ("13月45日", date(2026, 1, 1), Closure.NONE),
        ("", date(2026, 1, 1), Closure.NONE),
    ],
)
def test_days_off_are_read_from_free_text(text: str, day: date, closure: Closure) -> None:
    assert closure_on(text, day) is closure
