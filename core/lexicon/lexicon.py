"""Hear concepts in a text, each with what is said of it: present, or denied, past, hypothetical, figurative, another's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from core.ja.age import Age
from core.ja.ages import find_ages
from core.ja.frames import asked_cases
from core.ja.numerals import Mention
from core.ja.quantities import find_spo2, find_temperatures
from core.ja.quick_pattern import find_quickly, quick_pattern
from core.ja.read_text import ReadText
from core.ja.spoken import Spoken, plain_kana, spoken, unvoiced
from core.ja.tokens import sudachi_parts
from core.ja.vital_signs import find_breaths, find_pressures, find_pulses, find_sugars
from core.lexicon.denials import denied
from core.lexicon.matcher import Matcher, Naming
from core.lexicon.mender import Mender
from core.lexicon.places import Places
from core.lexicon.reach import CUE, ONLY_WITH, UNLESS, UNTIL, Clauses, reaches

if TYPE_CHECKING:
    # Rasa's environment, which hears with this module, has another pydantic and reads the files by itself.
    from core.lexicon.concepts import ConceptContent, CueContent, Kind, LexiconContent

READERS: Mapping[str, Callable[[str], tuple[Mention[float] | Mention[int] | Mention[Age], ...]]] = {
    "spo2": find_spo2,
    "temperature": find_temperatures,
    "age_months": find_ages,
    "pressure": find_pressures,
    "pulse": find_pulses,
    "breaths": find_breaths,
    "sugar": find_sugars,
}
# Longer words that hold a form, in the matcher.
_NOT_IN = "not_in:"
# Kana of what is surely denied; shorter ones are in many a slip.
_SURE = 4


class Heard(NamedTuple):
    """A concept in a text (`start`, `end` in its spoken form); `said` is empty when it is simply present."""

    start: int
    end: int
    concept: str
    said: frozenset[Kind] = frozenset()


@dataclass(frozen=True, slots=True)
class Hearing:
    """What was heard in one text."""

    text: Spoken
    heard: tuple[Heard, ...]

    def of(self, concept: str) -> list[Heard]:
        """Return the places of one concept, in order."""
        return [one for one in self.heard if one.concept == concept]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Lexicon:
    """All concepts and cues, ready to hear texts."""

    concepts: frozenset[str]
    cues: Mapping[str, CueContent]
    matcher: Matcher
    values: tuple[tuple[str, ConceptContent], ...] = ()
    # What a concept denies by itself: 合わ of 目が合わない.
    bases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    patterns: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = ()
    mender: Mender = field(default_factory=Mender)
    # Concepts that only tables name. They are long (薬 たくさん 飲む), and whole they are denied where no sign of danger
    # within them is: what a danger names is heard as if they were not there.
    of_tables: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        """Stand for the content in a logged traceback, which it would fill for minutes."""
        return f"Lexicon({len(self.concepts)} concepts)"

    def mended(self, text: str) -> str | None:
        """Return a text with the slip of the thumb mended that keeps an emergency from being heard; None when there is none."""
        text = ReadText(text)
        denials = [
            (one.start, one.end)
            for one in self.hear(text).heard
            if "denied" in one.said and one.end - one.start >= _SURE and one.concept not in self.of_tables
        ]
        return self.mender.mended(spoken(text), text, denials)

    def hear(self, text: str) -> Hearing:
        """Return what a text says; made once for a `ReadText`."""
        return ReadText(text).form(self._hear)

    def _hear(self, text: str) -> Hearing:
        text = ReadText(text)
        said = spoken(text)
        measured = frozenset(self._measured(text, said))
        mentions = sorted([*self.matcher.mentions(said), *self._written(text, said), *measured])
        longer = _by_concept(mentions, _NOT_IN)
        found = [m for m in mentions if m.concept not in longer or not _is_inside(m, longer[m.concept])]
        named = Places.of(m for m in found if m.concept in self.concepts)
        kinds = self._kinds(found, named, said)
        for m in self._denied([m for m in named.all if m not in measured], said):
            kinds.setdefault(m, set()).add("denied")
        heard = (Heard(*m, frozenset(kinds[m])) if m in kinds else Heard(*m) for m in named.all)
        return Hearing(said, tuple(heard))

    def _denied(self, named: Sequence[Naming], said: Spoken) -> Iterable[Naming]:
        """Yield what is denied: of what dangers name among themselves, of the rest among all."""
        grave = [m for m in named if m.concept not in self.of_tables]
        yield from denied(Places.of(grave), said, self.bases)
        if len(grave) < len(named):
            among_all = denied(Places.of(named), said, self.bases)
            yield from (m for m in among_all if m.concept in self.of_tables)

    def _kinds(self, found: Sequence[Naming], named: Places[Naming], said: Spoken) -> dict[Naming, set[Kind]]:
        """Return what the cues, and questions about mere cases, say of what is named."""
        kinds: dict[Naming, set[Kind]] = {}
        clauses = Clauses(said.text)
        for reach in reaches(self.cues, found, named, said.text):
            kind = reach.cue.kind
            for one in named.near(min(reach.low, reach.place.start), max(reach.high, reach.place.end)):
                if kind not in kinds.get(one, ()) and reach.is_about(one, clauses):
                    kinds.setdefault(one, set()).add(kind)
        for low, high in asked_cases(said):
            for one in named.near(low, high):
                if low < one.end <= high:
                    kinds.setdefault(one, set()).add("hypothetical")
        return kinds

    def _written(self, text: str, said: Spoken) -> Iterable[Naming]:
        """Yield what is found as it is written, at its place in the spoken form."""
        for start, end, concept in self.matcher.written(text):
            yield _placed(start, end, concept, said)
        for pattern, concepts in self.patterns:
            for start, end in find_quickly(pattern, text):
                for concept in concepts:
                    yield _placed(start, end, concept, said)

    def _measured(self, text: str, said: Spoken) -> Iterable[Naming]:
        """Yield measurements that are concepts, at their places in the spoken form."""
        read = {value: READERS[value](text) for value in {m.value for _, m in self.values if m.value}}
        for name, concept in self.values:
            for found in read[concept.value] if concept.value else ():
                if concept.at_least <= _number(found.value) <= concept.at_most:
                    yield _placed(found.start, found.end, name, said)


def _placed(start: int, end: int, concept: str, said: Spoken) -> Naming:
    """Return a mention at the places of the spoken form that stand for `start` to `end` of the text."""
    return Naming(*said.place(start, end), concept)


def _number(value: float | Age) -> float:
    return value.months if isinstance(value, Age) else value


def _by_concept(mentions: Iterable[Naming], prefix: str) -> dict[str, Places[Naming]]:
    """Return the places of names with this prefix, by what follows it."""
    found: dict[str, list[Naming]] = {}
    for one in mentions:
        if one.concept.startswith(prefix):
            found.setdefault(one.concept.removeprefix(prefix), []).append(one)
    return {name: Places.of(places) for name, places in found.items()}


def _is_inside(one: Naming, longer: Places[Naming]) -> bool:
    return next(longer.around(one.start, one.end), None) is not None


def _named(word: str, lists: Mapping[str, Sequence[str]]) -> Sequence[str]:
    """Return the words of `@list`, or the word itself."""
    return lists[word.removeprefix("@")] if word.startswith("@") else (word,)


def make_lexicon(content: LexiconContent) -> Lexicon:
    """Make the lexicon from its content."""
    forms: dict[str, tuple[str, ...]] = {UNTIL: content.context.until}
    gaps: dict[str, int] = {UNTIL: 2}
    for name, concept in content.concepts.items():
        forms[name], gaps[name] = concept.forms, concept.gap
        forms[_NOT_IN + name], gaps[_NOT_IN + name] = concept.not_in, concept.gap
    listed = content.context.lists
    for name, cue in content.context.cues.items():
        parts = {CUE: cue.forms, UNTIL: cue.until, UNLESS: cue.unless, ONLY_WITH: cue.only_with}
        for part, words in (*parts.items(), (_NOT_IN + CUE, cue.not_in)):
            forms[part + name] = tuple(form for word in words for form in _named(word, listed))
            gaps[part + name] = cue.gap
    written = {name: concept.written for name, concept in content.concepts.items() if concept.written}
    written |= {CUE + name: cue.written for name, cue in content.context.cues.items() if cue.written}
    values = tuple((name, concept) for name, concept in content.concepts.items() if concept.value)
    return Lexicon(
        frozenset(content.concepts),
        content.context.cues,
        Matcher.of(forms, gaps, written),
        values,
        _bases(content),
        _patterns(content),
        Mender.of(content.context.slips),
        content.of_tables,
    )


def _patterns(content: LexiconContent) -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    """Return the patterns of the cues, each with the cues that have it."""
    found: dict[str, list[str]] = {}
    for name, cue in content.context.cues.items():
        if cue.patterns:
            found.setdefault("|".join(cue.patterns), []).append(CUE + name)
    return tuple((quick_pattern(pattern), tuple(names)) for pattern, names in found.items())


def _bases(content: LexiconContent) -> Mapping[str, tuple[str, ...]]:
    """Return what each concept denies by itself: 合わ of 目+合わない, 開け of 開けず."""
    found: dict[str, set[str]] = {}
    for name, concept in content.concepts.items():
        for word in {
            re.split(r"[\s+]", form)[-1] for form in concept.forms if form.endswith(("ない", "ず", "な"))
        }:
            base = "".join(part[-1] for part in sudachi_parts(word))
            found.setdefault(name, set()).add(unvoiced(plain_kana(base.removesuffix("い")[:-1])))
    return {name: tuple(bases - {""}) for name, bases in found.items()}


@lru_cache(maxsize=4)
def load_lexicon(data_dir: Path = Path("data")) -> Lexicon:
    """Return the lexicon of a data folder.

    Raises:
        ContentError: the content is missing or broken; says where and why.
    """
    from core.lexicon.concepts import read_lexicon  # noqa: PLC0415 - Rasa's environment has another pydantic

    return make_lexicon(read_lexicon(data_dir))
