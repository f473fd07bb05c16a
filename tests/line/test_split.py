import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.line.limits import graphemes, shortened, shortened_units, utf16_units
from bot.line.text_split import last_sentence, split_text


def squeezed(text: str) -> str:
    return "".join(text.split())


@given(
    st.text() | st.text("あ。！？\n 、🍎👨\u200d👩が\u3099が", min_size=30, max_size=300), st.integers(2, 60)
)
def test_pieces_fit_and_lose_nothing_but_white_space(text: str, most: int) -> None:
    pieces = split_text(text, most)
    assert all(0 < utf16_units(p) <= most for p in pieces)
    assert squeezed("".join(pieces)) == squeezed(text)


@pytest.mark.parametrize(
    ("text", "most", "pieces"),
    [
        ("熱があります。咳も出ます。", 8, ["熱があります。", "咳も出ます。"]),
        ("「痛いです。」と言う人", 9, ["「痛いです。」", "と言う人"]),
        ("はい！？本当に", 5, ["はい！？", "本当に"]),
        ("一行目\n二行目", 5, ["一行目", "二行目"]),
        ("朝、昼、夜、ずっと", 7, ["朝、昼、夜、", "ずっと"]),
        ("ああああああ", 4, ["ああああ", "ああ"]),
        ("🍎🍎🍎", 3, ["🍎", "🍎", "🍎"]),
        ("👨‍👩‍👧あ👨‍👩‍👧", 9, ["👨‍👩‍👧あ", "👨‍👩‍👧"]),
        ("か\u3099き\u3099く\u3099", 5, ["か\u3099き\u3099", "く\u3099"]),
        ("短い", 5000, ["短い"]),
        (" \n ", 5000, []),
    ],
)
def test_texts_are_cut_where_a_reader_pauses(text: str, most: int, pieces: list[str]) -> None:
    assert split_text(text, most) == pieces


def test_a_hundred_thousand_characters_are_split_quickly() -> None:
    assert len(split_text("あ" * 100_000)) == 20


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("あい", 2), ("か\u3099", 1), ("👨‍👩‍👧‍👦", 1), ("🇯🇵🇯🇵", 2), ("🇯🇵🇯", 2), ("👍🏽", 1), ("葛\U000e0100", 1), ("\r\n", 1), ("❤️", 1)],
)  # fmt: skip
def test_a_character_is_what_a_reader_sees(text: str, count: int) -> None:
    assert len(list(graphemes(text))) == count


def test_shortening_says_that_something_is_missing() -> None:
    assert shortened("37.5度以上、38度未満で三日より長い", 10) == "37.5度以上、3…"
    assert shortened("🇯🇵" * 20, 20) == "🇯🇵" * 20
    assert shortened_units("🍎🍎🍎", 5) == "🍎🍎…"
    assert shortened_units("あいう", 3) == "あいう"


def test_the_last_sentence_is_found_if_it_is_short_enough() -> None:
    assert last_sentence("一。二。三？", 10) == ("一。二。", "三？")
    assert last_sentence("一。" + "三" * 20, 10) == ("一。" + "三" * 20, "")
    assert last_sentence("一つだけ", 10) == ("一つだけ", "")
