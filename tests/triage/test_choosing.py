"""Test which tables a complaint leads to, and whom it is about."""

import pytest

from bot.triage.tables.case import is_small_talk, is_vague, names_complaint, open_case
from bot.triage.tables.engine import Question, level_of, next_question
from bot.triage.tables.facts import Facts, read_facts
from bot.triage.tables.patient import read_patient
from bot.triage.tables.result import Result
from core.db.tables import Urgency
from core.ja import Age, ReadText
from tests.triage.cases import ADULT, ANYBODY, CHILD, PROTOCOLS, answered, told_case


def tables(words: str, known: Facts = ANYBODY) -> list[str]:
    return [table.id for table in told_case(words, known).tables]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("昨日から熱があって頭が痛いです", ["headache_adult", "fever_adult"]),
        ("80代の父が熱を出しました", ["fever_adult"]),
        ("3歳の娘が熱を出しました", ["fever_child"]),
        ("孫が熱出した、どうしたらいいべ", ["fever_child"]),
        ("ｺﾄﾞﾓ ｶﾞ ﾈﾂ ｶﾞ ｱﾘﾏｽ", ["fever_child"]),
        ("子どもがひきつけを起こしました", ["convulsion_child"]),
        ("娘が昨夜から何度も吐いています", ["vomiting_child"]),
        ("夫がみぞおちを痛がっています", ["abdominal_pain_adult"]),
        ("腹いでえんだけど", ["abdominal_pain_adult"]),
        ("胸がちくちく痛いです", ["chest_pain_adult"]),
        ("母が息が切れると言っています", ["breathlessness_adult"]),
        ("私は階段から落ちて腰を打ちました", ["injury_adult"]),
        ("包丁で指を切りました、自分です", ["injury_adult"]),
        ("熱と関節痛があります。私です", ["fever_adult"]),
        ("胸やけがします。私です", ["other"]),
    ],
)
def test_a_complaint_leads_to_the_table_of_its_ages(words: str, expected: list[str]) -> None:
    assert tables(words) == expected


@pytest.mark.parametrize(
    ("words", "level"),
    [
        ("夫がけいれんしました", "orange"),
        ("息子が頭を痛がっています", "orange"),
        ("子どもが胸を痛がる", "orange"),
        ("子どもが転んで頭をぶつけた", "orange"),
        ("赤ちゃんが息苦しそうです", "red"),  # hard to breathe is red in every table
        ("父が昨日から吐いています", "yellow"),
        ("膝が痛いです", "yellow"),
        ("背中が痛いです", "orange"),
        ("なんだかへんなんです", "yellow"),
    ],
)
def test_what_has_no_table_for_these_ages_is_never_judged_by_another(words: str, level: str) -> None:
    case = told_case(words)
    assert [table.id for table in case.tables] == ["other"]
    assert case.is_unassessed
    result = answered(case)[1]
    assert result.urgency is Urgency(level)
    assert result.protocols == ()


def test_emergency_words_lift_what_nobody_has_assessed() -> None:
    assert answered(told_case("膝が痛いです、救急車を呼びたい"))[1].urgency is Urgency.ORANGE
    assert answered(told_case("熱があります、救急車ですか", ADULT))[1].urgency is Urgency.GREEN


@pytest.mark.parametrize(
    ("words", "audience", "who"),
    [
        ("頭が痛いです", "adult", "本人"),
        ("私は熱があります", "adult", "本人"),
        ("夫が熱を出しました", "adult", "夫"),
        ("うちの主人が熱です", "adult", "夫"),
        ("母の熱が下がりません", "adult", "母"),
        ("おばあちゃんが熱です", "adult", "祖母"),
        ("80代の父が熱です", "adult", "父（80代）"),
        ("3歳の娘が熱です", "child", "娘（3歳）"),
        ("生後８か月の赤ちゃんが熱です", "child", "赤ちゃん（8か月）"),
        ("小学生の息子が熱です", "child", "息子"),
        ("１５才の子が熱です", "child", "子ども（15歳）"),
        ("16歳の息子が熱です", "adult", "息子（16歳）"),
        ("高校生の娘が熱です", "adult", "娘"),
        ("3歳の子の母です。熱があります", "child", "子ども（3歳）"),
        ("私の子どもが熱です", "child", "子ども"),
        ("子どもを抱っこして腰が痛いです", "adult", "本人"),
        ("夫に言われて書いています。頭が痛いです", "adult", "本人"),
        ("妊娠中で熱があります", "adult", "本人"),
        ("45歳で熱があります", "adult", "大人（45歳）"),
    ],
)
def test_the_words_tell_whom_it_is_about(words: str, audience: str, who: str) -> None:
    facts = told_case(words).facts
    assert (facts.audience, facts.who) == (audience, who)


@pytest.mark.parametrize(
    "words",
    [
        "熱があります",
        "38度の熱です",
        "頭が痛いみたいです",
        "子どもが熱で、私も熱があります",
        "3歳の子どもが熱を出して、妊娠中の私も熱があります",
        "妹が熱を出しました",
        "大丈夫ではなさそうで、熱があります",
        "様子がおかしくて熱がある",
        "熱で倒れそう",
        "自分で測ったら熱がある",
        "熱いお茶も飲めない、熱がある",
    ],
)
def test_words_that_do_not_tell_whom_lead_to_the_question(words: str) -> None:
    assert told_case(words).needs_who


def test_whom_it_is_about_is_not_asked_where_it_changes_nothing() -> None:
    assert not told_case("めまいがします").needs_who
    assert not read_patient("めまいがします").audience


def test_a_sign_that_is_red_in_every_table_waits_for_no_age() -> None:
    step = next_question(told_case("突然、激しい頭痛がはじまった"), {})
    assert isinstance(step, Result)
    assert step.urgency is Urgency.RED


@pytest.mark.parametrize(
    ("words", "level"),
    [
        ("生後2か月の赤ちゃんが38度の熱です", "orange"),
        ("生後2か月の赤ちゃんが熱でぐったりしています", "red"),
        ("生後3か月の赤ちゃんが熱です", "white"),
    ],
)
def test_fever_before_three_months_is_orange_at_once(words: str, level: str) -> None:
    assert level_of(told_case(words), {}) is Urgency(level)


@pytest.mark.parametrize(
    ("words", "known", "item"),
    [
        ("熱が39度あります", CHILD, None),
        ("39度の熱が4日前から続いています", ADULT, "three_days"),
        ("三十九度の熱が一週間", ADULT, "three_days"),
        ("38.4度の熱が4日前から続いています", ADULT, "four_days"),
        ("熱が2日続いています", ADULT, None),
        ("昨日からおなかが痛い", ADULT, "six_hours"),
        ("70歳で胸が痛い", Facts(), "age65"),
        ("胸が痛い、初めてです", Facts(audience="adult", months=45 * 12), "first_over_40"),
        ("胸が痛い、初めてです", Facts(audience="adult", months=30 * 12), None),
        ("息が切れます。SpO2は92です", ADULT, "oxygen_low"),
        ("息が切れます。SpO2は97です", ADULT, None),
        ("妊娠5か月で熱があります", Facts(), "pregnant"),
        ("吐いて、38.2度あります", CHILD, "vomiting_fever"),
    ],
)
def test_values_told_in_words_count_and_only_for_yes(words: str, known: Facts, item: str | None) -> None:
    told = told_case(words, known).told
    assert item in told if item else not told


def test_what_was_told_is_not_asked_again() -> None:
    case = told_case("39度の熱が4日前から続いています", ADULT)
    given: dict[str, str] = {}
    asked = ""
    while isinstance(step := next_question(case, given), Question):
        asked += step.text
        given[step.id] = "no"
    assert "3日以上" not in asked
    assert step.urgency is Urgency.ORANGE
    assert any("お話から" in finding.label for finding in step.findings)


def test_what_a_known_age_or_sex_rules_out_is_not_asked() -> None:
    def asked(known: Facts) -> str:
        step = next_question(told_case("おなかが痛い", known), {"first_check": "no"})
        assert isinstance(step, Question)
        return step.text

    assert "40歳以上" in asked(ADULT)
    assert "40歳以上" not in asked(Facts(audience="adult", months=30 * 12))
    assert "妊娠" in asked(Facts(audience="adult", sex="f"))
    assert "妊娠" not in asked(Facts(audience="adult", sex="m"))


@pytest.mark.parametrize(
    "words",
    [
        "熱はありません",
        "頭は痛くないです",
        "けいれんはしていません",
        "熱や咳はないです",
        "吐いていません",
        "ありがとうございます",
        "近くの内科を教えて",
        "いくらかかりますか",
        "頭痛薬を買いたい",
        "風邪薬を買いたいです",
        "腹が立つ",
        "熱心な先生ですね",
        "平熱です",
        "熱は下がりました",
        "看護師さんと話したい",
        "仕事が忙しくて出かけられません",
    ],
)
def test_other_talk_names_no_complaint(words: str) -> None:
    assert not names_complaint(words, PROTOCOLS)


@pytest.mark.parametrize(
    "words",
    [
        "熱がなかなか下がりません",
        "熱があるかもしれない",
        "おなかをこわしました",
        "せきが止まらない",
        "めまい",
        "じんましんが出た",
        "腰いてくて起きられねえ",
        "あんばいわりい",
        "子どもが膝をすりむいた",
        "目にゴミが入った",
        "蜂に刺された",
        "歯が痛い",
        "耳が痛いと子どもが言っています",
        "気持ち悪い",
        "ｱﾀﾏｶﾞｲﾀｲ",
        "胸の真ん中が重苦しい",
        "呼吸が浅くて速い",
        "脈が速い",
        "やけどしました",
        "トイレが近くて困ってます",
    ],
)
def test_a_symptom_in_any_writing_is_a_complaint(words: str) -> None:
    assert names_complaint(words, PROTOCOLS)


def test_what_only_says_that_something_is_wrong_is_asked_for() -> None:
    assert is_vague("具合が悪いです", PROTOCOLS)
    assert is_vague("症状を相談したい", PROTOCOLS)
    assert not is_vague("具合が悪くて熱があります", PROTOCOLS)
    assert not is_vague("具合が悪い、救急車を呼んで", PROTOCOLS)
    assert is_small_talk("ありがとうございました")
    assert not is_small_talk("ありえないほど痛い")


def test_of_three_complaints_the_two_most_dangerous_are_asked_and_none_is_lost() -> None:
    case = told_case("転んでけがをして、胸が痛くて、おなかも痛い", ADULT)
    assert [table.id for table in case.tables] == ["chest_pain_adult", "abdominal_pain_adult"]
    case = told_case("胸が痛くて息も切れて、頭痛もします", ADULT)
    assert "headache" in {complaint.id for complaint in case.complaints}
    assert case.least is Urgency.ORANGE


def test_half_a_complaint_that_nobody_can_assess_is_never_green() -> None:
    result = answered(told_case("子どもが熱で、頭も痛いと言っています"))[1]
    assert result.case.is_unassessed
    assert result.urgency is Urgency.ORANGE
    assert result.protocols == ("fever_child",)


@pytest.mark.parametrize(
    "words",
    [
        "酸素飽和度が89%です",
        "熱があって、SpO2が93です",
        "父の咳がひどくて酸素が90%です",
        "膝が痛いです。酸素飽和度は88%",
        "3歳の娘が吐いていて、酸素が91%です",
        "おなかが痛い。スポツーじゃなくてSpO2 92",
    ],
)
def test_too_little_oxygen_is_red_with_any_complaint(words: str) -> None:
    assert answered(told_case(words))[1].urgency is Urgency.RED


def test_enough_oxygen_is_no_sign_and_is_never_asked_of_who_has_no_device() -> None:
    case = told_case("熱があって、SpO2が97です", ADULT)
    assert answered(case)[1].urgency is Urgency.GREEN
    step = next_question(case, {"first_check": "no"})
    assert isinstance(step, Question)
    assert "SpO2" not in step.text


@pytest.mark.parametrize(
    "words",
    [
        "3歳のときに心臓の手術をしました。昨日から38度です。本人です",
        "10歳の頃から頭痛持ちです。頭が痛いです",
        "10歳ごろから頭が痛いです",
        "15歳から喘息です。頭が痛いです",
        "5歳で手術をしました。頭が痛いです",
        "小学生のころから頭痛持ちで、頭が痛いです",
        "中学生の時に骨折しました。頭が痛いです",
        "子どもの頃に手術をしました。頭が痛いです",
        "8歳だったときに入院しました。頭が痛いです",
    ],
)
def test_what_somebody_was_is_not_whom_it_is_about(words: str) -> None:
    person = read_patient(words)
    assert person.audience == "adult"
    assert person.age is None


def test_an_age_of_today_beside_one_of_the_past_counts() -> None:
    assert read_patient("10歳のときに手術した45歳の夫が熱です").age == Age(45 * 12)
    assert read_patient("去年、手術した8歳の娘が熱です").age == Age(8 * 12)
    assert read_patient("3歳の娘がときどき吐きます").age == Age(36)
    assert read_patient("8歳で入院しています、娘です").age == Age(8 * 12)


@pytest.mark.parametrize(
    ("words", "known", "audience", "who"),
    [
        ("熱があります\n8歳の娘です", Facts(audience="adult"), "child", "娘（8歳）"),
        ("熱があります\n13歳です", Facts(audience="adult", who="本人"), "child", "子ども（13歳）"),
        ("熱があります\n40歳です", Facts(audience="child"), "adult", "大人（40歳）"),
        ("熱があります\n40歳です", Facts(audience="adult", who="本人"), "adult", "本人"),
        ("熱があります", Facts(audience="adult", who="本人", months=96), "child", "子ども（8歳）"),
    ],
)
def test_a_stated_age_decides_over_a_chosen_group(words: str, known: Facts, audience: str, who: str) -> None:
    facts = read_facts(words, known)
    assert (facts.audience, facts.who) == (audience, who)


def test_the_same_words_are_read_once() -> None:
    words = ReadText("昨日から熱があって頭が痛いです")
    case = words.form(open_case, ADULT, PROTOCOLS)
    assert words.form(open_case, ADULT, PROTOCOLS) is case
    assert words.form(open_case, CHILD, PROTOCOLS) is not case
