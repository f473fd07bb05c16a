"""Test what counts as said and what as denied."""

import pytest

from bot.triage.tables.matching import checked_pattern, matches
from core.ja import folded_lines


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("熱", "熱がある", True),
        ("熱", "熱はない", False),
        ("熱が", "熱がなかなか下がらない", True),
        ("熱が", "熱がないか心配", True),
        ("熱", "熱や咳はありません", False),
        ("熱", "熱や痛みがある", True),
        ("痛", "痛くない", False),
        ("痛", "痛くなくなった", False),
        ("痛", "痛くなってきた", True),
        ("止まら", "血が止まらない", True),
        ("吐いて", "吐いていません", False),
        ("吐いて", "吐いています", True),
        ("けいれん", "けいれんはしていない", False),
        ("出血", "出血はおさまりました", False),
        ("息苦し", "息苦しくはないです", False),
        ("頭痛", "昨日は頭痛はなかったが、今日は頭痛がする", True),
        ("頭痛 & 吐", "頭痛がして、吐いた", True),
        ("頭痛 & 吐", "頭痛がするが、吐き気はない", True),
        ("頭痛 & 吐き気", "頭痛がするが、吐き気はない", False),
        ("頭痛", "ｽﾞﾂｳ\nではなく頭痛", True),
    ],
)
def test_what_is_denied_is_not_said(pattern: str, text: str, *, expected: bool) -> None:
    assert matches(pattern, folded_lines(text)) is expected


def test_lines_stay_apart() -> None:
    assert folded_lines("頭が 痛い\n\n  ハイ") == "頭が痛い。はい"
    assert not matches("痛いはい", folded_lines("頭が痛い\nはい"))


@pytest.mark.parametrize("pattern", ["(", "カタカナ", "ABC", "a b", ".*", "頭 & "])
def test_a_pattern_that_is_broken_or_can_never_match_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"regular expression|never occurs|matches everything"):
        checked_pattern(pattern)
