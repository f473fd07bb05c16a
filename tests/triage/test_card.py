from datetime import datetime

import pytest

from bot.triage.card import Onward, open_desks, unsure_line, urgency_card
from bot.triage.danger.danger_card import danger_card, emergency_card, level_card
from bot.triage.danger.safety import load_safety
from bot.triage.tables.facts import Facts
from bot.triage.tables.result import Result
from bot.triage.red_card import red_card
from core.clock import TOKYO
from core.db.tables import Urgency
from core.messages import Call, Card, Say, Tone, plain_text
from core.municipalities import Municipality
from core.texts import Texts
from tests.conftest import DATA
from tests.triage.cases import ADULT, CHILD, TOLD, answered, case_of, told_case

ONWARD = Onward(Say("近くの病院をさがす", "a"), Say("人に相談する", "b"), Say("市販薬をさがす", "c"))
NOON = datetime(2026, 11, 16, 12, tzinfo=TOKYO)
NIGHT = datetime(2026, 11, 16, 23, tzinfo=TOKYO)
DANGERS = load_safety(DATA)
FORBIDDEN = ("可能性が高い", "大丈夫", "錠", "インフルエンザ", "肺炎", "かぜです", "病です")


def result_with(**answers: str) -> Result:
    return answered(case_of("fever_adult"), **answers)[1]


def made(result: Result, city: Municipality, texts: Texts, at: datetime = NOON) -> Card:
    """Return the card as the consultation makes it."""
    if result.urgency is Urgency.RED:
        return red_card(result, DANGERS, city, texts, ONWARD)
    return urgency_card(result, city, texts, at, ONWARD)


def card_with(city: Municipality, texts: Texts, at: datetime = NOON, **answers: str) -> Card:
    return made(result_with(**answers), city, texts, at)


def card_for(words: str, known: Facts, city: Municipality, texts: Texts, at: datetime = NOON) -> Card:
    return made(answered(told_case(words, known))[1], city, texts, at)


WAYS = [
    ({"red": "yes"}, Urgency.RED, "いますぐ119"),
    ({"orange": "yes"}, Urgency.ORANGE, "1時間以内"),
    ({"yellow": "yes"}, Urgency.YELLOW, "6時間以内"),
    ({}, Urgency.GREEN, "次の診療時間"),
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


def test_while_the_ages_are_not_known_all_lines_that_answer_are_offered(
    cities: dict[str, Municipality],
) -> None:
    assert [d.number for d in open_desks(cities["iwaki"], "", NOON)] == ["#7119"]
    assert [d.number for d in open_desks(cities["iwaki"], "", NIGHT)] == ["#7119", "#8000"]


def test_a_child_is_sent_to_the_line_for_children(cities: dict[str, Municipality], texts: Texts) -> None:
    def numbers(at: datetime) -> set[str]:
        actions = card_for("熱があります", CHILD, cities["iwaki"], texts, at).actions
        return {action.label for action in actions if isinstance(action, Call)}

    assert numbers(NOON) == set()
    assert numbers(NIGHT) == {"#8000に電話で聞く"}


def test_what_nobody_has_assessed_is_said_honestly_and_never_green(
    cities: dict[str, Municipality], texts: Texts
) -> None:
    card = card_for("膝が痛い", ADULT, cities["iwaki"], texts)
    assert card.tone is Tone.YELLOW
    assert "くわしく確かめる質問をまだ用意していない" in plain_text(card)
    assert card.actions[0] == ONWARD.person
    assert ONWARD.shop not in card.actions


@pytest.mark.parametrize("protocol", sorted(TOLD))
def test_every_card_names_departments_signs_and_what_to_do(
    cities: dict[str, Municipality], texts: Texts, protocol: str
) -> None:
    result = answered(case_of(protocol))[1]
    said = plain_text(urgency_card(result, cities["iwaki"], texts, NOON, ONWARD))
    assert all(words in said for words in (*result.departments, *result.worse, *result.advice))
    assert not [phrase for phrase in FORBIDDEN if phrase in said]


def test_two_complaints_share_one_card(cities: dict[str, Municipality], texts: Texts) -> None:
    said = plain_text(card_for("熱があって頭が痛い", ADULT, cities["iwaki"], texts))
    assert "脳神経外科、内科" in said
    assert said.count("こうなったら、すぐ119番") == 1


def test_a_closed_line_is_not_on_the_card(cities: dict[str, Municipality], texts: Texts) -> None:
    def numbers(at: datetime) -> set[str]:
        actions = card_with(cities["demo-kitahama"], texts, at, orange="yes").actions
        return {action.number for action in actions if isinstance(action, Call)}

    assert numbers(NOON) == {"119"}
    assert numbers(NIGHT) == {"119", "#7119"}


def test_a_button_dials_a_number_that_a_link_can_dial(cities: dict[str, Municipality], texts: Texts) -> None:
    actions = card_with(cities["iwaki"], texts, orange="yes").actions
    assert Call("#7119に電話で聞く", "024-524-3020") in actions


@pytest.mark.parametrize("danger", ["", *DANGERS])
def test_every_danger_has_a_119_card_that_names_no_illness(
    cities: dict[str, Municipality], texts: Texts, danger: str
) -> None:
    city = cities["iwaki"]
    card = danger_card(DANGERS[danger], city, texts) if danger else emergency_card(city, texts)
    assert card.tone is Tone.RED
    assert card.actions == (Call("119番に電話する", "119"),)
    said = plain_text(card)
    assert said.index("救急です") < said.index("住所") < said.index("年齢")
    assert "いわき市" in said
    assert not [phrase for phrase in FORBIDDEN if phrase in said]


@pytest.mark.parametrize(
    ("hour", "minute", "said"),
    [
        (10, 20, "今日の午後4時ごろ"),
        (23, 0, "あしたの朝5時ごろ"),
        (18, 30, "あしたの夜中の0時ごろ"),
        (5, 59, "今日の午前11時ごろ"),
        (6, 0, "今日の昼の12時ごろ"),
        (12, 1, "今日の夜6時ごろ"),
        (0, 0, "今日の朝6時ごろ"),
        (17, 59, "今日の夜11時ごろ"),
        (22, 30, "あしたの夜中の4時ごろ"),
        (7, 0, "今日の午後1時ごろ"),
    ],
)
def test_yellow_says_until_when_by_the_clock(
    cities: dict[str, Municipality], texts: Texts, hour: int, minute: int, said: str
) -> None:
    at = datetime(2026, 11, 26, hour, minute, tzinfo=TOKYO)
    assert f"{said}までに、病院に行ってください。" in plain_text(
        card_with(cities["iwaki"], texts, at, yellow="yes")
    )


def test_in_doubt_a_desk_that_answers_now_is_named_and_119_is_for_the_red_signs(
    cities: dict[str, Municipality], texts: Texts
) -> None:
    kitahama = cities["demo-kitahama"]
    night, noon = card_with(kitahama, texts, NIGHT), card_with(kitahama, texts, NOON)
    assert "迷うときは、#7119に電話してください。" in night.note
    assert "迷うときは" not in noon.note
    assert "119番" not in night.note + noon.note


def test_signs_of_the_milder_levels_do_not_call_for_an_ambulance(
    cities: dict[str, Municipality], texts: Texts
) -> None:
    rows = {row.label: row.value for row in card_for("熱があります", CHILD, cities["iwaki"], texts).rows}
    assert "おしっこ" not in rows["こうなったら、すぐ119番"]
    assert "半日以上おしっこが出ない" in rows["こうなったら、早めに病院へ"]


@pytest.mark.parametrize("table", sorted(TOLD))
@pytest.mark.parametrize("stage", ["modifiers", "yellow", "orange"])
def test_no_card_has_more_rows_than_a_phone_shows(
    cities: dict[str, Municipality], texts: Texts, table: str, stage: str
) -> None:
    result = answered(case_of(table), **{stage: "yes"})[1]
    assert len(made(result, cities["iwaki"], texts).rows) <= 5


def test_a_level_without_a_finding_is_explained(cities: dict[str, Municipality], texts: Texts) -> None:
    orange = card_for("背中が痛い", ADULT, cities["iwaki"], texts)
    assert orange.tone is Tone.ORANGE
    assert "急がなくてよいと言えないため" in plain_text(orange)
    assert "どれもありませんでした" not in plain_text(orange)
    assert "どれもありませんでした" in plain_text(card_for("熱があります", ADULT, cities["iwaki"], texts))


def test_pressing_the_chest_stands_before_what_she_does_herself(
    cities: dict[str, Municipality], texts: Texts
) -> None:
    said = plain_text(danger_card(DANGERS["cardiac_arrest"], cities["iwaki"], texts))
    assert said.index("胸の真ん中を、強く") < said.index("足を少し高く")
    despair = plain_text(danger_card(DANGERS["suicide_act"], cities["iwaki"], texts))
    assert despair.index("危ないものを置いて") < despair.index("そばにいてください")


def test_a_safety_question_below_red_names_the_same_desks_in_doubt(
    cities: dict[str, Municipality], texts: Texts
) -> None:
    unsure = unsure_line(cities["iwaki"], "", texts, NIGHT)
    assert unsure == "迷うときは、#7119か、#8000に電話してください。"
    card = level_card(DANGERS["breathing"], None, Urgency.ORANGE, texts, (ONWARD.person,), unsure)
    assert card.note.endswith(unsure)
    assert unsure_line(cities["demo-kitahama"], "adult", texts, NOON) == ""
