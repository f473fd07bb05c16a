"""What a consultation that reached red says: the first aid of the sign that was named, and never home care."""

import pytest

from bot.triage.danger.safety import load_safety
from bot.triage.tables.facts import Facts
from bot.triage.tables.model import GENERAL
from bot.triage.tables.result import Result
from bot.triage.red_card import first_aid_problems, red_card, writer_of
from core.db.tables import Urgency
from core.messages import Card, Tone, plain_text
from core.municipalities import Municipality
from core.texts import Texts
from tests.conftest import DATA
from tests.triage.cases import ADULT, ANYBODY, CHILD, PROTOCOLS, TOLD, answered, case_of, told_case
from tests.triage.test_card import ONWARD

DANGERS = load_safety(DATA)
DRINK = ("飲ませてください", "飲んで、静かに")
ONESELF = Facts(audience="adult", who="本人")


def card_of(result: Result, city: Municipality, texts: Texts) -> Card:
    assert result.urgency is Urgency.RED
    return red_card(result, DANGERS, city, texts, ONWARD)


@pytest.mark.parametrize(
    ("words", "known", "danger"),
    [
        ("熱が38度あります。息が苦しいです", ADULT, "breathing"),
        ("熱があって、けいれんが止まりません", ADULT, "seizure"),
        ("炎天下にいたあとから熱が39度", ADULT, "heatstroke"),
        ("熱があって、自分で起き上がれません", ADULT, "sepsis_shock"),
        ("頭が痛いです。右手がしびれて動かしにくいです", ADULT, "stroke"),
        ("突然の激しい頭痛がしました", ADULT, "thunderclap_headache"),
        ("胸が締めつけられるように痛い", ADULT, "chest_pain"),
        ("おなかが痛くて、血を吐いた", ADULT, "gi_bleeding"),
        ("腹が痛い。おなかが板のように硬いです", ADULT, "severe_abdominal"),
        ("手を切って、血が止まらないです", ADULT, "bleeding"),
        ("交通事故にあってけがをしました", ADULT, "trauma"),
        ("喘息の発作が出て息が苦しい。吸入しても、よくならない", ADULT, "asthma"),
        ("息が苦しくて、じんましんが出た", ADULT, "anaphylaxis"),
        ("3歳の子が熱39度でけいれんしました", ANYBODY, "seizure"),
        ("2か月の子が熱でぐったりしています", ANYBODY, "infant_under_3m"),
        ("8歳が頭をぶつけ2回吐いた", ANYBODY, "head_injury"),
        ("子どもが吐いて、いちごジャムみたいな便が出た", CHILD, "child_intussusception"),
        ("酸素の値が90で息が切れます", ADULT, "breathing"),
    ],
)
def test_a_told_sign_brings_its_own_first_aid_and_is_named(
    cities: dict[str, Municipality], texts: Texts, words: str, known: Facts, danger: str
) -> None:
    result = answered(told_case(words, known))[1]
    card = card_of(result, cities["iwaki"], texts)
    said = plain_text(card)
    assert result.danger == danger
    assert card.tone is Tone.RED
    assert all(step in said for step in DANGERS[danger].steps)
    assert f"「{result.signs.told[0].text}」とうかがったためです" in said
    assert not [words for words in DRINK if words in said]


@pytest.mark.parametrize("table", sorted(TOLD))
@pytest.mark.parametrize("stage", ["first_check", "red", "red_seen"])
def test_one_of_a_red_list_brings_only_what_is_safe_for_all_of_it(
    cities: dict[str, Municipality], texts: Texts, table: str, stage: str
) -> None:
    answers = {"red": "unknown", "red_seen": "yes"} if stage == "red_seen" else {stage: "yes"}
    result = answered(case_of(table), **answers)[1]
    said = plain_text(card_of(result, cities["iwaki"], texts))
    dangers = {item.danger for item in result.signs.one_of}
    assert result.danger == (next(iter(dangers)) if len(dangers) == 1 else "")
    if not result.danger:
        assert texts("triage.emergency.until.text") in said
    assert "「ひとつでもある」とうかがったためです" in said
    assert not [line for one in case_of(table).tables for line in one.first_aid if line.text in said]
    assert said.index("119番に電話してください") < said.index("1. ")


def test_a_doubt_about_the_first_check_says_so(cities: dict[str, Municipality], texts: Texts) -> None:
    result = answered(case_of("fever_child"), first_check="unknown")[1]
    said = plain_text(card_of(result, cities["iwaki"], texts))
    assert result.danger == ""
    assert "「わからない」とうかがったため" in said
    assert "胸の真ん中を" in said


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("熱があって頭が痛くて吐いて、けいれんが止まりません", "seizure"),
        ("胸が締めつけられて、息が苦しい", "breathing"),
        ("頭を打って吐いた。血が止まらない。けがをした", "bleeding"),
    ],
)
def test_of_several_signs_the_most_life_threatening_decides(words: str, first: str) -> None:
    result = answered(told_case(words, ADULT))[1]
    assert result.danger == first
    assert len({item.danger for item in result.signs.told}) > 1


def test_the_item_that_stands_for_several_dangers_brings_the_general_first_aid(
    cities: dict[str, Municipality], texts: Texts
) -> None:
    result = answered(told_case("めまいがして、のどに物がつまった", ADULT))[1]
    assert [item.danger for item in result.signs.told] == [GENERAL]
    assert texts("triage.emergency.until.text") in plain_text(card_of(result, cities["iwaki"], texts))


def test_red_by_a_modifier_alone_says_the_general_first_aid_and_why(
    cities: dict[str, Municipality], texts: Texts
) -> None:
    result = answered(told_case("頭が痛い。だんだん強くなる。70歳です", ADULT))[1]
    said = plain_text(card_of(result, cities["iwaki"], texts))
    assert not result.signs.told
    assert all(reason in said for reason in result.reasons)
    assert texts("triage.emergency.until.text") in said


@pytest.mark.parametrize("first_check", ["no", "yes"])
def test_nobody_is_told_to_stay_with_herself(
    cities: dict[str, Municipality], texts: Texts, first_check: str
) -> None:
    words = "胸が締めつけられるように痛い" if first_check == "no" else "熱があります"
    city = cities["iwaki"]
    alone = plain_text(card_of(answered(told_case(words, ONESELF), first_check=first_check)[1], city, texts))
    beside = plain_text(
        card_of(answered(told_case(f"父の{words}", ANYBODY), first_check=first_check)[1], city, texts)
    )
    assert "玄関のかぎを開けて" in alone
    assert "そばを離れないで" not in alone
    assert ("そばを離れないで" in beside) is (
        first_check == "no"
    )  # the general steps ask to call and to press
    assert "玄関のかぎ" not in beside
    assert "ひとりにしないで" not in alone + beside


def test_who_writes_is_known_from_whom_it_is_about() -> None:
    assert writer_of(Facts(audience="adult", who="本人（45歳）")) == "herself"
    assert writer_of(Facts(audience="child", who="娘（3歳）")) == "beside"
    assert writer_of(Facts()) == ""


def test_every_red_item_names_a_danger_that_has_first_aid() -> None:
    shared = (*PROTOCOLS.common.first_check, *PROTOCOLS.common.measured)
    own = [item for one in PROTOCOLS.values() for item in (*one.red, *one.red_seen)]
    assert {item.danger for item in (*shared, *own)} <= {*DANGERS, GENERAL}
    assert first_aid_problems(PROTOCOLS, DANGERS) == []
    lacking = {name: one for name, one in DANGERS.items() if name != "seizure"}
    assert first_aid_problems(PROTOCOLS, lacking) == [
        "triage/common.yml: danger_order: no danger is named 'seizure' in triage/safety"
    ]
