"""Keep a resident's own words as whole lines, so that a message taken back is found by its lines.

LINE asks that an unsent message disappears from storage and screens (Messaging API, "Processing on receipt of
unsend event"). Everything that outlives a message keeps words in this type, and `without_words` finds them by
it.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from core.ja import ReadText, ends, joined, lines_of, normalise

# Characters kept of one story, and of a single line in it at each end.
LONGEST = 2000
LONGEST_LINE_END = 1000
# A line this long occurs in one message only: what is kept of it is recognised as a part of that message.
SURELY_PART = 200
_FIRST_AND_LAST = 2
# The first release cut a long story in the middle of a line and put this between the halves; some are kept still.
LEFT_OUT = "（中略）"

T = TypeVar("T")


@dataclass(frozen=True)
class Words:
    """Lines that a resident wrote; several messages, and the clauses of one, follow each other."""

    lines: tuple[ReadText, ...] = ()

    @classmethod
    def of(cls, *texts: str) -> "Words":
        """Return the lines of texts, in order; empty texts, and empty lines at the end, are left out."""
        lines = [line for text in texts for line in lines_of(text)]
        while lines and not lines[-1]:
            lines.pop()
        found = cls(tuple(lines))
        if len(texts) == 1 and isinstance(texts[0], ReadText) and "\n".join(found.lines) == texts[0]:
            # What is kept of a message reuses the message's forms that are made already.
            found.__dict__["text"] = texts[0]
        return found

    @cached_property
    def text(self) -> ReadText:
        """The lines as one text."""
        return joined(self.lines)

    def __bool__(self) -> bool:
        """Whether there are any words."""
        return any(self.lines)

    def __iter__(self) -> Iterator[ReadText]:
        return iter(self.lines)

    def and_(self, *texts: str) -> "Words":
        """Return these words followed by `texts`."""
        return Words((*self.lines, *Words.of(*texts).lines))

    def shortened(self) -> "Words":
        """Return the first and last lines, within the kept length (`LONGEST`); of a very long line both ends.

        Doing it again changes nothing.
        """
        if len(self.text) <= LONGEST:
            return self
        lines = [part for line in self.lines for part in ends(line, LONGEST_LINE_END)]
        if len(lines) <= _FIRST_AND_LAST:
            return Words(tuple(lines))
        room = LONGEST - len(lines[0]) - len(lines[-1]) - 1
        first, last = [lines.pop(0)], [lines.pop()]
        while lines:
            # Alternately from both ends, so that both keep as much.
            line, end = (lines.pop(0), first) if len(first) <= len(last) else (lines.pop(), last)
            room -= len(line) + 1
            if room < 0:
                break
            end.append(line)
        return Words((*first, *reversed(last)))

    def without(self, spoken: AbstractSet[str]) -> "Words":
        """Return the words without the lines in `spoken`, and without what was kept of a long one."""
        left = tuple(line for line, cut in _with_cuts(self.lines) if not _is_part(line, spoken, cut))
        return Words(left if any(line != LEFT_OUT for line in left) else ())


NO_WORDS = Words()


def _with_cuts(lines: Sequence[ReadText]) -> Iterator[tuple[ReadText, bool]]:
    """Yield each line, and whether it may be half of one that `LEFT_OUT` was put into."""
    for number, line in enumerate(lines):
        beside = lines[max(0, number - 1) : number + 2]
        yield line, line != LEFT_OUT and LEFT_OUT in beside


def _is_part(line: str, spoken: AbstractSet[str], is_cut: bool) -> bool:  # noqa: FBT001 - what was yielded
    if line in spoken:
        return True
    if is_cut and any(words.startswith(line) or words.endswith(line) for words in spoken):
        return True
    return len(line) >= SURELY_PART and any(line in words for words in spoken)


def stands_in(piece: str, spoken: AbstractSet[str]) -> bool:
    """Whether a piece of words, in normal form without spaces, was taken from `spoken`."""
    return bool(piece) and any(piece in normalise(words).replace(" ", "") for words in spoken)


def merged(parts: Iterable[Words]) -> Words:
    """Return all lines once, in order, without empty ones."""
    return Words(tuple(dict.fromkeys(line for part in parts for line in part if line)))


def without_words(value: T, spoken: AbstractSet[str]) -> T:
    """Return a value (dataclasses, tuples, mappings) with `spoken` taken out of every `Words` in it.

    What keeps a piece of a resident's words in another form takes it out itself (`without_words`).
    A record that is nothing without its words says so (`is_empty`) and is left out of the tuple it stood in.
    """
    found: Any
    match value:
        case Words():
            found = value.without(spoken)
        case _ if hasattr(value, "without_words"):
            found = value.without_words(spoken)
        case tuple():
            pairs = [(part, without_words(part, spoken)) for part in value]
            found = tuple(after for before, after in pairs if not (after != before and _is_empty(after)))
        case Mapping():
            found = {key: without_words(part, spoken) for key, part in value.items()}
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            parts = {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.init}
            changed = {name: without_words(part, spoken) for name, part in parts.items()}
            found = value if changed == parts else dataclasses.replace(value, **changed)
        case _:
            found = value
    result: T = found
    return result


def _is_empty(value: object) -> bool:
    return (isinstance(value, Words) and not value) or getattr(value, "is_empty", False) is True
