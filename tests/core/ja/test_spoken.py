"""The spoken form of a text: every text has one, and its places are places of the text."""

import pytest

from core.ja.spoken import spoken


@pytest.mark.parametrize(
    "text", ["", " ", "\n", "\n\n", "😀", "父が\n\n倒れた", "😀\n父が倒れた", "父が倒れた\n"]
)
def test_every_text_has_a_spoken_form(text: str) -> None:
    said = spoken(text)
    assert len(said.text) == len(said.voiced) == len(said.origins)
    assert said.text.strip("。") in {"", "ちちかたおれた", "ちちか。。たおれた"}


def test_a_blank_line_ends_a_sentence() -> None:
    assert spoken("父が\n\n倒れた").text.split("。")[0] == "ちちか"


def test_a_text_all_in_katakana_is_read_as_words() -> None:
    assert spoken("ミャクガナイ").begins == spoken("みゃくがない").begins
