from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.triage.screen import (
    CategoryContent,
    FirstCheckContent,
    compile_screen,
    example_problems,
    folded_text,
    load_first_check,
    load_screen,
    screen,
)
from core.errors import ContentError

DATA = Path(__file__).parents[2] / "data"
CONTENT = load_first_check(DATA)
CATEGORIES = {category.id: category for category in CONTENT.categories}
RULES = [(category.id, rule.id) for category in CONTENT.categories for rule in category.rules]
GUARDS = [(category.id, guard) for category in CONTENT.categories for guard in category.unless]


def with_category(category: CategoryContent) -> FirstCheckContent:
    kept = tuple(category if c.id == category.id else c for c in CONTENT.categories)
    return CONTENT.model_copy(update={"categories": kept})


def test_all_seven_items_of_the_first_check_are_there() -> None:
    assert set(CATEGORIES) == {
        "no_breathing",
        "no_pulse",
        "drowning",
        "cold_body",
        "no_response",
        "cannot_speak",
        "bad_colour",
    }


def test_every_example_is_judged_as_the_file_says() -> None:
    assert example_problems(CONTENT) == []


@pytest.mark.parametrize(("category", "rule"), RULES)
def test_each_rule_is_needed(category: str, rule: str) -> None:
    rules = tuple(r for r in CATEGORIES[category].rules if r.id != rule)
    without = with_category(CATEGORIES[category].model_copy(update={"rules": rules}))
    assert any(p["expected"] == category for p in example_problems(without, category))


@pytest.mark.parametrize(("category", "guard"), GUARDS)
def test_each_exception_is_needed(category: str, guard: str) -> None:
    guards = tuple(g for g in CATEGORIES[category].unless if g != guard)
    without = with_category(CATEGORIES[category].model_copy(update={"unless": guards}))
    assert any(p["expected"] is None for p in example_problems(without, category))


@pytest.mark.parametrize("guard", CONTENT.unless)
def test_each_common_exception_is_needed(guard: str) -> None:
    without = CONTENT.model_copy(update={"unless": tuple(g for g in CONTENT.unless if g != guard)})
    assert any(p["expected"] is None for p in example_problems(without))


# Written after the rules, and not by looking at them.
@pytest.mark.parametrize(
    "text",
    [
        "父が急に倒れて返事をしません",
        "おかあさんいきしてないどうしよう",
        "夫が呼吸をしておりません",
        "息止まってる",
        "むすめがいきしてないたすけて",
        "息してないっぽい",
        "脈ふれない",
        "おふろでおぼれてた",
        "プールの底に沈んでる子がいる",
        "お母さんが冷たくなっています",
        "名前を呼んでも返事がない",
        "じいちゃんが倒れて返事しねえ",
        "返事しねんだ",
        "起こしても起きません",
        "喋れなくなった",
        "ろれつまわってない",
        "声でない",
        "くちびる青い",
        "冷や汗かいてる",
        "顔色がとても悪くて心配です",
        "ｲｷｼﾃﾅｲ",
        "息を、していません",
        "ニュースを見ていたら父が急に息をしなくなりました",
        "10年前に心筋梗塞をした父が息をしていない",
        "昨日から熱があったのですが、今朝から呼びかけても反応がありません",
    ],
)
def test_a_frightened_relative_is_heard(text: str) -> None:
    assert screen(text, DATA) is not None


@pytest.mark.parametrize(
    "text",
    [
        "昨日から熱があって頭が痛いです",
        "近くの内科を教えて",
        "風邪薬を買いたい",
        "看護師さんと話したい",
        "返事ありがとうございます",
        "お返事お待ちしています",
        "息切れがする",
        "息子が熱を出しました",
        "予防接種の副反応が心配",
        "手足が冷たくてしびれる",
        "意識して水分をとっています",
        "紫外線が心配",
        "話せる人はいますか",
        "いきつけの病院がない",
        "目が開けられないほど痒い",
        "先生からの返事がないのですが",
        "意識はあります、返事もします",
        "元気がない",
        "",
        "　",
        "あ" * 5000,
    ],
)
def test_other_talk_raises_no_alarm(text: str) -> None:
    assert screen(text, DATA) is None


def test_a_finding_survives_an_exception_elsewhere_in_the_text() -> None:
    flag = screen("予約の返事がまだ来ません。それより父が息をしていません", DATA)
    assert flag is not None
    assert flag.category == "no_breathing"


def test_the_longest_text_line_allows_is_screened_quickly() -> None:
    judge = load_screen(DATA)
    for unit in ("息をし", "返事が", "水の中に", "声が出", "父が、"):
        assert judge(unit * (5000 // len(unit))) is None


def variants() -> Iterator[str]:
    yield "息をしていません"
    yield "息を\nしていません"
    yield "  息 を し て い ま せ ん  "
    yield "息をしていません！！！😱"
    yield "イキヲシテイマセン"
    yield "ｲｷｦｼﾃｲﾏｾﾝ"


@pytest.mark.parametrize("text", list(variants()))
def test_writing_does_not_matter(text: str) -> None:
    flag = screen(text, DATA)
    assert flag is not None
    assert flag.category == "no_breathing"


def test_a_pattern_that_could_never_match_is_refused() -> None:
    category = CATEGORIES["no_pulse"]
    rule = category.rules[0].model_copy(update={"pattern": "ミャクがない"})
    with pytest.raises(ContentError, match="never occurs in folded text"):
        compile_screen(with_category(category.model_copy(update={"rules": (rule,)})))


def test_folding_makes_one_form() -> None:
    assert folded_text("イキ シテ なぃ！") == "いきしてない!"
