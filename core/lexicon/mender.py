"""Mend words that were typed with one slip of the thumb: いしきがんし, いきがくるsい, 呼吸がありまえん.

Only the phrases of an emergency are mended (`slips` in `data/lexicon/context.yml`), and only where the text then reads
far better: 「意識がなおった」 is one letter from 「意識がない」 too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import ahocorasick

from core.ja.inflection import inflected
from core.ja.keystrokes import kana_places, romaji, slip_end
from core.ja.spoken import Spoken, spoken, unvoiced
from core.ja.tokens import reading_cost

# Letters of a phrase: a shorter one is one slip from too much.
_LEAST = 8
# So much better must a text read once it is mended (costs of Sudachi's dictionary).
_GAIN = 3500
# A longer message has the same thing said twice.
_LONGEST = 120
_STOPS = frozenset("、。?")
_PARTICLES = ("", "が", "は", "も", "を")


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way to say a phrase: its letters, and the kana to put in place of a slip."""

    letters: str
    kana: str


@dataclass(slots=True)
class Mender:
    """Finds phrases that are one slip off; made once from all phrases."""

    _halves: ahocorasick.Automaton = field(default_factory=ahocorasick.Automaton)

    @classmethod
    def of(cls, phrases: Iterable[str]) -> "Mender":
        """Make a mender of phrases: words with a blank between them, as in a dictionary."""
        halves: dict[str, list[tuple[Spelling, bool]]] = {}
        for spelling in {made for phrase in phrases for made in _spellings(phrase.split())}:
            middle = len(spelling.letters) // 2
            halves.setdefault(spelling.letters[:middle], []).append((spelling, True))
            halves.setdefault(spelling.letters[middle:], []).append((spelling, False))
        made = cls()
        for half, spellings in halves.items():
            made._halves.add_word(half, (len(half), tuple(spellings)))
        made._halves.make_automaton()
        return made

    def mended(self, said: Spoken, text: str, denied: Sequence[tuple[int, int]] = ()) -> str | None:
        """Return a text with its slip mended; None when there is none to mend. What is `denied` is none: 息は苦しぐね."""
        if len(text) > _LONGEST or not len(self._halves):
            return None
        letters = romaji(said.text)
        # What it would be, and the same text with its own words in kana: 痙攣 alone costs another than けいれん.
        found: dict[str, str] = {}
        places: tuple[int, ...] = ()
        for last, (length, spellings) in self._halves.iter(letters):
            begin, after = last - length + 1, last + 1
            for spelling, is_first in spellings:
                for low, high in _spans(spelling.letters, letters, begin, after, is_first=is_first):
                    places = places or kana_places(said.text)
                    if _is_slip(said, places, low, high, spelling) and not any(
                        start <= places[high - 1] and places[low] < end for start, end in denied
                    ):
                        mended, own = _put(text, said, places[low], places[high - 1], spelling.kana)
                        found[mended] = own
        if not found:
            return None
        cost, best = min((_cost(mended), mended) for mended in found)
        return best if min(_cost(text), _cost(found[best])) - cost >= _GAIN else None


def _spellings(words: Sequence[str]) -> Iterable[Spelling]:
    """Yield the ways to say a phrase: inflected, with a particle between its words or none."""
    *first, last = words
    begins = [""]
    for word in first:
        said = spoken(word).voiced
        begins = [begin + said + particle for begin in begins for particle in _PARTICLES]
    for begin in begins:
        for end in inflected(last):
            kana = begin + end
            letters = romaji(unvoiced(kana.replace("を", "お")))
            if len(letters) >= _LEAST and kana[-1] not in "、。":
                yield Spelling(letters, kana)


def _spans(word: str, text: str, start: int, end: int, *, is_first: bool) -> Iterable[tuple[int, int]]:
    """Yield where a word stands, right or one slip off, one half of which was found at `start` to `end`."""
    if is_first:
        ends = slip_end(word, text, start)
        if ends is not None:
            yield start, ends
        return
    for before in {end - len(word) - 1, end - len(word), end - len(word) + 1}:
        if before >= 0 and slip_end(word, text, before) == end:
            yield before, end


def _cost(text: str) -> int:
    return reading_cost("".join(text.split()))


def _is_slip(said: Spoken, places: Sequence[int], low: int, high: int, spelling: Spelling) -> bool:
    """Tell whether the letters are no phrase as it should be, but could be one: a word begins there, no sentence ends."""
    first, last = places[low], places[high - 1]
    there = said.text[first : last + 1]
    return (
        first in said.begins
        and (low == 0 or places[low - 1] != first)
        and there != unvoiced(spelling.kana.replace("を", "お"))
        and not _STOPS.intersection(there)
    )


def _put(text: str, said: Spoken, first: int, last: int, kana: str) -> tuple[str, str]:
    """Return the text with kana in place of those from `first` to `last`, and with its own there, if it has kanji."""
    start, end = _character(said, first, 0), _character(said, last, 1)
    own = (
        said.voiced[first : last + 1]
        if any(first <= place <= last for place in said.kanji)
        else text[start:end]
    )
    return text[:start] + kana + text[end:], text[:start] + own + text[end:]


def _character(said: Spoken, place: int, after: int) -> int:
    """Return the character of the text where the kana at `place` begins, or ends."""
    start, end = said.origins[place]
    first = place
    while first and said.origins[first - 1] == (start, end):
        first -= 1
    size = sum(1 for origin in said.origins[first : first + end - start + 1] if origin == (start, end))
    if size == end - start:  # a word in kana: each kana is one character
        return start + place - first + after
    return end if after else start
