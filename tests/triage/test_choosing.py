"""Test which tables a complaint leads to, and whom it is about."""

import pytest

from bot.triage.tables.case import Asked, Case, names_complaint, open_case
from bot.triage.tables.engine import level_of, next_step
from bot.triage.tables.facts import Facts, read_facts
from bot.triage.tables.loader import common_items, item_name
from bot.triage.tables.patient import read_patient
from bot.triage.tables.result import Result
from bot.triage.vague_words import is_small_talk, is_vague
from core.db.tables import Urgency
from core.ja import Age, ReadText
from tests.triage.cases import (
    ADULT,
    ANYBODY,
    CHILD,
    TABLES,
    answered,
    told_case,
    walk,
    with_item,
)


def items_of(case: Case) -> dict[str, Asked]:
    """Return the items of a case by name."""
    own = [
        Asked(item_name(table.id, item.id), item, table) for table in case.tables for item in table.own_items
    ]
    shared = [Asked(item_name("", item.id), item, None) for item in common_items(case.common)]
    return {one.name: one for one in (*own, *shared)}


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
        ("包丁で指を切りました、自分です", ["sprain_cut"]),
        ("熱と関節痛があります。私です", ["fever_adult", "muscle_joint"]),
        ("胸やけがします。私です", ["heartburn"]),
        ("夫がけいれんしました", ["convulsion_adult"]),
        ("子どもが転んで頭をぶつけた", ["head_child"]),
        ("赤ちゃんが息苦しそうです", ["breathing_child"]),
        ("父が昨日から吐いています", ["vomiting_adult"]),
        ("膝が痛いです", ["muscle_joint"]),
        ("背中が痛いです", ["back_pain_adult"]),
        ("1歳の子が腹を痛がる", ["belly_toddler"]),
        ("8歳の子が腹を痛がる", ["belly_child"]),
    ],
)
def test_a_complaint_leads_to_the_table_of_its_ages(words: str, expected: list[str]) -> None:
    assert tables(words) == expected


@pytest.mark.parametrize(
    ("words", "table", "left"),
    [
        ("息子が頭を痛がっています", "other_child", ["headache"]),
        ("子どもが胸を痛がる", "other_child", ["chest_pain"]),
        ("子どもが腰を痛がっています", "other_child", ["low_back_pain"]),
    ],
)
def test_what_has_no_table_for_these_ages_is_asked_by_the_general_table(
    words: str, table: str, left: list[str]
) -> None:
    case = told_case(words)
    assert [one.id for one in case.tables] == [table]
    assert [one.id for one in case.left_out] == left
    assert case.is_general
    result = answered(case)[1]
    assert result.urgency is not Urgency.WHITE
    assert result.protocols == ()  # the general table assesses nothing special


@pytest.mark.parametrize("words", ["子どもが頭を痛がっています", "子どもが熱で、頭も痛いと言っています"])
def test_what_is_all_well_with_half_a_complaint_left_out_still_asks_the_general_red_signs(words: str) -> None:
    case = told_case(words)
    assert case.tables[-1].id == "other_child"
    names = {one.name for question in walk(case, with_item("", "")).questions for one in question.items}
    assert any(name.startswith("other_child.") for name in names)


def test_complaints_of_children_and_adults_have_tables_of_their_own() -> None:
    for table in TABLES.values():
        for complaint in (table.complaint, *table.also_for):
            ages = [one.audience for one in TABLES.of(complaint)]
            assert ages.count("all") <= 1 or len({one.for_sex for one in TABLES.of(complaint)}) > 1


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("頭を打って吐きました。私です", ["injury_adult"]),
        ("4歳の子が頭を打って吐きました", ["head_child"]),
        ("4歳の子が熱でけいれんしました", ["convulsion_child"]),
        ("妊娠20週です。少し出血しました", ["pregnancy_bleeding_pain"]),
        ("コロナで熱があります。私です", ["covid_flu"]),
        ("予防接種のあと、私は熱が出ました", ["vaccine_adult"]),
        ("炎天下にいたら頭が痛くて吐いた。私です", ["heat"]),
        ("家にいたら頭が痛くなった。私です", ["headache_adult"]),
        ("私は血を吐いて、おなかが痛い", ["blood_inside_adult"]),
        ("82歳の母が熱を出して、ごはんを食べない", ["fever_adult", "unwell_elderly"]),
        ("私は熱があって、だるいです", ["fever_adult"]),
    ],
)
def test_one_complaint_decides_over_others(words: str, expected: list[str]) -> None:
    """The rules of clinical.md 2.10."""
    assert tables(words) == expected


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
        "熱で倒れそう",
        "自分で測ったら熱がある",
        "熱いお茶も飲めない、熱がある",
    ],
)
def test_words_that_do_not_tell_whom_lead_to_the_question(words: str) -> None:
    assert told_case(words).needs_who


def test_a_sign_that_is_red_in_every_table_waits_for_no_age() -> None:
    case = told_case("突然の激しい頭痛です")
    assert not case.facts.audience
    assert not case.needs_who
    step = next_step(case, {})
    assert isinstance(step, Result)
    assert step.urgency is Urgency.RED
    assert step.protocols == ()  # whose table it is, is not known


def test_without_a_red_sign_the_age_group_comes_first() -> None:
    assert told_case("熱があって、SpO2が97です").needs_who
    assert told_case("頭が痛いみたいです").needs_who


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
        ("39度の熱が4日前から続いています", ADULT, "fever_adult.three_days"),
        ("三十九度の熱が一週間", ADULT, "fever_adult.three_days"),
        ("熱が2日続いています", ADULT, None),
        ("熱が39度あります", CHILD, None),
        ("70歳で熱があります", ANYBODY, "fever_adult.from65"),
        ("76歳で吐きました", ANYBODY, ".age75"),
        ("私は妊娠していて吐き気がします。足首をひねった", ANYBODY, None),
        ("息が切れます。SpO2は89です", ADULT, ".oxygen_90"),
        ("息が切れます。SpO2は97です", ADULT, None),
        ("糖尿病です。目玉が痛くて吐きます", ADULT, ".diabetes"),
        ("生後2か月の赤ちゃんが38度の熱です", ANYBODY, "fever_child.under3m_38"),
    ],
)
def test_values_told_in_words_count_and_only_for_yes(words: str, known: Facts, item: str | None) -> None:
    case = told_case(words, known)
    told = {name for name, one in items_of(case).items() if case.is_told(one, case.facts)}
    assert item in told if item else not told - {".age65", ".age75", ".pregnant"}


def test_what_was_told_is_not_asked_again() -> None:
    case = told_case("40歳です。39度の熱が4日前から続いています", ADULT)
    found = walk(case, with_item("", ""))
    assert "fever_adult.three_days" not in found.asked
    assert found.urgency is Urgency.YELLOW
    assert any("お話から" in finding.label for finding in found.result.findings)


def test_what_is_denied_in_words_is_not_asked_and_nothing_less_is() -> None:
    words = "私は下痢をしています"
    plain, denied = told_case(words), told_case(f"{words}。便に血はまじっていません")
    assert denied.denied == {"diarrhoea_adult.some_blood"}
    asked = walk(plain, with_item("", "")).asked
    assert walk(denied, with_item("", "")).asked == asked - denied.denied


def test_a_red_item_is_asked_although_a_part_of_it_was_denied() -> None:
    """Its line holds several signs: 「話がおかしい、すぐ眠ってしまう、けいれんした」."""
    case = told_case("父が38度の熱です。話はおかしくありません")
    assert "fever_adult.fever_confused" in walk(case, with_item("", "")).asked


def test_what_a_known_age_or_sex_rules_out_is_not_asked() -> None:
    def asked(known: Facts) -> str:
        found = walk(told_case("頭が痛い", known), with_item("", ""))
        return "\n".join(one.item.text for question in found.questions for one in question.items)

    assert "50歳以上" in asked(ADULT)
    assert "50歳以上" not in asked(Facts(audience="adult", months=30 * 12))
    assert "75歳以上" in asked(ADULT)
    assert "75歳以上" not in asked(Facts(audience="adult", months=70 * 12))
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
    assert not names_complaint(words, TABLES)


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
    assert names_complaint(words, TABLES)


def test_what_only_says_that_something_is_wrong_is_asked_for() -> None:
    assert is_vague("具合が悪いです", TABLES)
    assert is_vague("症状を相談したい", TABLES)
    assert not is_vague("具合が悪くて熱があります", TABLES)
    assert is_small_talk("ありがとうございました")
    assert not is_small_talk("ありえないほど痛い")


def test_of_three_complaints_the_two_most_dangerous_are_asked_and_none_is_lost() -> None:
    case = told_case("転んでけがをして、胸が痛くて、おなかも痛い", ADULT)
    assert [table.id for table in case.tables] == ["chest_pain_adult", "injury_adult"]
    case = told_case("胸が痛くて息も切れて、頭痛もします", ADULT)
    assert [table.id for table in case.tables] == ["chest_pain_adult", "breathlessness_adult"]
    assert "headache" in {complaint.id for complaint in case.complaints}


@pytest.mark.parametrize(
    "words",
    [
        "酸素飽和度が89%です",
        "私は熱があって、SpO2が88です",
        "父の咳がひどくて酸素が90%です",
        "膝が痛いです。酸素飽和度は88%",
        "3歳の娘が吐いていて、酸素が89%です",
        "私はおなかが痛い。スポツーじゃなくてSpO2 90",
    ],
)
def test_too_little_oxygen_is_red_with_any_complaint(words: str) -> None:
    assert level_of(told_case(words), {}) is Urgency.RED


@pytest.mark.parametrize("words", ["私は熱があって、SpO2が93です", "父の咳がひどくて酸素が92%です"])
def test_somewhat_too_little_oxygen_is_orange_at_least(words: str) -> None:
    assert level_of(told_case(words), {}) in {Urgency.RED, Urgency.ORANGE}


def test_enough_oxygen_is_no_sign_and_is_never_asked_of_who_has_no_device() -> None:
    case = told_case("熱があって、SpO2が97です", ADULT)
    found = walk(case, with_item("", ""))
    assert found.urgency is Urgency.GREEN
    assert not [one.item.text for q in found.questions for one in q.items if "SpO2" in one.item.text]


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
    case = words.form(open_case, ADULT, TABLES)
    assert words.form(open_case, ADULT, TABLES) is case
    assert words.form(open_case, CHILD, TABLES) is not case
