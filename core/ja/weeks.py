"""Read weeks of pregnancy: 妊娠20週, 8か月, 臨月."""

import re

from core.ja.normal import normalise
from core.ja.read_text import form

_WEEKS = re.compile(
    r"(?:妊娠|いま|今|現在|^|[^0-9産後])\s?(\d{1,2})\s?(?:週|w|ウィーク)(?!間|に|前|後|ごと|おき)"
)
_PREGNANT = re.compile(r"妊娠|妊婦|にんしん|おなかの(?:子|赤)|お腹の(?:子|赤)|胎動|つわり|産科")
_MONTH = re.compile(r"妊娠\s?(\d{1,2})\s?(?:か|ヶ|カ|ケ|ヵ|箇)?月")
_LAST_MONTH = re.compile(r"臨月")
_ALONE = re.compile(r"(\d{1,2})(?:週目?|w)?(?:です|くらい|ぐらい|かな)*[。.]?")
_LONGEST = 45
_FOUR = 4
_MONTHS = range(1, 11)


@form
def find_weeks(text: str) -> tuple[int, int] | None:
    """Return the weeks of pregnancy that a text tells: from and up to; None where it tells none, or several.

    A month of pregnancy has four weeks: the eighth is 28 to 31.
    """
    plain = normalise(text)
    found: set[tuple[int, int]] = set()
    if _PREGNANT.search(plain):
        found = {(int(n), int(n)) for n in _WEEKS.findall(plain) if int(n) <= _LONGEST}
    if not found:
        found = {
            ((int(n) - 1) * _FOUR, int(n) * _FOUR - 1) for n in _MONTH.findall(plain) if int(n) in _MONTHS
        }
    if not found and _LAST_MONTH.search(plain):
        found = {(36, 42)}
    return found.pop() if len(found) == 1 else None


@form
def stated_weeks(text: str) -> tuple[int, int] | None:
    """Return the weeks in an answer to "how many weeks": 「24週です」, 「24」, 「8か月」."""
    found = find_weeks(f"妊娠{text}")
    if found:
        return found
    alone = _ALONE.fullmatch(normalise(text))
    return (int(alone[1]), int(alone[1])) if alone and int(alone[1]) <= _LONGEST else None
