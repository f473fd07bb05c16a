"""Yes and no are read in every sign; what may be either is never taken for one."""

import pytest

from bot.language.typed_replies import affirms, typed_choice
from bot.language.yes_no import YesNo, is_answer, read_yes_no
from core.messages import Option

SIGNS = (
    Option("yes", "ひとつでもある"),
    Option("no", "どれもない", is_none=True),
    Option("unknown", "わからない"),
)
CALLS = (Option("yes", "119番に電話する"), Option("no", "電話しない"))
YES = (
    "○", "〇", "◯", "⭕", "⭕️", "✅", "✓", "◎", "はーい", "はあい", "うん", "うんうん", "んだ", "んだな", "んだんだ", "んだべ", "んだよ", "おう", "そだ", "そだね", "そうそう",
    "ハイ", "ﾊｲ", "はい！", "はい😊", "はいはい", "〇です", "あります。", "そうです", "そうだね", "マル", "YES", "Yes, please", "yes, that's right", "sí", "네",
)  # fmt: skip
NO = (
    "×", "✕", "✖️", "❌", "ううん", "うーうん", "ウウン", "うんにゃ", "んにゃ", "いんや", "いいや", "いやいや", "ない", "なし", "なす", "無し", "ないです。", "ねえです", "NO", "No.",
    "ノー", "バツ", "×です", "いいえ😊", "ちがいます", "んでねえ", "んでない", "ありません", "してない", "no, thank you", "não", "没有",
)  # fmt: skip
# They judge, or decline: of one thing that is asked they are clear, of a list of signs they are not.
APPROVING = ("👍", "👍🏻", "👌", "🙆", "🙆‍♀️", "🆗", "OK", "オッケー", "okです")
REFUSING = ("👎", "👎🏿", "🙅", "🙅‍♂️", "🙅‍♂️🙅‍♂️")
UNCLEAR = (
    "大丈夫", "大丈夫です", "だいじょうぶです", "はい、大丈夫です", "いえ、大丈夫です", "平気です", "問題ないです", "結構です", "いいです", "元気です",
    "うううん", "うーん", "う〜ん", "微妙です", "△", "はい❌", "○×", "👍👎", "はい👎", "🤔",
)  # fmt: skip
NEITHER = (
    "4", "痛みはないけど苦しい", "大丈夫じゃない", "大丈夫ですか", "さっきからです", "○○病院", "息が苦しい", "痛い👍", "熱はない", "はい、息が苦しいです", "なすの料理",
    "ないしょ", "んだけど痛い", "意識がない", "x線", "", "  ", "😭", "はい" * 30,
)  # fmt: skip


@pytest.mark.parametrize("is_list", [True, False])
@pytest.mark.parametrize(("text", "meant"), [*((t, YesNo.YES) for t in YES), *((t, YesNo.NO) for t in NO)])
def test_yes_and_no_in_every_sign(text: str, meant: YesNo, *, is_list: bool) -> None:
    assert read_yes_no(text, is_list=is_list) is meant


@pytest.mark.parametrize("is_list", [True, False])
@pytest.mark.parametrize("text", UNCLEAR)
def test_what_may_be_either_is_unclear_to_any_question(text: str, *, is_list: bool) -> None:
    assert read_yes_no(text, is_list=is_list) is YesNo.UNCLEAR


@pytest.mark.parametrize(
    ("text", "meant"), [*((t, YesNo.YES) for t in APPROVING), *((t, YesNo.NO) for t in REFUSING)]
)
def test_a_gesture_answers_what_one_thing_is_asked_and_no_list_of_signs(text: str, meant: YesNo) -> None:
    assert read_yes_no(text, is_list=False) is meant
    assert read_yes_no(text, is_list=True) is YesNo.UNCLEAR
    assert typed_choice(text, CALLS) == meant.value
    assert typed_choice(text, SIGNS) == ""


@pytest.mark.parametrize("is_list", [True, False])
@pytest.mark.parametrize("text", NEITHER)
def test_other_words_are_no_answer(text: str, *, is_list: bool) -> None:
    assert read_yes_no(text, is_list=is_list) is None


@pytest.mark.parametrize(
    "text",
    [
        "どれもない",
        "どれもないです",
        "特にありません",
        "いいえ、どれもないです",
        "ないと思います",
        "どれも大丈夫です",
        "全部平気です",
        "全部ばつ",
        "特に大丈夫",
    ],
)
def test_none_of_them_is_said_of_a_list(text: str) -> None:
    assert read_yes_no(text, is_list=True) is YesNo.NO
    assert typed_choice(text, SIGNS) == "no"


@pytest.mark.parametrize("text", [*UNCLEAR, *APPROVING, *REFUSING])
def test_no_list_of_signs_is_cleared_by_what_is_unclear(text: str) -> None:
    assert typed_choice(text, SIGNS) == ""
    assert not is_answer(text)


@pytest.mark.parametrize(
    "text", ["さあ", "わからん", "わかんねえ", "不明です", "よくわかりません", "分からないです"]
)
def test_who_does_not_know_says_so(text: str) -> None:
    assert read_yes_no(text, is_list=True) is YesNo.UNSURE
    assert typed_choice(text, SIGNS) == "unknown"


@pytest.mark.parametrize(
    "text", ["はい、息が苦しいです", "んだ、胸が痛い", "○ 頭が痛いです", "うん、しびれる"]
)
def test_yes_may_begin_a_message(text: str) -> None:
    assert affirms(text)


@pytest.mark.parametrize("text", ["はい", "いいえ、息は苦しくない", "うんにゃ、痛くない", "んだけど"])
def test_other_words_do_not_begin_with_yes(text: str) -> None:
    assert not affirms(text)


LABELLED = (Option("0", "はい Yes 119"), Option("1", "いいえ No"), Option("unsure", "わからない"))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("はい", "0"),
        ("yes", "0"),
        ("👍", "0"),
        ("○", "0"),
        ("いいえ", "1"),
        ("×", "1"),
        ("🙅", "1"),
        ("大丈夫です", ""),
    ],
)
def test_an_option_may_be_yes_or_no_by_its_label(text: str, value: str) -> None:
    assert typed_choice(text, LABELLED) == value


def test_of_two_options_that_say_yes_none_is_chosen() -> None:
    assert typed_choice("うん", (Option("0", "はい"), Option("1", "はい たくさん"))) == ""
