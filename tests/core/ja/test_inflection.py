"""Words of the lexicon are spelled as residents' words are."""

import pytest

from core.ja.inflection import inflected
from core.ja.spoken import spoken


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("言う", "言っています"),
        ("言えない", "言えません"),
        ("言わない", "言わなくて"),
        ("吐く", "吐いて"),
        ("入ってくる", "入ってきました"),
        ("出てくる", "出てこない"),
    ],
)
def test_an_inflected_word_begins_as_the_text_that_has_it(word: str, text: str) -> None:
    assert spoken(text).voiced.startswith(tuple(inflected(word)))


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("苦しい", "苦しゅうございます"),
        ("痛い", "痛うございます"),
        ("重い", "重うございます"),
        ("早い", "早うございます"),
    ],
)
def test_an_adjective_is_heard_in_the_speech_of_the_old(word: str, text: str) -> None:
    assert spoken(text).voiced.startswith(tuple(one for one in inflected(word) if one.endswith("ござ")))


def test_a_denial_after_te_is_not_found_in_another_word() -> None:
    """打ってない is not heard in 打って何度も, nor 話せてない in 話せて何より."""
    assert "うってな" not in inflected("打ってない")
    assert "うってない" in inflected("打ってない")
    assert not any("はなせてなにより".startswith(one) for one in inflected("話せない") if "て" in one)


@pytest.mark.parametrize("text", ["溺れてんだ", "溺れたんです"])
def test_what_happens_is_not_found_as_its_denial(text: str) -> None:
    """「溺れてん」 is 溺れている; but 立てん is 立てない."""
    assert not any(spoken(text).voiced.startswith(end) for end in inflected("溺れてない"))
    assert any(spoken("立てん").voiced.startswith(end) for end in inflected("立てない"))
