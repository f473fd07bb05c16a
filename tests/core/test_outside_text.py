"""Test text from outside: direction changes are removed, and text that shows nothing counts as empty."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.outside_text import cleaned, file_name, shows_nothing


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("あ\u202eいう", "あいう"),
        ("\u2066\u2067\u2068あ\u2069", "あ"),
        ("\u202a\u202b\u202d左\u202c", "左"),
        ("a\x00b\x07c\x1bd\x7fe\x9bf", "abcdef"),
        ("一\r\n二\r三\u2028四\u2029五\x85六", "一\n二\n三\n四\n五\n六"),
        ("タブ\tと\n改行", "タブ\tと\n改行"),
        ("家族👨\u200d👩\u200d👧❤\ufe0f", "家族👨\u200d👩\u200d👧❤\ufe0f"),
        ("نعم\u200f", "نعم\u200f"),
        ("38.5℃", "38.5℃"),
    ],
)
def test_controls_and_overrides_are_taken_out_and_nothing_else(text: str, left: str) -> None:
    assert cleaned(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\u3000",
        "\n\t\r\n",
        "\u200b\u200c\u200d",
        "\u200e\u200f",
        "\u2060",
        "\u3164",
        "\u2800\u2800",
        "\ufeff",
        "\u202e \u2066",
        "\u115f\u1160\uffa0",
        "\u00ad\u034f\ufe0f",
        "\u00a0\u2003\u205f",
        "\u061c\u180e\u2063",
        "\U000e0041\U000e007f",
        "\x07\x1b",
    ],
)
def test_what_nobody_sees_is_nothing(text: str) -> None:
    assert shows_nothing(text)


@pytest.mark.parametrize(
    "text",
    ["あ", "。", "?", "👍", "❤\ufe0f", "\u200bはい", "\u3164 1", "⠁", "が", "ｶﾞ", "1\u20e3", "\ue001", "〇"],
)
def test_what_somebody_sees_is_something(text: str) -> None:
    assert not shows_nothing(text)


@pytest.mark.parametrize(
    ("name", "stem", "extension"),
    [
        ("写真.jpg", "写真", ".jpg"),
        ("photo\u202egpj.exe", "photogpj", ".exe"),
        ("お薬\u2066手帳\u2069.pdf", "お薬手帳", ".pdf"),
        ("report.pdf" + " " * 200 + ".exe", "report.pdf", ".exe"),
        ("report.pdf" + "\u2800" * 50 + "\u3164.scr", "report.pdf", ".scr"),
        ("a\u200b.p\u200bdf", "a", ".pdf"),
        ("virus.exe. . ", "virus", ".exe"),
        ("two\nlines.txt", "two lines", ".txt"),
        ("no extension", "no extension", ""),
        ("検査 3.5 mg の結果", "検査 3.5 mg の結果", ""),
        (".bashrc", ".bashrc", ""),
        ("archive.tar.gz", "archive.tar", ".gz"),
        ("name.averylongextension", "name.averylongextension", ""),
        ("\u3164\u200b", "", ""),
        ("", "", ""),
        ("...", "", ""),
    ],
)
def test_a_file_shows_its_real_extension(name: str, stem: str, extension: str) -> None:
    assert tuple(file_name(name)) == (stem, extension)


def test_a_long_name_is_cut_before_its_extension() -> None:
    name = file_name("あ" * 300 + ".exe")
    assert len(name.short_stem) == 60
    assert name.short_stem.endswith("…")
    assert name.whole == "あ" * 300 + ".exe"


@given(st.text(max_size=60))
def test_whatever_comes_nothing_that_turns_is_left(text: str) -> None:
    for shown in (cleaned(text), file_name(text).whole):
        assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\x00\x1b\r")
    assert cleaned(cleaned(text)) == cleaned(text)
    assert file_name(file_name(text).whole).whole == file_name(text).whole
