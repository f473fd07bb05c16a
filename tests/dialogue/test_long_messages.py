"""The longest message that LINE allows holds nobody up: a bounded time of the loop, whatever runs, whatever it says.

Measured is processor time, the best of several tries: another process that takes the processor away costs the wall
clock, not this; what is left of the noise is a cold cache, and a try that is not the first has a warm one.
"""

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.app import all_flows, load_content
from bot.dialogue.flow import Context
from bot.dialogue.policy import take_turn
from bot.dialogue.state import State
from bot.dialogue.turn import Turn
from bot.dialogue.user_input import UserInput
from bot.language.segmentation import Clause, clauses, worth_asking
from bot.triage.screen.screen import load_screen
from core.ja import ReadText
from core.understanding import Understanding
from tests.conftest import DATA

LONGEST = 5000  # characters of a text (Messaging API)
# The aim is 50 ms. Many different lines or marks in mid-interview take up to 75 ms: the story is read as a whole, then
# its first and its last clause, each with all that was told before.
LIMIT_S = 0.1
TRIES = 5
CONTENT = load_content(DATA)
FLOWS = all_flows(CONTENT)
SCREEN = load_screen(DATA)


def filled(unit: str) -> str:
    return (unit * LONGEST)[:LONGEST]


MESSAGES = {
    "kana": filled("あいうえおかきくけこ"),
    "one line": filled("頭が痛くて昨日から眠れず、夫も心配しています。"),
    "many lines": filled("頭が痛いです。昨日からです\n"),
    "many different lines": "".join(f"{n}日前は元気に学校へ\n" for n in range(1000))[:LONGEST],
    "many short lines": "".join(f"{n}\n" for n in range(2000))[:LONGEST],
    "empty lines": filled("\n"),
    "emoji": filled("😀👨‍👩‍👧"),
    "Latin": filled("abc def. "),
    "digits": filled("1234567890"),
    "kanji numerals": filled("三十八"),
    "kana numerals": filled("さんじゅうはち"),
    "punctuation": filled("。"),
    "much punctuation": filled("、！？…「」"),
    "kanji": filled("頭痛腹痛発熱"),
    "half-width kana": filled("ｶﾞｷﾞｸﾞ"),
    "marks": filled("か\u3099\u0301"),
    "symptoms": filled("熱があって頭が痛くて吐いています。"),
    "values": filled("38.5度、酸素97、"),
    "ages": filled("3歳の"),
    "places": filled("平小名浜常磐勿来四倉"),
    "hospitals": filled("いわき共立"),
    "products": filled("ロキソニンとかぜ薬と湿布がほしい"),
    "kin": filled("夫が妻と"),
    "mixed": filled(
        "息子8歳が昨日から38.5度の熱で😀ロキソニンを飲みました。小名浜の小児科はどこ?abc 夫は元気です\n"
    ),
}
# Of each flow: what opens it, the intent its words have, and what else they may be taken for.
OPENINGS = {
    "consultation": ("頭が痛いです", "consult_symptom"),
    "what is the matter": ("相談したい", "consult_symptom"),
    "shop": ("市販薬を買いたい", "buy_medicine"),
    "a kind of medicine": ("かぜ薬を買いたい", "buy_medicine"),
    "facility": ("近くの内科", "find_facility"),
    "person": ("人に聞きたいです", "talk_to_human"),
    "safety": ("", "out_of_scope"),
}
ALONE = [
    "consult_symptom",
    "buy_medicine",
    "find_facility",
    "talk_to_human",
    "emergency",
    "report_condition",
    "consult_medicine",
    "out_of_scope",
]


def turn(state: dict[str, Any], text: str, intent: str) -> tuple[Turn, float]:
    """Screen and answer a message as the worker does; returns the turn and the seconds it took on the loop."""
    known = State.from_json(state, FLOWS.data_types)
    ctx = Context(
        datetime(2026, 11, 16, 1, tzinfo=UTC),
        CONTENT.texts,
        CONTENT.cities["iwaki"],
        FLOWS,
        CONTENT.protocols,
        "b",
    )
    meaning = Understanding(intent, 0.99)
    began = time.process_time()
    if not text:
        return take_turn(known, UserInput(kind="image"), ctx), 0.0
    words = ReadText(text)
    SCREEN(words)
    pieces = clauses(words)
    asked = worth_asking(pieces)
    parts = tuple(Clause(piece, meaning if piece in asked else None) for piece in pieces)
    said = UserInput(kind="text", text=words, meaning=meaning, clauses=parts if len(parts) > 1 else ())
    return take_turn(known, said, ctx), time.process_time() - began


def seconds(state: dict[str, Any], text: str, intent: str) -> float:
    """Return the best of a few tries; none follows one that is good enough."""
    best = LIMIT_S * 100
    for _ in range(TRIES):
        best = min(best, turn(state, text, intent)[1])
        if best <= LIMIT_S:
            break
    return best


@pytest.mark.parametrize("name", MESSAGES)
def test_the_longest_message_opens_any_flow_quickly(name: str) -> None:
    took = {intent: seconds({}, MESSAGES[name], intent) for intent in ALONE}
    assert max(took.values()) <= LIMIT_S, took


@pytest.mark.parametrize("name", MESSAGES)
@pytest.mark.parametrize("flow", OPENINGS)
def test_the_longest_message_answers_any_question_quickly_also_the_second_time(flow: str, name: str) -> None:
    words, own = OPENINGS[flow]
    opened = turn({}, words, own)[0].state.to_json()
    assert seconds(opened, MESSAGES[name], "out_of_scope") <= LIMIT_S
    assert seconds(opened, MESSAGES[name], own) <= LIMIT_S
    after = turn(opened, MESSAGES[name], own)[0].state.to_json()
    for intent in (own, "out_of_scope"):
        assert seconds(after, MESSAGES[name][:-1] + "終", intent) <= LIMIT_S
