"""Read a number as an answer: 「3回くらい」, 「じゅうに」, 「二、三回」."""

import re

from core.ja.numerals import numbered

_RANGE = r"\s?(?:[~〜、・,-]|から|か)\s?"
_NUMBER = re.compile(rf"(?<![\d.])(\d+(?:,\d{{3}})+|\d+(?:\.\d+)?)(?:{_RANGE}(\d+(?:\.\d+)?))?(?![\d.]*\d)")
_COUNTED = re.compile(
    r"(?<![ぁ-ん])(?:(?P<n1>ひとつ|1つ|ひとり)|(?P<n2>ふたつ|ふたり)|(?P<n3>みっつ)|(?P<n4>よっつ)|(?P<n5>いつつ)"
    r"|(?P<n6>むっつ)|(?P<n7>ななつ)|(?P<n8>やっつ)|(?P<n9>ここのつ)|(?P<n10>とお(?=$|です)))"
)
_DIGITS = 12  # no count has more; a longer number is a telephone or card number


def read_number(text: str) -> "float | None":
    """Read the one number in a text, in any writing; of a range (2、3回) the larger end.

    None when there is none, or when several different numbers are named.
    """
    source = numbered(text).text
    found = {_value(match) for match in _NUMBER.finditer(source)}
    found |= {float((match.lastgroup or "n0")[1:]) for match in _COUNTED.finditer(source)}
    return found.pop() if len(found) == 1 else None


def _value(match: "re.Match[str]") -> "float | None":
    first, second = match.group(1).replace(",", ""), match.group(2)
    if len(first) > _DIGITS or len(second or "") > _DIGITS:
        return None
    return max(float(first), float(second or 0))
