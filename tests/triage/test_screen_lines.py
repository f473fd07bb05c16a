from pathlib import Path

import pytest

from bot.triage.screen.screen import screen_lines
from core.errors import ContentError

DATA = Path(__file__).parents[2] / "data"


def test_each_line_is_judged_and_blank_ones_are_skipped() -> None:
    lines = [
        '{"text": "父が息をしていません"}\n',
        "\n",
        '{"text": "近くの内科を教えて", "id": 3}',
        '{"text": "死にたい"}',
    ]
    assert list(screen_lines(lines, DATA)) == [
        {"text": "父が息をしていません", "red_flag": True, "category": "no_breathing"},
        {"text": "近くの内科を教えて", "red_flag": False, "category": None},
        {"text": "死にたい", "red_flag": True, "category": "suicidal"},
    ]


@pytest.mark.parametrize("line", ["父が", "[]", '{"words": "父が"}', '{"text": 3}'])
def test_a_line_that_is_none_is_named(line: str) -> None:
    with pytest.raises(ContentError, match="line 2"):
        list(screen_lines(['{"text": "こんにちは"}', line], DATA))
