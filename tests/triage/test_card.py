from datetime import datetime
from pathlib import Path

import pytest

from bot.triage.card import Onward, emergency_card, open_desks, urgency_card
from bot.triage.protocol import Question, Result, load_protocols, next_question
from bot.triage.screen import load_first_check
from core.clock import TOKYO
from core.db.tables import Urgency
from core.messages import Call, Card, Say, Tone, plain_text
from core.municipalities import Municipality
from core.texts import Texts

DATA = Path(__file__).parents[2] / "data"
FEVER = load_protocols(DATA)["fever_adult"]
ONWARD = Onward(Say("近くの病院をさがす", "a"), Say("人に相談する", "b"), Say("市販薬をさがす", "c"))
NOON = datetime(2026, 11, 16, 12, tzinfo=TOKYO)
NIGHT = datetime(2026, 11, 16, 23, tzinfo=TOKYO)
FORBIDDEN = ("可能性が高い", "大丈夫", "錠", "インフルエンザ", "肺炎", "かぜです", "病です")


def result_with(**answers: str) -> Result:
    given: dict[str, str] = {}
    while isinstance(step := next_question(FEVER, given), Question):
        given[step.id] = answers.get(step.id, "no")
    return step


def card_with(city: Municipality, texts: Texts, at: datetime = NOON, **answers: str) -> Card:
    return urgency_card(result_with(**answers), city, texts, at, ONWARD)


WAYS = [
    ({"red": "yes"}, Urgency.RED, "いますぐ119"),
    ({"orange": "yes"}, Urgency.ORANGE, "1時間以内"),
    ({"yellow": "yes"}, Urgency.YELLOW, "今日のうち"),
    ({}, Urgency.GREEN, "24時間以内"),
]


@pytest.mark.parametrize(("answers", "urgency", "words"), WAYS)
def test_the_card_says_the_urgency_in_words_and_colour(
    cities: dict[str, Municipality], texts: Texts, answers: dict[str, str], urgency: Urgency, words: str
) -> None:
    card = card_with(cities["iwaki"], texts, **answers)
    assert words in card.title
    assert card.tone is Tone(urgency.value)
    assert len(card.actions) <= 5
    assert "未監修" in card.note
    assert not [phrase for phrase in FORBIDDEN if phrase in plain_text(card)]


@pytest.mark.parametrize(("answers", "urgency", "words"), WAYS)
def test_the_shop_is_offered_for_green_and_white_only_and_a_person_always(
    cities: dict[str, Municipality], texts: Texts, answers: dict[str, str], urgency: Urgency, words: str
) -> None:
    actions = card_with(cities["iwaki"], texts, **answers).actions
    assert (ONWARD.shop in actions) is (urgency is Urgency.GREEN)
    assert ONWARD.person in actions


def test_red_calls_119_first(cities: dict[str, Municipality], texts: Texts) -> None:
    actions = card_with(cities["iwaki"], texts, red="yes").actions
    assert actions[0] == Call("119番に電話する", "119")


def test_a_doubt_puts_the_nurse_first(cities: dict[str, Municipality], texts: Texts) -> None:
    assert card_with(cities["iwaki"], texts, red="unknown", red_seen="unknown").actions[0] == ONWARD.person


def test_the_advice_line_of_these_ages_is_offered_while_it_answers(cities: dict[str, Municipality]) -> None:
    iwaki, kitahama = cities["iwaki"], cities["demo-kitahama"]
    assert [d.number for d in open_desks(iwaki, "adult", NOON)] == ["#7119"]
    assert open_desks(iwaki, "child", NOON) == ()
    assert [d.number for d in open_desks(iwaki, "child", NIGHT)] == ["#8000"]
    assert open_desks(kitahama, "adult", NOON) == ()
    assert [d.number for d in open_desks(kitahama, "adult", NIGHT)] == ["#7119"]


def test_a_closed_line_is_not_on_the_card(cities: dict[str, Municipality], texts: Texts) -> None:
    def numbers(at: datetime) -> set[str]:
        actions = card_with(cities["demo-kitahama"], texts, at, orange="yes").actions
        return {action.number for action in actions if isinstance(action, Call)}

    assert numbers(NOON) == {"119"}
    assert numbers(NIGHT) == {"119", "#7119"}


def test_a_button_dials_a_number_that_a_link_can_dial(cities: dict[str, Municipality], texts: Texts) -> None:
    actions = card_with(cities["iwaki"], texts, orange="yes").actions
    assert Call("#7119に電話で聞く", "024-524-3020") in actions


@pytest.mark.parametrize("category", ["first_check", *(c.id for c in load_first_check(DATA).categories)])
def test_every_category_has_a_119_card_that_names_no_illness(
    cities: dict[str, Municipality], texts: Texts, category: str
) -> None:
    card = emergency_card(category, cities["iwaki"], texts)
    assert card.tone is Tone.RED
    assert card.actions == (Call("119番に電話する", "119"),)
    said = plain_text(card)
    assert said.index("救急です") < said.index("住所") < said.index("年齢")
    assert "いわき市" in said
    assert not [phrase for phrase in FORBIDDEN if phrase in said]
