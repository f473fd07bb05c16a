"""Test that the screen, which runs before everything else, is quick for every text."""

import time
from pathlib import Path
from statistics import median

import pytest

from bot.triage.screen.screen import load_screen

DATA = Path(__file__).parents[2] / "data"
SCREEN = load_screen(DATA)
MESSAGE = "昨日から熱があって頭が少し痛いのですが、近くで今やっている内科を教えてください。子どもも一緒に診てもらえると助かります。"
# Measured on two busy cores: 0.7 ms for such a message; 35 ms for the longest text LINE allows, 15 of them folding.
# The bounds leave room for a busier machine, and none for backtracking that grows faster than the text.
SHORT_S, LONG_S, LONGEST = 0.003, 0.25, 5000
UNITS = [
    "あ",
    "急に",
    "息",
    "頭が",
    "父が",
    "胸が急に",
    "薬を",
    "血が",
    "吐いて",
    "返事が",
    "水の中に",
    "右手が",
    "生後1か月の",
]
UNITS += [
    "1",
    "三十八",
    "、",
    "去年",
    "たら",
    "痛く",
    "息をし",
    "声が出",
    "子どもが",
    "意識は",
    "もう死",
    "飲んで",
    "けいれんは",
]


def seconds(text: str, times: int = 1) -> float:
    """Return the median processor time of a judgement."""
    taken = []
    for _ in range(times):
        start = time.process_time()
        SCREEN(text)
        taken.append(time.process_time() - start)
    return median(taken)


def test_an_ordinary_message_takes_less_than_a_millisecond_or_so() -> None:
    assert len(MESSAGE) >= 60
    assert seconds(MESSAGE, 101) <= SHORT_S


def test_a_long_letter_is_screened_quickly() -> None:
    assert seconds((MESSAGE * 100)[:LONGEST], 5) <= LONG_S


@pytest.mark.parametrize("unit", UNITS)
def test_no_repetition_makes_it_slow(unit: str) -> None:
    assert seconds((unit * LONGEST)[:LONGEST]) <= LONG_S


@pytest.mark.parametrize("unit", ["頭が", "息", "薬を飲んで", "急に胸が"])
def test_the_time_grows_with_the_length_and_no_faster(unit: str) -> None:
    once = seconds((unit * LONGEST)[:LONGEST], 3)
    four_times = seconds((unit * LONGEST * 4)[: LONGEST * 4], 3)
    assert four_times <= 10 * once


def test_what_stands_at_the_end_of_a_very_long_text_is_found() -> None:
    flag = SCREEN("近くの内科を教えてください。" * 1000 + "父が息をしていません")
    assert flag is not None
    assert flag.category == "no_breathing"
