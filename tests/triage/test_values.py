"""The interview, the dangers and Rasa's entities read the same values in the same words."""

from datetime import date

import pytest

from bot.triage.tables.facts import Facts, read_facts
from core.db.tables import Urgency
from core.ja import ReadText
from core.lexicon.lexicon import READERS
from nlu.components.quantities import quantities
from tests.triage.cases import ANYBODY, CHILD, TABLES, told_case, walk, with_item

TODAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("words", "months"),
    [
        ("2か月と10日の息子が38.0度", 2),
        ("10月5日に生まれた子が38.6度", 1),
        ("月齢2の子が熱です", 2),
        ("首がすわってない子が39度", 0),
        ("生まれて二十日の孫が熱を出した", 0),
        ("子ども2か月 37.4度", 2),
        ("1歳半の子が40度5分です", 18),
        ("令和6年5月3日生まれの娘が熱です", 30),
        ("小2の息子が39度2分", 84),
        ("82の母が熱", 984),
        ("じいちゃん85、熱38.6", 1020),
        ("妻（七十八）が熱", 936),
        ("80代の父が熱", 960),
        ("孫三つ、腹いでえ", 36),
    ],
)
def test_the_age_is_the_same_for_interview_dangers_and_entities(words: str, months: int) -> None:
    text = ReadText(words, TODAY)
    heard = READERS["age_months"](text)
    entities = [value for kind, _, _, value in quantities(text) if kind == "age"]
    assert read_facts(text).months == months
    assert [getattr(found.value, "months", None) for found in heard] == [months]
    assert entities == [f"{months}m" if months % 12 or not months else str(months // 12)]


@pytest.mark.parametrize(
    ("words", "celsius"),
    [
        *(("1歳半の子が40度5分です", 40.5), ("さんじゅうきゅうどにぶ", 39.2), ("38,5あります", 38.5)),
        *(("三十九度五分", 39.5), ("ﾀｲｵﾝ ３８．５", 38.5), ("体温31度", 31.0), ("39度2分の熱", 39.2)),
        *(("直腸温29", 29.0), ("7度5分あります", 37.5), ("38.5℃", 38.5)),
    ],
)
def test_the_temperature_is_the_same_for_interview_dangers_and_entities(words: str, celsius: float) -> None:
    text = ReadText(words)
    assert read_facts(text).celsius == celsius
    assert [found.value for found in READERS["temperature"](text)] == [celsius]
    assert [v for kind, _, _, v in quantities(text) if kind == "temperature"] == [f"{celsius:.1f}"]


@pytest.mark.parametrize(
    ("words", "percent"),
    [
        *(("指の数字七十四", 74), ("酸素が八十八", 88), ("SAT88", 88), ("さちゅれーしょん85", 85)),
        *(
            ("76%で息が苦しい", 76),
            ("酸素2Lで84", 84),
            ("ＳｐＯ２　９０", 90),
            ("さんそ きゅうじゅうにです", 92),
        ),
        *(("88％しかない", 88), ("サチ 86", 86)),
    ],
)
def test_the_oxygen_is_the_same_for_interview_dangers_and_entities(words: str, percent: int) -> None:
    text = ReadText(words)
    assert read_facts(text).spo2 == percent
    assert [found.value for found in READERS["spo2"](text)] == [percent]
    assert [value for kind, _, _, value in quantities(text) if kind == "spo2"] == [str(percent)]


@pytest.mark.parametrize(
    ("words", "hours", "short"),
    [
        *(
            ("昨日がら熱", 24, "1d"),
            ("きんなから熱", 24, "1d"),
            ("三日三晩熱", 72, "3d"),
            ("半日前から熱", 12, "12h"),
        ),
        *(("今朝がたから熱", 12, "12h"), ("おとといから熱", 48, "2d"), ("昨日の朝から熱", 24, "1d")),
        *(("二、三日前から熱", 72, "3d"), ("熱が4日も下がらない", 96, "4d"), ("一昼夜熱が続く", 24, "24h")),
    ],
)
def test_the_duration_is_the_same_for_interview_and_entities(words: str, hours: float, short: str) -> None:
    text = ReadText(words)
    assert read_facts(text).hours == hours
    assert [value for kind, _, _, value in quantities(text) if kind == "duration"] == [short]


@pytest.mark.parametrize(
    ("words", "known", "months"),
    [
        ("熱があります\n8ヶ月", Facts(months=8), 8),
        ("熱があります\n8ヶ月です", CHILD, 8),
        ("子ども2か月 37.4度", Facts(), 2),
        ("2か月と10日の息子が38.0度", Facts(), 2),
    ],
)
def test_an_age_is_never_how_long_it_has_lasted(words: str, known: Facts, months: int) -> None:
    facts = read_facts(words, known)
    assert facts.months == months
    assert facts.hours is None


def test_a_duration_in_months_stays_one() -> None:
    assert read_facts("腰が痛いです\n8ヶ月", Facts(audience="adult")).hours == 8 * 30 * 24
    assert read_facts("娘が2か月咳をしています").hours == 2 * 30 * 24


@pytest.mark.parametrize(
    ("words", "who"),
    [
        *(
            ("80代の父が熱です", "父（80代）"),
            ("小2の息子が熱です", "息子（7〜8歳）"),
            ("古希の母が熱", "母（70歳）"),
        ),
        *(("首がすわってない子が熱", "子ども（3か月まで）"), ("2か月と10日の息子が熱", "息子（2か月）")),
    ],
)
def test_staff_read_an_age_as_open_as_it_was_told(words: str, who: str) -> None:
    assert read_facts(words).who == who


def test_an_open_age_is_kept_with_its_spread() -> None:
    facts = read_facts("小2の息子が熱です")
    assert Facts.from_json(facts.to_json()).age == facts.age
    assert "spread" not in read_facts("7歳の息子が熱です").to_json()


def test_an_open_age_rules_out_only_what_nobody_of_it_can_have() -> None:
    def asked(words: str) -> str:
        found = walk(told_case(words), with_item("", ""))
        return "\n".join(one.item.text for question in found.questions for one in question.items)

    assert "75歳以上" in asked("70代の父が頭が痛いと言う")
    assert "75歳以上" not in asked("72歳の父が頭が痛いと言う")


UNDER_3M = "fever_child.under3m_38"


def decided(words: str, known: Facts = ANYBODY) -> set[str]:
    """Return the names of the items that the words and numbers decide."""
    found = walk(told_case(words, known), with_item("", ""))
    return {one.name for one, _ in found.result.found}


@pytest.mark.parametrize(
    "words",
    ["月齢2の子が38度", "2か月と10日の息子が38.0度", "生後71日、38度5分"],
)
def test_fever_under_three_months_is_told_at_once(words: str) -> None:
    assert UNDER_3M in decided(words, CHILD)


def test_an_age_that_may_be_three_months_is_asked_about() -> None:
    asked = walk(told_case("首がすわってない子が38.6度です", CHILD), with_item("fever_child", "under3m_38"))
    assert UNDER_3M in asked.asked
    assert asked.urgency is Urgency.ORANGE


def test_a_date_of_birth_tells_fever_under_three_months() -> None:
    words = "10月5日に生まれた子が38.6度です"
    assert UNDER_3M in decided(ReadText(words, TODAY))
    assert UNDER_3M not in decided(words)


@pytest.mark.parametrize(
    "words",
    [
        "1歳半の子が40度5分です",
        "息子が三十九度二分です",
        "娘がさんじゅうきゅうどにぶ",
        "母38,5です",
        "父82。38.6℃。",
        "ばあちゃん9度2分",
    ],
)
def test_a_temperature_of_fever_is_the_complaint_of_fever(words: str) -> None:
    assert "fever" in {complaint.id for complaint in told_case(words).complaints}


@pytest.mark.parametrize("words", ["娘が36.8度です", "部屋が38度です", "犬が39度です", "体重は38.5キロです"])
def test_other_values_are_no_fever(words: str) -> None:
    assert "fever" not in {complaint.id for complaint in told_case(words).complaints}


def test_the_fever_complaint_says_from_where_it_begins() -> None:
    (fever,) = (c for c in TABLES.complaints.complaints if c.id == "fever")
    assert fever.celsius_from == 37.5


def test_of_very_many_lines_the_first_and_the_last_are_read() -> None:
    lines = [f"{n}行目です" for n in range(200)]
    assert read_facts("\n".join(["熱は39.1度です", *lines])).celsius == 39.1
    assert read_facts("\n".join([*lines, "熱は39.2度です"])).celsius == 39.2
