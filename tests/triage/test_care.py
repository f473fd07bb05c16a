from datetime import datetime

import pytest

from bot.triage.care import care_card, open_hotlines
from bot.triage.danger.danger_card import danger_card
from bot.triage.danger.safety import load_safety
from core.clock import TOKYO
from core.messages import Call, Tone, plain_text
from core.municipalities import Municipality
from core.texts import Texts
from tests.conftest import DATA

NOON = datetime(2026, 11, 16, 12, tzinfo=TOKYO)
EVENING = datetime(2026, 11, 16, 19, tzinfo=TOKYO)


@pytest.mark.parametrize("at", [NOON, EVENING])
def test_words_of_care_come_before_any_number(
    cities: dict[str, Municipality], texts: Texts, at: datetime
) -> None:
    card = care_card(cities["iwaki"], texts, at)
    said = plain_text(card)
    assert card.tone is Tone.ORANGE
    assert said.index("つらいお気持ち") < said.index("心理カウンセラー") < said.index("よりそいホットライン")
    assert not [word for word in ("がんば", "頑張", "死ぬ", "自殺", "大丈夫") if word in said]
    assert card.actions[-1] == Call("119番に電話する", "119")


def test_only_lines_that_answer_now_are_offered_with_the_number_of_the_prefecture(
    cities: dict[str, Municipality], texts: Texts
) -> None:
    def numbers(at: datetime) -> list[str]:
        return [a.number for a in care_card(cities["iwaki"], texts, at).actions if isinstance(a, Call)]

    assert numbers(NOON) == ["0120-279-226", "119"]
    assert numbers(EVENING) == ["0120-279-226", "0570-064-556", "119"]
    elsewhere = cities["iwaki"].model_copy(update={"prefecture": "東京都"})
    assert open_hotlines(elsewhere, NOON)[0].number_in(elsewhere.prefecture) == "0120-279-338"


def test_a_line_nobody_has_checked_is_not_offered(cities: dict[str, Municipality]) -> None:
    unchecked = [line.id for line in cities["iwaki"].hotlines if not line.verified]
    assert "inochi_sos" in unchecked
    assert not [line for line in open_hotlines(cities["iwaki"], NOON) if line.id in unchecked]


def test_with_no_line_open_the_person_and_119_remain(cities: dict[str, Municipality], texts: Texts) -> None:
    nobody = cities["iwaki"].model_copy(update={"hotlines": ()})
    card = care_card(nobody, texts, NOON)
    assert card.actions == (Call("119番に電話する", "119"),)
    assert "心理カウンセラー" in plain_text(card)


@pytest.mark.parametrize(
    ("category", "says"),
    [
        ("bleeding", "強く押し続けて"),
        ("bleeding", "抜かないで"),
        ("burn", "20分ほど流して"),
        ("choking", "5回たたきます"),
        ("seizure", "口には何も入れない"),
        ("seizure", "何分"),
        ("swallowed", "吐かせないで"),
        ("swallowed", "072-727-2499"),
        ("overdose", "空の袋"),
        ("overdose", "072-727-2499"),
        ("anaphylaxis", "太ももの外側"),
        ("anaphylaxis", "急に立たせたり"),
        ("anaphylaxis", "2本目"),
        ("suicide_act", "そばにいて"),
        ("suicide_act", "遠ざけて"),
        ("cardiac_arrest", "迷うときも、始めて"),
        ("suicide_act", "0120-279-226"),
        ("trauma", "動かさない"),
        ("hypothermia", "ぬれた服をぬがせて"),
        ("stroke", "時刻"),
    ],
)
def test_the_119_card_says_what_to_do_until_help_comes(
    cities: dict[str, Municipality], texts: Texts, category: str, says: str
) -> None:
    said = plain_text(danger_card(load_safety(DATA)[category], cities["iwaki"], texts))
    assert says in said
    assert said.index("119番に電話してください") < said.index(says)
