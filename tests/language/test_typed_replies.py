"""Test what residents type instead of tapping."""

import pytest

from bot.language.segmentation import clauses, worth_asking
from bot.language.typed_replies import (
    asks_to_go_back,
    asks_to_return,
    asks_to_start_over,
    leaves_it_open,
    typed_choice,
    wants_an_ear,
)
from core.messages import Option

SIGNS = (
    Option("yes", "ひとつでもある"),
    Option("no", "どれもない", is_none=True),
    Option("unknown", "わからない"),
)
DRINKS = (Option("yes", "飲めている"), Option("no", "飲めていない気がする"))


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("どれもないです", "どれもない"),
        ("特にないです。", "どれもない"),
        ("ないと思います", "どれもない"),
        ("いいえ、ないです", "どれもない"),
        ("なし！", "どれもない"),
        ("ありません", "どれもない"),
        ("はい", "ひとつでもある"),
        ("あてはまります", "ひとつでもある"),
        ("よくわかりません", "わからない"),
        ("②", "どれもない"),
        ("１番", "ひとつでもある"),
        ("2番目", "どれもない"),
        ("二つ目", "どれもない"),
        ("一番上", "ひとつでもある"),
        ("上の", "ひとつでもある"),
        ("下のです", "わからない"),
        ("一番下", "わからない"),
        ("まんなか", "どれもない"),
    ],
)
def test_an_answer_is_read_however_it_is_typed(text: str, label: str) -> None:
    value = typed_choice(text, SIGNS)
    assert [option.label for option in SIGNS if option.value == value] == [label]


@pytest.mark.parametrize("text", ["4", "だいじょうぶ", "痛みはないけど苦しい", "さっきからです", "10番", ""])
def test_what_is_no_answer_is_not_taken_for_one(text: str) -> None:
    assert typed_choice(text, SIGNS) == ""


@pytest.mark.parametrize("text", ["右", "左", "した", "うえ", "上", "下", "しました"])
def test_a_side_of_the_body_is_no_place_in_a_list(text: str) -> None:
    assert typed_choice(text, SIGNS) == ""


def test_none_of_them_answers_a_list_only() -> None:
    yes = (Option("yes", "はい"), Option("no", "いいえ"))
    assert typed_choice("特にないと思います", yes) == ""


@pytest.mark.parametrize("text", ["おまかせします", "だれでもいいです", "どなたでも", "誰でもいい。"])
def test_any_will_do(text: str) -> None:
    assert leaves_it_open(text)
    assert not leaves_it_open(f"{text}から早く薬をください")


def test_leaving_going_back_and_going_on_are_told_apart() -> None:
    assert asks_to_start_over("やめます")
    assert not asks_to_start_over("薬をやめたい")
    assert asks_to_go_back("前の質問に戻る")
    assert not asks_to_go_back("病院から戻るところです")
    assert asks_to_return("先ほどの質問にもどる")


@pytest.mark.parametrize(
    "text", ["悩みを聞いて", "だれかに話を聞いてほしい", "愚痴を聞いてください", "毎日さみしいです"]
)
def test_who_wants_to_be_listened_to_is_recognised(text: str) -> None:
    assert wants_an_ear(text)


@pytest.mark.parametrize(
    "text", ["先生の話を聞いてきました", "薬剤師さんに話を聞きたい", "料金を聞いていいですか"]
)
def test_hearing_something_is_no_wish_for_an_ear(text: str) -> None:
    assert not wants_an_ear(text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "昨日から熱があるんだけど、近くで今やってる内科も教えて。あと薬剤師さんに聞きたい",
            ("昨日から熱があるんだけど", "近くで今やってる内科も教えて。", "薬剤師さんに聞きたい"),
        ),
        ("こんにちは、熱があります", ("こんにちは", "熱があります")),
        ("熱があります　近くの病院を教えてください", ("熱があります", "近くの病院を教えてください")),
        ("頭が痛いのですが", ("頭が痛いのですが",)),
        ("はい、息が苦しいです", ("はい、息が苦しいです",)),
        ("38.5度です！！\nどうしたら？", ("38.5度です！！", "どうしたら？")),
        ("痛い、あとで電話します", ("痛い、あとで電話します",)),
        ("いわき　平", ("いわき　平",)),
    ],
)
def test_a_message_is_cut_where_a_wish_may_end(text: str, parts: tuple[str, ...]) -> None:
    assert clauses(text) == parts


def test_at_most_three_clauses_are_asked_for_the_first_and_the_last_ones() -> None:
    parts = clauses("息子が3歳です。昨日から熱があります。咳も出ています。保育園は休みました。近くの病院は？")
    assert worth_asking(parts) == ("息子が3歳です。", "保育園は休みました。", "近くの病院は？")


def test_a_message_has_six_clauses_at_most_and_loses_no_word() -> None:
    parts = clauses("".join(f"{n}つ目のことです。" for n in "一二三四五六七八"))
    assert len(parts) == 6
    assert parts[-1] == "六つ目のことです。七つ目のことです。八つ目のことです。"
