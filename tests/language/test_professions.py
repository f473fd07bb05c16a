"""Test who asks for a profession, and who only names one."""

import pytest

from bot.language.professions import asks_for_profession

ASKS = (
    "薬剤師さんに聞きたいです",
    "看護師さんと話したい",
    "お医者さんに直接相談したいです",
    "助産師さんとお話がしたいのですが",
    "先生に一度見てもらいたい",
    "ｶﾝｺﾞｼさんにききたい",
    "栄養士の方に質問したいことがあるので質問したいです",
    "カウンセラーと話せますか",
    "保健師さんに相談できますか",
    "医師につないでください",
)
NAMES = (
    "先生にもらった薬を飲み忘れた",
    "薬剤師に聞きたいことをまとめておくには",
    "看護師をしています",
    "医者に行きたくない",
    "薬剤師さんに言われて飲んでいます",
    "先生に相談したら様子をみてと言われた",
    "看護師さんが来てくれました",
    "助産師さんはいますか、教室のことで",
    "お医者さんの薬と一緒に飲めますか",
    "医師の診断書がほしい",
)


@pytest.mark.parametrize("text", ASKS)
def test_who_asks_for_a_profession_is_heard(text: str) -> None:
    assert asks_for_profession(text)


@pytest.mark.parametrize("text", NAMES)
def test_who_only_names_one_does_not_ask(text: str) -> None:
    assert not asks_for_profession(text)
