"""A pattern that is searched quickly finds what `re` finds."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ja import find_quickly, fold, quick_pattern
from core.ja.quick_pattern import first_characters

PATTERNS = [
    "熱が|熱は|発熱",
    "(?:頭|あたま)(?:が|も)?(?:痛|いた)",
    "吐(?:い|き)て?",
    "息が(?:苦し|できな|切れ)",
    "(?<![一-龥])腹|お腹",
    "(?:38|39)度(?!以下)",
    "です。|ない。",
]
texts = st.lists(
    st.sampled_from(
        [
            "頭が",
            "痛い",
            "いたく",
            "て",
            "熱が",
            "38度",
            "ない",
            "です",
            "。",
            "お腹",
            "吐いて",
            "息が",
            "苦し",
        ]
    ),
    max_size=12,
).map("".join)


def test_a_pattern_without_a_known_beginning_is_searched_as_it_is() -> None:
    assert first_characters("熱|痛い") == frozenset("熱痛")
    assert first_characters(r"\d+度") is first_characters(r"[^あ]い") is first_characters("あ?") is None


@pytest.mark.parametrize("pattern", [*PATTERNS, "(?<!お)腹|腹が痛", r"\d+度", "頭.*痛い|痛い", "痛(?=い)い?"])
@given(text=texts)
def test_it_finds_what_the_pattern_finds(pattern: str, text: str) -> None:
    folded = fold(text)
    assert list(find_quickly(quick_pattern(pattern), folded)) == [
        found.span() for found in re.finditer(pattern, folded)
    ]
