"""What a consultation that reached red says: the first aid of the sign that was named, and never home care."""

import pytest

from bot.triage.danger.ear import load_ear
from bot.triage.danger.safety import load_safety
from bot.triage.red_card import aid_card, first_aid_problems, red_card, writer_of
from bot.triage.tables.engine import Question
from bot.triage.tables.facts import Facts
from bot.triage.tables.loader import common_items
from bot.triage.tables.model import GENERAL
from bot.triage.tables.result import Result
from core.db.tables import Urgency
from core.messages import Card, Tone, plain_text
from core.municipalities import Municipality
from core.texts import Texts
from tests.conftest import DATA
from tests.triage.cases import (
    ADULT,
    ANYBODY,
    CHILD,
    IDS,
    TABLES,
    answered,
    case_of,
    told_case,
    walk,
)
from tests.triage.test_card import ONWARD

DANGERS = load_safety(DATA)
EAR = load_ear(DATA)
DRINK = ("飲ませてください", "飲んで、静かに")
ONESELF = Facts(audience="adult", who="本人")


def card_of(result: Result, city: Municipality, texts: Texts) -> Card:
    assert result.urgency is Urgency.RED
    return red_card(result, DANGERS, city, texts, ONWARD)


@pytest.mark.parametrize(
    ("words", "known", "danger"),
    [
        ("熱があって、けいれんが止まりません", ADULT, "seizure"),
        ("突然の激しい頭痛がしました", ADULT, "thunderclap_headache"),
        ("喘息の発作が出て息が苦しい。吸入しても、よくならない", ADULT, "asthma"),
        ("息が苦しくて、じんましんが出た", ADULT, "anaphylaxis"),
        ("2か月の子が熱でぐったりしています", ANYBODY, "infant_under_3m"),
        ("8歳が頭をぶつけ2回吐いた", ANYBODY, "head_injury"),
        ("酸素の値が90で息が切れます", ADULT, "breathing"),
        ("突然、背中が裂けるように痛いです", ADULT, "aortic"),
        ("血をコップ1杯くらい吐きました", ADULT, "gi_bleeding"),
        ("胸が痛くて冷や汗が出ます", ADULT, "chest_pain"),
        ("きのこを食べてから下痢で、口がしびれます", ADULT, "poisoning"),
        ("母が転んで、足の付け根が痛くて立てません", ANYBODY, "trauma"),
        ("ボタン電池を飲みこみました", ADULT, "swallowed"),
        ("急にろれつが回らなくなりました", ADULT, "stroke"),
        ("熱があって首が前に曲げられません", ADULT, "meningitis"),
        ("夫が高熱で、受け答えが変です", ANYBODY, "sepsis_shock"),
    ],
)
def test_a_told_sign_brings_its_own_first_aid_and_is_named(
    cities: dict[str, Municipality], texts: Texts, words: str, known: Facts, danger: str
) -> None:
    kinds, result = answered(told_case(words, known))
    assert kinds == []
    card = card_of(result, cities["iwaki"], texts)
    said = plain_text(card)
    assert result.danger == danger
    assert card.tone is Tone.RED
    herself = writer_of(result.case.facts) == "herself"
    steps = (DANGERS[danger].steps_self if herself else ()) or DANGERS[danger].steps
    assert all(step in said for step in steps)
    assert f"「{result.signs.told[0].text}」とうかがったためです" in said
    assert not [words for words in DRINK if words in said]


@pytest.mark.parametrize(
    ("words", "known"),
    [
        ("熱が38度あります。息が苦しいです", ADULT),
        ("熱があって、自分で起き上がれません", ADULT),
        ("頭が痛いです。右手がしびれて動かしにくいです", ADULT),
        ("胸が締めつけられるように痛い", ADULT),
        ("おなかが痛くて、血を吐いた", ADULT),
        ("腹が痛い。おなかが板のように硬いです", ADULT),
        ("手を切って、血が止まらないです", ADULT),
        ("交通事故にあってけがをしました", ADULT),
        ("3歳の子が熱39度でけいれんしました", ANYBODY),
        ("子どもが吐いて、いちごジャムみたいな便が出た", CHILD),
    ],
)
def test_a_sign_that_no_table_takes_as_sure_is_heard_by_the_danger_screen_and_asked(
    words: str, known: Facts
) -> None:
    heard = EAR(words)
    assert heard.card or heard.worry
    case = told_case(words, known)
    kinds, _ = answered(case)
    assert next(kind for kind in kinds if kind != "need") == "red"


def one_of(table: str, kind: str, number: int) -> Result:
    """Return the result of yes to the n-th list of a kind; before it, no, or 「わからない」 where it leads there."""
    seen = 0

    def answer(question: Question) -> str:
        nonlocal seen
        if question.need:
            return "unknown" if question.need != "age" else "12-71"
        if question.kind == kind:
            seen += 1
            return "yes" if seen == number else "no"
        return (
            "unknown"
            if kind == "seen" and question.kind == "red" and not question.items[0].name.startswith(".")
            else "no"
        )

    return walk(case_of(table), answer).result


@pytest.mark.parametrize("table", IDS)
def test_one_of_a_red_list_brings_only_what_is_safe_for_all_of_it(
    cities: dict[str, Municipality], texts: Texts, table: str
) -> None:
    result = one_of(table, "red", 1)
    said = plain_text(card_of(result, cities["iwaki"], texts))
    dangers = {item.danger for item in result.signs.one_of}
    assert result.danger == (next(iter(dangers)) if len(dangers) == 1 and GENERAL not in dangers else "")
    if not result.danger:
        assert texts("triage.emergency.until.text") in said
    assert "「ひとつでもある」とうかがったためです" in said
    steps = {step for one in DANGERS.values() for step in (*one.steps, *one.steps_self)}
    own = [line.text for line in TABLES[table].home if line.text in said]
    assert [line for line in own if not any(line in step for step in steps)] == []
    assert said.index("119番に電話してください") < said.index("1. ")


def test_each_item_of_a_list_has_a_card_with_its_own_first_aid(
    cities: dict[str, Municipality], texts: Texts
) -> None:
    for item in one_of("headache_adult", "red", 1).signs.one_of:
        said = plain_text(aid_card(item, DANGERS, cities["iwaki"], texts, ONWARD))
        assert item.text in said
        steps = DANGERS[item.danger].steps if item.danger in DANGERS else ()
        assert all(step in said for step in steps)


def test_yes_to_what_can_be_seen_is_red_with_what_is_safe_for_all(
    cities: dict[str, Municipality], texts: Texts
) -> None:
    result = answered(case_of("headache_adult"), red="unknown", seen="yes")[1]
    said = plain_text(card_of(result, cities["iwaki"], texts))
    assert result.danger == ""
    assert "「ひとつでもある」とうかがったためです" in said


@pytest.mark.parametrize("table", ["breathlessness_adult", "stroke_signs_adult", "heat"])
def test_a_doubt_about_the_first_check_says_so(
    cities: dict[str, Municipality], texts: Texts, table: str
) -> None:
    result = answered(case_of(table), red="unknown")[1]
    said = plain_text(card_of(result, cities["iwaki"], texts))
    assert result.danger == ""
    assert "「わからない」とうかがったため" in said
    assert "胸の真ん中を" in said


def test_of_several_signs_the_most_life_threatening_decides() -> None:
    result = answered(told_case("私は胸が痛くて冷や汗が出ます。息が苦しくて、じんましんも出た"))[1]
    dangers = [item.danger for item in result.signs.told]
    assert len(set(dangers)) > 1
    assert result.danger == min(dangers, key=TABLES.common.danger_order.index)


def test_a_list_with_an_item_for_several_dangers_brings_the_general_first_aid() -> None:
    result = answered(case_of("motion"), red="yes")[1]
    assert GENERAL in {item.danger for item in result.signs.one_of}
    assert result.danger == ""


def test_red_reached_before_says_the_general_first_aid_and_why(
    cities: dict[str, Municipality], texts: Texts
) -> None:
    """The level that was reached before the resident went back stays."""
    result = answered(case_of("headache_adult"), Urgency.RED)[1]
    said = plain_text(card_of(result, cities["iwaki"], texts))
    assert not result.signs.told
    assert texts("triage.reason.before") in said
    assert texts("triage.emergency.until.text") in said


@pytest.mark.parametrize(("words", "red"), [("胸が痛くて冷や汗が出ます", "no"), ("熱があります", "yes")])
def test_nobody_is_told_to_stay_with_herself(
    cities: dict[str, Municipality], texts: Texts, words: str, red: str
) -> None:
    city = cities["iwaki"]
    alone = plain_text(card_of(answered(told_case(words, ONESELF), red=red)[1], city, texts))
    beside = plain_text(card_of(answered(told_case(f"父の{words}", ANYBODY), red=red)[1], city, texts))
    assert "玄関のかぎを開けて" in alone
    assert "そばを離れないで" not in alone
    # The general steps ask to call and to press.
    assert ("そばを離れないで" in beside) is (red == "no")
    assert "玄関のかぎ" not in beside
    assert "ひとりにしないで" not in alone + beside


def test_who_writes_is_known_from_whom_it_is_about() -> None:
    assert writer_of(Facts(audience="adult", who="本人（45歳）")) == "herself"
    assert writer_of(Facts(audience="child", who="娘（3歳）")) == "beside"
    assert writer_of(Facts()) == ""


def test_every_red_item_names_a_danger_that_has_first_aid() -> None:
    shared = {item.danger for item in common_items(TABLES.common)} - {""}
    own = {item.danger for one in TABLES.values() for item in one.red}
    assert shared | own <= {*DANGERS, GENERAL}
    assert first_aid_problems(TABLES, DANGERS) == []
    lacking = {name: one for name, one in DANGERS.items() if name != "seizure"}
    assert first_aid_problems(TABLES, lacking) == [
        "triage/common.yml: danger_order: no danger is named 'seizure' in triage/safety"
    ]
