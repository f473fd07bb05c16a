from datetime import datetime

import pytest

from bot.triage.card import Onward, open_desks, unsure_line, urgency_card
from bot.triage.danger.danger_card import danger_card, emergency_card, level_card
from bot.triage.danger.safety import load_safety
from bot.triage.red_card import red_card
from bot.triage.tables.facts import Facts
from bot.triage.tables.result import Result
from core.clock import TOKYO
from core.db.tables import Urgency
from core.messages import Call, Card, Say, Tone, plain_text
from core.municipalities import Municipality
from core.texts import Texts
from tests.conftest import DATA
from tests.triage.cases import (
    ADULT,
    CHILD,
    HERSELF_30,
    IDS,
    TABLES,
    answered,
    as_if,
    case_of,
    told_case,
    walk,
    with_item,
)

ONWARD = Onward(Say("近くの病院をさがす", "a"), Say("人に相談する", "b"), Say("市販薬をさがす", "c"))
NOON = datetime(2026, 11, 16, 12, tzinfo=TOKYO)
NIGHT = datetime(2026, 11, 16, 23, tzinfo=TOKYO)
DANGERS = load_safety(DATA)
FORBIDDEN = ("可能性が高い", "大丈夫", "錠", "インフルエンザ", "肺炎", "かぜです", "病です")


ITEMS = {"red": "fever_neck", "orange": "vomit_growing", "yellow": "sleepless", "green": "many_tablets"}


def result_of(level: str) -> Result:
    """Return the result of a headache that ends at a level."""
    answer = as_if(frozenset(), well=True) if level == "white" else with_item("headache_adult", ITEMS[level])
    if level == "green":
        # Who is not well ends green anyway: this item keeps from white.
        answer = with_item("headache_adult", ITEMS[level], well=True)
    result = walk(case_of("headache_adult", HERSELF_30), answer).result
    assert result.urgency.value == level
    return result


def made(result: Result, city: Municipality, texts: Texts, at: datetime = NOON) -> Card:
    """Return the card as the consultation makes it."""
    if result.urgency is Urgency.RED:
        return red_card(result, DANGERS, city, texts, ONWARD)
    return urgency_card(result, city, texts, at, ONWARD)


def card_of(level: str, city: Municipality, texts: Texts, at: datetime = NOON) -> Card:
    return made(result_of(level), city, texts, at)


def card_for(words: str, known: Facts, city: Municipality, texts: Texts, at: datetime = NOON) -> Card:
    return made(answered(told_case(words, known))[1], city, texts, at)


LEVELS = [
    ("red", "いますぐ119"),
    ("orange", "1時間以内"),
    ("yellow", "6時間以内"),
    ("green", "次の診療時間"),
    ("white", "様子をみる"),
]


@pytest.mark.parametrize(("level", "words"), LEVELS)
def test_the_card_says_the_urgency_in_words_and_colour(
    cities: dict[str, Municipality], texts: Texts, level: str, words: str
) -> None:
    card = card_of(level, cities["iwaki"], texts)
    assert words in card.title
    assert card.tone is Tone(level)
    assert len(card.actions) <= 5
    assert "未監修" in card.note
    assert not [phrase for phrase in FORBIDDEN if phrase in plain_text(card)]


@pytest.mark.parametrize(("level", "words"), LEVELS)
def test_the_shop_is_offered_for_green_and_white_only_and_a_person_always(
    cities: dict[str, Municipality], texts: Texts, level: str, words: str
) -> None:
    actions = card_of(level, cities["iwaki"], texts).actions
    assert (ONWARD.shop in actions) is (level in {"green", "white"})
    assert ONWARD.person in actions


def test_a_table_without_medicines_offers_no_shop(cities: dict[str, Municipality], texts: Texts) -> None:
    (table, *_) = [name for name in IDS if not TABLES[name].shop and TABLES[name].audience == "adult"]
    card = made(answered(case_of(table, HERSELF_30))[1], cities["iwaki"], texts)
    assert ONWARD.shop not in card.actions


def test_red_calls_119_first(cities: dict[str, Municipality], texts: Texts) -> None:
    assert card_of("red", cities["iwaki"], texts).actions[0] == Call("119番に電話する", "119")


def test_a_doubt_puts_the_nurse_first(cities: dict[str, Municipality], texts: Texts) -> None:
    result = answered(case_of("headache_adult"), red="unknown", seen="unknown")[1]
    assert result.needs_nurse
    card = made(result, cities["iwaki"], texts)
    assert card.actions[0] == ONWARD.person
    assert card.tone is Tone.ORANGE


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


def test_what_nobody_has_assessed_is_never_white_and_offers_a_person(
    cities: dict[str, Municipality], texts: Texts
) -> None:
    """A child's headache has no table of its own: the general signs are asked, and it ends with a visit."""
    card = card_for("5歳の娘が頭を痛がっています", CHILD, cities["iwaki"], texts)
    assert card.tone is Tone.GREEN
    assert ONWARD.person in card.actions


@pytest.mark.parametrize("table", IDS)
@pytest.mark.parametrize("is_well", [True, False])
def test_every_card_names_departments_signs_and_what_to_do(
    cities: dict[str, Municipality], texts: Texts, table: str, *, is_well: bool
) -> None:
    result = walk(case_of(table), as_if(frozenset(), well=is_well)).result
    card = made(result, cities["iwaki"], texts)
    said = plain_text(card)
    lines = (*result.worse, *result.advice)
    assert [words for words in lines if words not in said] == []
    # Who stays at home is not sent anywhere.
    is_sent = result.urgency is not Urgency.WHITE
    assert (texts("triage.department") in [row.label for row in card.rows]) is is_sent
    assert not is_sent or all(words in said for words in result.departments)
    known = {"インフルエンザ"} if table.startswith("covid_flu") else set()
    assert not [phrase for phrase in FORBIDDEN if phrase in said and phrase not in known]
    assert len(card.rows) <= 5
    assert len(card.actions) <= 5


def test_two_complaints_share_one_card(cities: dict[str, Municipality], texts: Texts) -> None:
    said = plain_text(card_for("熱があって頭が痛い", ADULT, cities["iwaki"], texts))
    assert "脳神経内科、脳神経外科、内科" in said
    assert said.count("こうなったら、すぐ119番") == 1


def test_a_closed_line_is_not_on_the_card(cities: dict[str, Municipality], texts: Texts) -> None:
    def numbers(at: datetime) -> set[str]:
        actions = card_of("orange", cities["demo-kitahama"], texts, at).actions
        return {action.number for action in actions if isinstance(action, Call)}

    assert numbers(NOON) == {"119"}
    assert numbers(NIGHT) == {"119", "#7119"}


def test_a_button_dials_a_number_that_a_link_can_dial(cities: dict[str, Municipality], texts: Texts) -> None:
    actions = card_of("orange", cities["iwaki"], texts).actions
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
        card_of("yellow", cities["iwaki"], texts, at)
    )


def test_in_doubt_a_desk_that_answers_now_is_named_and_119_is_for_the_red_signs(
    cities: dict[str, Municipality], texts: Texts
) -> None:
    kitahama = cities["demo-kitahama"]
    night, noon = card_of("green", kitahama, texts, NIGHT), card_of("green", kitahama, texts, NOON)
    assert "迷うときは、#7119に電話してください。" in night.note
    assert "迷うときは" not in noon.note
    assert "119番" not in night.note + noon.note


def test_signs_of_the_milder_levels_do_not_call_for_an_ambulance(
    cities: dict[str, Municipality], texts: Texts
) -> None:
    card = card_for("3歳の娘が熱です", CHILD, cities["iwaki"], texts)
    rows = {row.label: row.value for row in card.rows}
    assert "おしっこ" not in rows[texts("triage.worse")]
    assert "おしっこ" in rows[texts("triage.soon")]


@pytest.mark.parametrize("level", ["orange", "yellow", "green"])
def test_what_was_answered_is_the_reason(cities: dict[str, Municipality], texts: Texts, level: str) -> None:
    (item,) = [i for i in TABLES["headache_adult"].items(level) if i.id == ITEMS[level]]  # type: ignore[arg-type]
    rows = {row.label: row.value for row in card_of(level, cities["iwaki"], texts).rows}
    assert f"「{item.text}」に「ある」とお答えでした" in rows[texts("triage.why")]


def test_what_was_told_what_raises_and_an_end_are_reasons_too(
    cities: dict[str, Municipality], texts: Texts
) -> None:
    def why(words: str, known: Facts = ADULT) -> str:
        card = card_for(words, known, cities["iwaki"], texts)
        return {row.label: row.value for row in card.rows}[texts("triage.why")]

    assert "とうかがいました" in why("39度の熱が4日前から続いています")
    assert "早めのめやす" in why("糖尿病で薬を飲んでいます。何度か吐きました")
    (end,) = [end for end in TABLES["convulsion_adult"].ends if end.because]
    assert end.because in why("けいれんしました。もうおさまりました")
    (green,) = TABLES["headache_adult"].ends
    assert green.because in why("頭が痛い")
    rows = {row.label: row.value for row in card_of("white", cities["iwaki"], texts).rows}
    assert "どれもありませんでした" in rows[texts("triage.why")]


def test_on_orange_home_care_is_short_and_nothing_is_given_to_drink(
    cities: dict[str, Municipality], texts: Texts
) -> None:
    orange, green = result_of("orange"), result_of("green")
    own = [line for line in orange.advice if line not in TABLES.common.advice[Urgency.ORANGE]]
    assert len(own) <= 3
    assert not [line for line in own if "水分" in line]
    assert [line for line in green.advice if "水分" in line]


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
