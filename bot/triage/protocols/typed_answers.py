"""Answers to a list in words: 「ひとつあります」, 「はい、…」."""

import re

from bot.triage.protocols.matching import folded_lines

_SOME = re.compile(
    r"(?:はい、?)?(?:ひとつ|一つ|1つ|ふたつ|二つ|2つ|みっつ|三つ|3つ|いくつか|どれか|どれかが|一部)(?:だけ|は|が|か)*"
    r"(?:あります|ある|ありました|あった|あてはま(?:る|ります)|当てはま(?:る|ります))(?:です|よ|ね|と思(?:う|います))*[。!]?"
)
_YES_AND_MORE = re.compile(r"(?:はい|うん|ええ|そうです)[、。,!]?(?=.{3})")


def affirms(text: str) -> bool:
    """Whether a message begins with yes and goes on: 「はい、息が苦しいです」."""
    return bool(_YES_AND_MORE.match(folded_lines(text)))


def has_some(text: str) -> bool:
    """Whether a whole message says that something of a list is so, without naming it."""
    return bool(_SOME.fullmatch(folded_lines(text)))
