"""Test the answers that words give before a question: only certain ones, or ones that stop."""

from pathlib import Path

import pytest

from shop.catalogue import ProductKind, load_catalogue
from shop.exclusion import AGE, BODY, PREGNANCY, SIGNS, YES, stop_at
from shop.wording import (
    age_answered,
    asks_amount,
    asks_for_the_best,
    is_bare,
    lasts_short,
    lasts_too_long,
    names_somebody,
    stated_answers,
)

CATALOGUE = load_catalogue(Path(__file__).parents[2] / "data")


def kind_of(kind_id: str) -> ProductKind:
    kind = CATALOGUE.kind(kind_id)
    assert kind
    return kind


COLD, SKIN, PATCH = kind_of("cold"), kind_of("skin"), kind_of("patch")


@pytest.mark.parametrize(
    ("kind", "words", "answers"),
    [
        (COLD, "風邪薬を買いたい", {}),
        (COLD, "35歳です。かぜ薬がほしい", {AGE: "35-35"}),
        (COLD, "3才の子のかぜ薬", {AGE: "3-3"}),
        (COLD, "赤ちゃんのかぜ薬", {AGE: "0-1"}),
        (COLD, "生後2か月の子のかぜ薬", {AGE: "0-0"}),
        (COLD, "小学生の子どものかぜ薬", {AGE: "6-12"}),
        (COLD, "高校生の息子のかぜ薬", {AGE: "15-18"}),
        (COLD, "子ども用のかぜ薬", {AGE: "2-14"}),
        (SKIN, "子ども用のかゆみ止め", {}),  # under two or not: to be asked
        (COLD, "35歳です。子どものかぜ薬がほしい", {}),
        (COLD, "35歳と3歳のかぜ薬", {}),
        (COLD, "妊娠中でも飲めるかぜ薬", {PREGNANCY: YES}),
        (COLD, "授乳中です。かぜ薬", {PREGNANCY: YES}),
        (COLD, "妊娠していません。かぜ薬", {}),
        (COLD, "血圧の薬を飲んでいます。かぜ薬", {BODY: YES}),
        (COLD, "薬は飲んでいません。かぜ薬", {}),
        (COLD, "卵アレルギーがあります。かぜ薬", {BODY: YES}),
        (COLD, "5日前からせきが出ます。かぜ薬", {SIGNS: YES}),
        (COLD, "4日前からせきが出ます。かぜ薬", {}),
        (COLD, "息が苦しいのでかぜ薬", {SIGNS: YES}),
        (PATCH, "胸が痛いので湿布がほしい", {SIGNS: YES}),
    ],
)
def test_what_is_known_is_not_asked(kind: ProductKind, words: str, answers: dict[str, str]) -> None:
    assert stated_answers(kind, words) == answers


@pytest.mark.parametrize(
    "words", ["赤ちゃんのかぜ薬", "3歳の子のかぜ薬", "中学生のかぜ薬", "17歳です。かぜ薬"]
)
def test_words_alone_stop_the_young(words: str) -> None:
    assert stop_at(COLD, stated_answers(COLD, words)) == AGE


@pytest.mark.parametrize(
    "words",
    [
        "何個まで買えますか",
        "3箱ほしい",
        "まとめ買いしたい",
        "たくさん飲むとどうなる",
        "倍の量を飲んでもいい",
        "何錠飲めばいい",
        "オーバードーズ",
        "ＯＤしたい",
    ],
)
def test_questions_about_amounts_are_recognised(words: str) -> None:
    assert asks_amount(words)


@pytest.mark.parametrize(
    "words",
    [
        "かぜ薬がほしい",
        "2日前から熱がある",
        "子どもが2人います",
        "体温計を買いたい",
        "good な薬",
        "二つ質問があります",
    ],
)
def test_other_numbers_are_no_amounts(words: str) -> None:
    assert not asks_amount(words)


@pytest.mark.parametrize(
    "words", ["どれがいい", "オススメの風邪薬はどれですか", "頭痛に効く薬", "一番いい湿布"]
)
def test_the_wish_for_the_best_is_recognised(words: str) -> None:
    assert asks_for_the_best(words)
    assert not asks_for_the_best("一番近い薬局でかぜ薬を買いたい")


def test_days_count_from_the_limit_on() -> None:
    assert not lasts_too_long(COLD, "4日前から")
    assert lasts_too_long(COLD, "5日前から")
    assert lasts_short(COLD, "きのうから")
    assert not lasts_short(COLD, "かぜ薬")
    assert not lasts_too_long(kind_of("nose"), "1年前から")


def test_somebody_named_is_somebody_else() -> None:
    assert names_somebody("娘のかぜ薬")
    assert names_somebody("40歳です")
    assert not names_somebody("かぜ薬を買いたい")


def test_a_bare_number_may_be_a_choice() -> None:
    assert is_bare("２", 4)
    assert not is_bare("35", 4)
    assert not is_bare("2歳", 4)
    ages = age_answered(COLD, "大人です")
    assert ages
    assert stop_at(COLD, {AGE: str(ages)}) == ""
