"""Find the concepts of the lexicon in a text: one pass over its spoken form.

A concept has forms; a form is one word or several in this order, near each other. Words are inflected when the lexicon
is made (`core.ja.inflection`), so a form is written as in a dictionary: 「息 苦しい」 also finds いぎがくるしくて.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import ahocorasick

from core.ja.inflection import inflected
from core.ja.spoken import Spoken, unvoiced
from core.ja.tokens import kanji_of

# Kana between the words of one form: 息が とても 苦しい; and between words joined by a +: 息+ない is 息がない.
GAP = 9
TIGHT = 2
_LINK = re.compile(r"\s+|\+")
# A shorter word counts only where Sudachi sees a word begin: いき is not in ていきます.
SURE_LENGTH = 7
# A word of two kana must also end where a word ends (の+とき is not のど), one of one kana (血, 目) be no particle.
ENDS_LENGTH = 2
ALONE_LENGTH = 1
# A word of three kana with other marks must end where a word ends: 苦し「さがご」ざいます is no 逆子.
MARKED_LENGTH = 3
# A word as short as やかん that stands alone is not meant where it is written with the kanji of another.
HOMOPHONE_LENGTH = 4
_STOPS = frozenset("。?")
# Kana of one word of a form, at most.
_LONGEST = 40
_APOSTROPHES = str.maketrans("’‘´`", "''''")
# So many letters are sure without accents; máu would be the Indonesian mau.
_SURE_SIGN = 9


class Naming(NamedTuple):
    """A place of the spoken form where a concept is named."""

    start: int
    end: int
    concept: str


class WordForm(NamedTuple):
    """Words in this order, in one sentence, and the concepts that have this form.

    `before` are the words before the last one, the nearest first, with the kana that may stand behind each.
    """

    before: tuple[tuple[int, int], ...]
    concepts: tuple[str, ...]


# The length of a word's beginning, and each way to write it with its marks (くるしく, くるしぐ) with the words it is of.
_Meant = tuple[int, tuple[tuple[str, tuple[int, ...]], ...]]
_NO_FORMS: Mapping[int, tuple[WordForm, ...]] = {}


@dataclass(slots=True)
class Matcher:
    """Finds forms; made once from the forms of all concepts."""

    _automaton: ahocorasick.Automaton = field(default_factory=ahocorasick.Automaton)
    # By its beginnings and kanji: 息 and いき are one word.
    _words: dict[tuple[frozenset[str], frozenset[str]], int] = field(default_factory=dict)
    # The kanji of words in kana so short that other words sound like them: 夜間 is no やかん (薬缶).
    _kanji: dict[int, frozenset[str]] = field(default_factory=dict)
    _alone: dict[int, tuple[str, ...]] = field(default_factory=dict)
    # By the last word and the first: most forms lack one of the two.
    _forms: dict[int, dict[int, tuple[WordForm, ...]]] = field(default_factory=dict)
    _written: ahocorasick.Automaton = field(default_factory=ahocorasick.Automaton)

    @classmethod
    def of(
        cls,
        forms: Mapping[str, Sequence[str]],
        gaps: Mapping[str, int] | None = None,
        written: Mapping[str, Sequence[str]] | None = None,
    ) -> "Matcher":
        """Make a matcher from the forms of each concept, as they stand in the lexicon."""
        made = cls()
        words: dict[str, int] = {}
        endings: dict[str, dict[str, set[int]]] = {}
        alone: dict[int, set[str]] = {}
        chains: dict[tuple[int, tuple[tuple[int, int], ...]], set[str]] = {}
        for concept, listed in forms.items():
            wide = (gaps or {}).get(concept, GAP)
            for form in listed:
                parts = _LINK.split(form)
                for word in parts:
                    if word not in words:
                        words[word] = made._word(word, endings)
                *first, last = (words[word] for word in parts)
                apart = (TIGHT if link == "+" else wide for link in _LINK.findall(form))
                if first:
                    before = tuple(zip(first, apart, strict=True))[::-1]
                    chains.setdefault((last, before), set()).add(concept)
                else:
                    alone.setdefault(last, set()).add(concept)
        made._alone = {word: tuple(sorted(concepts)) for word, concepts in alone.items()}
        for (last, before), concepts in chains.items():
            by_first = made._forms.setdefault(last, {})
            first_word = before[-1][0]
            by_first[first_word] = (
                *by_first.get(first_word, ()),
                WordForm(before, tuple(sorted(concepts))),
            )
        # Many beginnings are of the same words: one tuple for all of them.
        shared: dict[tuple[int, ...], tuple[int, ...]] = {}
        for ending, meant in endings.items():
            spellings = tuple(
                (voiced, shared.setdefault(numbers, numbers))
                for voiced, numbers in sorted((v, tuple(sorted(found))) for v, found in meant.items())
            )
            made._automaton.add_word(ending, (len(ending), spellings))
        made._automaton.make_automaton()
        signs: dict[str, set[str]] = {}
        for concept, listed in (written or {}).items():
            for sign in listed:
                for spelling in _spellings(sign):
                    signs.setdefault(spelling, set()).add(concept)
        for sign, concepts in signs.items():
            made._written.add_word(sign, (len(sign), tuple(concepts)))
        made._written.make_automaton()
        return made

    def written(self, text: str) -> Iterable[tuple[int, int, str]]:
        """Yield (start, end, concept) of what is found as it is written; places of the text itself."""
        if not len(self._written):
            return
        lower = text.lower().translate(_APOSTROPHES)
        for last, (length, concepts) in self._written.iter(lower):
            start, end = last - length + 1, last + 1
            if _is_apart(lower, start, end):
                for concept in concepts:
                    yield start, end, concept

    def _word(self, word: str, endings: dict[str, dict[str, set[int]]]) -> int:
        found = inflected(word) or frozenset((word.casefold(),))
        kanji = kanji_of(word) if min(map(len, found)) <= HOMOPHONE_LENGTH else frozenset[str]()
        number = self._words.setdefault((found, kanji), len(self._words))
        if kanji:
            self._kanji[number] = kanji
        for ending in found:
            endings.setdefault(unvoiced(ending), {}).setdefault(ending, set()).add(number)
        return number

    def mentions(self, text: Spoken) -> list[Naming]:
        """Return all mentions in order of their beginning; overlapping ones too."""
        places = self._places(text)
        found: set[tuple[int, int, str]] = set()
        for word, spans in places.items():
            if concepts := self._alone.get(word):
                sure = spans
                if word in self._kanji:
                    sure = [span for span in spans if not self._is_homophone(word, *span, text)]
                found.update([(start, end, concept) for concept in concepts for start, end in sure])
            by_first = self._forms.get(word, _NO_FORMS)
            for first in by_first.keys() & places.keys():
                for form in by_first[first]:
                    for start, end in _chained(form, spans, places, text.text):
                        found.update([(start, end, concept) for concept in form.concepts])
        return [Naming(*one) for one in sorted(found)]

    def _places(self, text: Spoken) -> dict[int, list[tuple[int, int]]]:
        """Return where each word of the lexicon stands."""
        places: dict[int, list[tuple[int, int]]] = {}
        if not len(self._automaton):
            return places
        begins, particles, loose = text.begins, text.particles, text.loose
        # The end of the text ends a sentence: 「脈ね」 is 「脈ね。」.
        size, voiced_text = len(text.text), text.voiced + "。"
        last: int
        meant: _Meant
        for last, meant in self._automaton.iter(text.text + "。"):
            length, spellings = meant
            start, end = last - length + 1, last + 1 if last < size else size
            # Most of what is found does not begin where a word begins.
            if length < SURE_LENGTH:
                if start not in begins:
                    continue
                if length <= ENDS_LENGTH and (
                    end not in begins or (length <= ALONE_LENGTH and start in particles)
                ):
                    continue
            there = voiced_text[start : last + 1]
            for voiced, words in spellings:
                if voiced == there or (
                    (length > MARKED_LENGTH or end in begins) and _sounds_like(voiced, there, start, loose)
                ):
                    for word in words:
                        if word in places:
                            places[word].append((start, end))
                        else:
                            places[word] = [(start, end)]
        return places

    def _is_homophone(self, word: int, start: int, end: int, text: Spoken) -> bool:
        """Tell whether a short word is written with the kanji of another."""
        there = text.kanji.get(start)
        if there is None or end - start > HOMOPHONE_LENGTH:
            return False
        own = self._kanji.get(word)
        return own is not None and own.isdisjoint(there)


def _sounds_like(voiced: str, there: str, start: int, loose: frozenset[int]) -> bool:
    """Tell whether two words differ only in marks of kana that were written as kana: 苦しぐ is 苦しく."""
    for place, (one, other) in enumerate(zip(voiced, there, strict=True), start):
        if one != other and place not in loose:
            return False
    return True


def _is_apart(text: str, start: int, end: int) -> bool:
    """Whether Latin letters do not go on: `sos` is not in `sosumi`."""
    before, after = text[start - 1 : start], text[end : end + 1]
    first, last = text[start], text[end - 1]
    return not (_is_letter(first) and _is_letter(before)) and not (_is_letter(last) and _is_letter(after))


def _is_letter(character: str) -> bool:
    """Whether it is a Latin letter; words of other scripts take endings (Nepali छातीमा)."""
    return character.isalpha() and (character < "\u0370" or "\u1e00" <= character <= "\u1eff")


def _spellings(sign: str) -> set[str]:
    """Return how a sign may be written: a long one also without its accents, 「khong tho duoc」."""
    lower = sign.lower().translate(_APOSTROPHES)
    marked = unicodedata.normalize("NFD", lower.replace("đ", "d"))
    plain = "".join(character for character in marked if not unicodedata.combining(character))
    return {lower, plain} if plain.isascii() and len(plain) >= _SURE_SIGN else {lower}


def _chained(
    form: WordForm, spans: list[tuple[int, int]], places: dict[int, list[tuple[int, int]]], text: str
) -> Iterable[tuple[int, int]]:
    """Yield where a form stands whose last word stands at `spans`: each earlier word shortly before."""
    for start, end in spans:
        begin = start
        for word, gap in form.before:
            before = _before(places.get(word, ()), begin, gap, text)
            if before is None:
                break
            begin = before
        else:
            yield begin, end


def _before(spans: Sequence[tuple[int, int]], limit: int, gap: int, text: str) -> int | None:
    """Return the beginning of the nearest span that ends at most `gap` before `limit`, in the same sentence."""
    for place in range(bisect_left(spans, (limit,)) - 1, -1, -1):
        start, end = spans[place]
        if end <= limit and limit - end <= gap and not _STOPS.intersection(text[end:limit]):
            return start
        if start < limit - gap - _LONGEST:
            return None
    return None
