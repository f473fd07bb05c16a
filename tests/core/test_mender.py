"""One slip of the thumb in the words of an emergency is mended; what is well written is left alone."""

import time

import pytest

from core.ja.keystrokes import kana_places, romaji, slip_end
from core.ja.read_text import ReadText
from core.ja.spoken import spoken
from core.lexicon.lexicon import load_lexicon

LEXICON = load_lexicon()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("いしきがんし", "いしきがない"),
        ("いしきがなi", "いしきがない"),
        ("呼吸がありまえん", "呼吸がありません"),
        ("いきをしていにあ", "いきをしていない"),
        ("息が出来なう", "息が出来ない"),
        ("こくゅうしてない", "こきゅうしてない"),
        ("ろれつがまわなない", "ろれつがまわらない"),
        ("たすkて", "たすけて"),
        ("胸がいtあい", "胸がいたい"),
    ],
)
def test_a_slip_is_mended(typed: str, meant: str) -> None:
    mended = LEXICON.mended(typed)
    assert mended is not None
    # The inflected word may begin as another of its forms: なし, ない.
    assert spoken(mended).text[:5] == spoken(meant).text[:5]


@pytest.mark.parametrize(
    "text",
    [
        "意識がなおった",
        "返事がきた",
        "いしきがない",
        "息が苦しい",
        "いきたくない",
        "しけんの まえ、いきが つまる",
        "電話がない",
        "息は苦しぐね",
        "痙攣なし、意識清明",
        "近くの内科を教えてください",
        "胸が苦しくない",
        "",
    ],
)
def test_what_is_well_written_is_left_alone(text: str) -> None:
    assert LEXICON.mended(text) is None


def test_a_long_message_is_not_looked_through() -> None:
    assert LEXICON.mended("今日はいい天気です。" * 20 + "いしきがんし") is None


def test_looking_for_slips_is_quick() -> None:
    texts = [ReadText("近くで今やっている内科を教えてください"), ReadText("熱があって頭が痛い")]
    for text in texts:
        LEXICON.mended(text)  # heard once, as before every look for slips
    start = time.process_time()
    for _ in range(50):
        for text in texts:
            LEXICON.mended(text)
    assert time.process_time() - start < 0.2  # 2 ms each, ten times what it takes


@pytest.mark.parametrize(
    ("word", "text", "end"),
    [
        ("isiki", "isiki", 5),
        ("isiki", "isuki", 5),
        ("isiki", "isiiki", 6),
        ("isiki", "iski", 4),
        ("isiki", "siiki", 5),
        ("isiki", "iski go", 4),
        ("isiki", "osuki", None),
        ("isiki", "is", None),
    ],
)
def test_where_a_word_ends_that_is_one_slip_off(word: str, text: str, end: int | None) -> None:
    assert slip_end(word, text, 0) == end


def test_letters_know_their_kana() -> None:
    assert romaji("いっしき") == "issiki"
    assert kana_places("いっしき") == (0, 1, 2, 2, 3, 3)
