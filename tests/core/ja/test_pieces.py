"""Test which messages go on with a sentence that was begun before."""

import pytest

from core.ja.pieces import goes_on, is_unfinished, joined_pieces, last_sentence


@pytest.mark.parametrize(
    "text", ["意識が", "息", "脈が…", "呼んでも返事を", "父が倒れて", "息が苦し", "動け", "赤ちゃんの", "、"]
)
def test_what_breaks_off(text: str) -> None:
    assert is_unfinished(text) == (text != "、")


@pytest.mark.parametrize(
    "text",
    [
        "熱があります",
        "眠れないんですけど",
        "痛いよ",
        "息。",
        "薬はどれ",
        "痛いの",
        "ちがうw",
        "やってっぺ",
        "はい",
        "ないです",
        "",
    ],
)
def test_what_is_whole(text: str) -> None:
    assert not is_unfinished(text)


@pytest.mark.parametrize(
    ("pieces", "joined"),
    [
        (("意識が", "ない"), "意識がない"),
        (("意識が…", "ない"), "意識がない"),
        (("息を", "して", "いません"), "息をしていません"),
        (("熱があります", "眠れません"), "熱があります。眠れません"),
        (("熱はない", "咳がある"), "熱はない。咳がある"),
        (("助けて!", "父が", "動かない"), "助けて!。父が動かない"),
        (("動け", "ない"), "動けない"),
        (("He is not", "breathing"), "He is not breathing"),
    ],
)
def test_how_pieces_are_put_together(pieces: tuple[str, ...], joined: str) -> None:
    assert joined_pieces(pieces) == joined


def test_a_word_may_reach_over_the_seam() -> None:
    assert goes_on("息が苦し", "いです")
    assert goes_on("痛くありま", "せん")
    assert not goes_on("熱があります", "苦しいです")


def test_the_last_sentence_begins_after_what_is_whole() -> None:
    assert last_sentence(["熱があります", "意識が", "もう", "ない"]) == 1
    assert last_sentence(["意識が"]) == 0
    assert last_sentence([]) == 0
