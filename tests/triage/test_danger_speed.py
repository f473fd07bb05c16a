"""Test that hearing dangers, which goes before everything else, is quick for every text."""

import gc
import time
from statistics import median

import pytest

from bot.triage.danger.danger_screen import load_danger_screen
from core.ja.read_text import ReadText
from tests.conftest import DATA

EAR = load_danger_screen(DATA)
MESSAGE = "昨日から熱があって頭が少し痛いのですが、近くで今やっている内科を教えてください。子どもも一緒に診てもらえると助かります。"
STORY = (
    "長くなりますが聞いてください。母は認知症で、いつもは穏やかです。昨日も普通でした。"
    "けさ起こしに行ったら、いびきをかいていて、何度呼んでも目を開けません。疲れているだけでしょうか。"
)
# Measured on two busy cores: 0.5 ms for such a message, 21 ms for the longest text LINE allows (a third of it Sudachi's),
# 0.3 s for one that is nothing but a word of the lexicon. The bounds leave room for a busier machine, none for time that grows faster than the text.
SHORT_S, LONG_S, REPEATED_S, LONGEST = 0.004, 0.2, 0.9, 5000
UNITS = [
    "あ",
    "息",
    "父が",
    "血が",
    "吐いて",
    "去年",
    "たら",
    "倒れたら",
    "犬が",
    "講習で",
    "もし",
    "ない",
    "、",
    "1",
]
UNITS += [
    "頭も胸も痛いし血も吐いた、",
    "息が苦しい",
    "意識がない",
    "去年、父が倒れた。",
    "って本当",
    "「",
    "no ",
    "生後1か月の",
]


def seconds(text: str, times: int = 1) -> float:
    """Return the median processor time of hearing a text, without collections of garbage (as `timeit` does)."""
    taken = []
    gc.disable()
    for _ in range(times):
        start = time.process_time()
        list(EAR.all(ReadText(text)))
        taken.append(time.process_time() - start)
    gc.enable()
    return median(taken)


def test_an_ordinary_message_takes_about_a_millisecond() -> None:
    list(EAR.all(MESSAGE))
    assert seconds(MESSAGE, 51) <= SHORT_S


def test_a_long_letter_is_heard_quickly() -> None:
    assert seconds(((MESSAGE + STORY) * 60)[:LONGEST], 3) <= LONG_S


@pytest.mark.parametrize("unit", UNITS)
def test_no_repetition_makes_it_slow(unit: str) -> None:
    assert seconds((unit * LONGEST)[:LONGEST]) <= REPEATED_S


@pytest.mark.parametrize("unit", ["去年", "倒れたら", "犬が", "血が"])
def test_the_time_grows_with_the_length_and_no_faster(unit: str) -> None:
    once = seconds((unit * LONGEST)[: LONGEST // 4], 3)
    four_times = seconds((unit * LONGEST)[:LONGEST], 3)
    assert four_times <= 12 * once


def test_what_stands_in_the_middle_of_a_long_story_is_found() -> None:
    text = MESSAGE * 20 + "父が息をしていません。" + MESSAGE * 20
    assert any(one.level == "red" for one in EAR.all(text))
