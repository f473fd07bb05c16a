"""A message is read once: each form of its words is made one time a turn, whoever asks for it, and never of a copy."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

import pytest

from bot.triage.tables import case
from core.ja import ReadText, read_text
from tests.harness.in_process import ScriptedResident, Town

FEVER = "昨日から熱があって、頭も少し痛いです"
ANSWERS = "はい、息が少し苦しいです"
CLINIC = "平の小児科をさがしています"
MEDICINE = "子どもの熱さましとロキソニンを買いたい"
PERSON = "看護師さんと話したいです"
LONG = "".join(f"{n}日前から熱があって、頭も痛いのですが、夫は元気です" for n in range(100))[:4900]
LINES = "".join(f"{n}日目、熱は38.{n % 10}度でした\n" for n in range(100))[:4900].strip()
WORRY = "赤ちゃんの母乳のことで相談したい"
VALUE = "今日の酸素は92、熱は38.5度でした"
TWO = f"{FEVER}。あと{CLINIC}"


def made_forms() -> dict[CodeType, str]:
    """Return the code that makes each form: the functions that `form` marks, and those that are handed to a text."""
    marked = {
        value.__wrapped__
        for name, module in list(sys.modules.items())
        if name.split(".")[0] in {"bot", "core", "shop", "facilities", "handoff"}
        for value in vars(module).values()
        if getattr(value, "__code__", None) is FORMED and hasattr(value, "__wrapped__")
    }
    return {function.__code__: function.__qualname__ for function in (*marked, case._told_complaints)}


FORMED = read_text.lines_of.__code__


@contextmanager
def watched(words: str) -> Iterator[tuple[Counter[str], Counter[str]]]:
    """Count how often each form of `words` is made, and how often of a plain copy."""
    codes = made_forms()
    made: Counter[str] = Counter()
    copies: Counter[str] = Counter()

    def look(frame: FrameType, event: str, _arg: Any) -> None:
        if event != "call" or frame.f_code not in codes:
            return
        text = frame.f_locals[frame.f_code.co_varnames[0]]
        if text == words:
            made[codes[frame.f_code]] += 1
            if type(text) is not ReadText:
                copies[codes[frame.f_code]] += 1

    sys.setprofile(look)
    try:
        yield made, copies
    finally:
        sys.setprofile(None)


@pytest.fixture
async def resident(town: Town, monkeypatch: pytest.MonkeyPatch) -> ScriptedResident:
    # In this thread, where it is counted.
    monkeypatch.setattr("bot.inbound.processor.LONG_PAYLOAD", 10**6)
    monkeypatch.setattr("bot.inbound.responder.LONG_WORDS", 10**6)
    for text in (FEVER, ANSWERS, LONG, LINES):
        town.meanings.teach(text, "consult_symptom")
    town.meanings.teach(CLINIC, "find_facility", department="小児科")
    town.meanings.teach(MEDICINE, "buy_medicine")
    town.meanings.teach(PERSON, "talk_to_human")
    town.meanings.teach(WORRY, "consult_pregnancy_childcare")
    town.meanings.teach(VALUE, "report_condition")
    town.meanings.teach(f"{FEVER}。", "consult_symptom")
    town.meanings.teach(TWO, "consult_symptom")
    return await town.resident()


# What was said before, what is said now, and forms that the turn cannot do without.
TURNS = {
    "a complaint": ("", FEVER, {"folded_lines", "find_ages", "_told_complaints", "read_patient"}),
    "more of a complaint": (FEVER, ANSWERS, {"folded_lines", "_told_complaints"}),
    "a search": ("", CLINIC, {"folded_words"}),
    "a search in mid-question": (FEVER, CLINIC, {"folded_words", "_told_complaints"}),
    "a wish to buy": ("", MEDICINE, {"find_ages", "find_durations"}),
    "a wish for a person": ("", PERSON, set()),
    "a wish for a person in mid-question": (FEVER, PERSON, {"_told_complaints"}),
    "a long story": ("", LONG, {"folded_lines", "find_ages", "_told_complaints"}),
    "a long story in mid-question": (FEVER, LONG, {"folded_lines", "_told_complaints"}),
    "a story of many lines": ("", LINES, {"folded_lines", "lines_of", "_told_complaints"}),
    "many lines in mid-question": (FEVER, LINES, {"folded_lines", "lines_of", "_told_complaints"}),
    "a worry": ("", WORRY, set()),
    "a value": ("", VALUE, {"find_spo2", "find_temperatures"}),
    "two wishes": ("", TWO, set()),
}
ALWAYS = {"normalise", "fold", "plain", "clauses"}


@pytest.mark.parametrize("name", TURNS)
async def test_each_form_of_a_message_is_made_once(town: Town, resident: ScriptedResident, name: str) -> None:
    before, words, needed = TURNS[name]
    if before:
        await resident.says(before)
    await resident.does(type="text", text=words)
    await town.webhooks_delivered()
    with watched(words) as (made, copies):
        assert await town.serve() == 1
    assert not copies
    assert set(made) >= ALWAYS | needed
    assert {form: times for form, times in made.items() if times > 1} == {}


async def test_a_long_wish_to_buy_is_brought_to_its_normal_form_a_few_times_not_hundreds(
    town: Town, resident: ScriptedResident
) -> None:
    words = "".join(f"ロキソニンとかぜ薬と湿布を{n}つ、" for n in range(500))[:4900]
    town.meanings.teach(words, "buy_medicine")
    await resident.does(type="text", text=words)
    await town.webhooks_delivered()
    seen: Counter[int] = Counter()
    codes = {code for code, name in made_forms().items() if name in {"normalise", "normalised", "_pieces"}}

    def look(frame: FrameType, event: str, _arg: Any) -> None:
        if event == "call" and frame.f_code in codes and len(frame.f_locals["text"]) > 1000:
            seen[len(frame.f_locals["text"])] += 1

    sys.setprofile(look)
    try:
        assert await town.serve() == 1
    finally:
        sys.setprofile(None)
    # The text as it came, brought to its normal form once, with and without the places of its parts.
    assert seen.total() <= 3


async def test_a_copy_and_a_second_making_would_be_seen() -> None:
    words = "頭が痛いです"
    with watched(words) as (made, copies):
        read_text.lines_of(words)
        read_text.lines_of(ReadText(words))
    assert (made["lines_of"], copies["lines_of"]) == (2, 1)
