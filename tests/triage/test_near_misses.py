"""Near misses bring no card, and what speaks against a danger hides no emergency that is told with the same words."""

from pathlib import Path

import pytest
import yaml

from bot.triage.danger.danger_screen import load_danger_screen
from tests.conftest import DATA

EAR = load_danger_screen(DATA)
SENTENCES = yaml.safe_load(Path(__file__).with_name("near_misses.yml").read_text(encoding="utf-8"))
# Of near misses that are worrying by themselves (鼻血が出たけど止まりました) some are asked about.
MOST_ASKED = 0.2


def levels(text: str) -> set[str]:
    return {one.level for one in EAR.all(text)}


@pytest.mark.parametrize("text", SENTENCES["fires"])
def test_an_emergency_is_not_hidden_by_the_words_around_it(text: str) -> None:
    assert "red" in levels(text)


def test_near_misses_get_no_card_and_few_questions() -> None:
    heard = {text: levels(text) for text in SENTENCES["silent"]}
    assert len(heard) > 700
    assert [text for text, found in heard.items() if "red" in found] == []
    assert sum(bool(found) for found in heard.values()) / len(heard) <= MOST_ASKED


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("妊娠9か月、赤ちゃんが動かない", "ask"),
        ("臨月です。水が出てきた", "ask"),
        ("足首をひねって腫れています", "ask"),
        ("階段から落ちて足首が腫れています", "ask"),
        ("酸素が88です", "red"),
        ("在宅酸素を使っていて、酸素が88です", "ask"),
        ("息苦しさはなくなりました", ""),
        ("さっきまで胸が痛かったけど今はおさまってます", "ask"),
        ("意識が内", "red"),
        ("胸がい体", "ask"),
        ("血が泊まらない", "ask"),
        ("隣のおばあさんを訪ねても返事がありません", "ask"),
        ("父は呼んでも返事をしないことがあります", "ask"),
    ],
)
def test_one_question_decides_where_a_sign_is_weak(text: str, level: str) -> None:
    found = levels(text)
    assert ("red" if "red" in found else "ask" if found else "") == level
