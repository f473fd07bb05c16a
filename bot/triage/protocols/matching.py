"""Decide whether words say something: patterns over folded text (core.ja.fold); denied matches do not count.

A pattern is a regular expression, or several joined by ` & ` that must all match: 「頭が痛くて吐いている」.
"""

import re
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator

from core.ja import ReadText, ends, find_quickly, quick_pattern

# Right after what a pattern found: 「熱」はない, 「痛」くありません, 「けいれん」はしていない; 「熱がないか心配」 denies nothing.
DENIED = re.compile(
    r"(?:(?:や|とか)[^。、!?がをにはもで]{1,6}(?=は|も|など))?"
    r"(?:く|み|さ|かん)?(?:は|も|が|など|とか)*(?:特に|とくに|全く|全然|まったく|ぜんぜん|もう|まだ)?"
    r"(?:な[いしく](?!か|らい)|なかった|なさそう|ありませ|無[いし]|ございませ|し(?:ませ|て(?:い)?(?:な|ませ))|[てで](?:い)?(?:な[いく]|ませ)|おさま(?:った|りまし)|治(?:った|りまし))"
)
_NEVER_IN_FOLDED = re.compile(r"[ァ-ヶA-Z\s]")
_NOT_DOING = re.compile(r"い?(?:な[いく]|ませ)")
_STEM_ENDS = "らかがさたばまわれめけせねべげえ"
_JOINT = " & "
LONGEST = 1000  # characters read at each end of a story; the red-flag screen has read all of it


def beginning_and_end(text: str) -> tuple[ReadText, ...]:
    """Return the parts of a long text that are read for symptoms: its beginning and its end."""
    return ends(text, LONGEST)


def matches(pattern: str, folded: str) -> bool:
    """Whether folded text matches the pattern without denying it."""
    return all(
        any(not _is_denied(folded, end) for _, end in find_quickly(part, folded)) for part in _parts(pattern)
    )


def _is_denied(folded: str, end: int) -> bool:
    """Whether the words after a match deny it; the ない of 「止まら」ない is part of the verb."""
    last = folded[end - 1]
    if last in "てで" and _NOT_DOING.match(folded, end):
        return True
    is_verb = folded.startswith("な", end) and last in _STEM_ENDS
    return not is_verb and bool(DENIED.match(folded, end))


def checked_pattern(pattern: str) -> str:
    """Return the pattern if it is valid and can match.

    Raises:
        ValueError: it is no regular expression, or never occurs in folded text; says why.
    """
    for part in pattern.split(_JOINT):
        if never := _NEVER_IN_FOLDED.search(part):
            raise ValueError(f"'{never[0]}' never occurs in folded text; write hiragana, no spaces")
        try:
            compiled = re.compile(part)
        except re.error as exc:
            raise ValueError(f"'{part}' is no regular expression: {exc}") from exc
        if compiled.match(""):
            raise ValueError(f"'{part}' matches everything")
    return pattern


Pattern = Annotated[str, AfterValidator(checked_pattern)]


@lru_cache(maxsize=4096)
def _parts(pattern: str) -> tuple[re.Pattern[str], ...]:
    return tuple(quick_pattern(part) for part in pattern.split(_JOINT))
