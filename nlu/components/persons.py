"""Tell about whom a message is: by words for persons, and by ages."""

from dataclasses import dataclass
from typing import Dict, Iterable, List, Sequence

from core.ja import Age, Mention

ELDERLY_FROM = 65  # years
CHILD_UNTIL = 15
# With a word for a child also the last years at school.
PUPIL_UNTIL = 17
_MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class Person:
    """A person a message is about (self, child, baby, elderly, pregnant), and where the words stand that say so."""

    value: str
    start: int
    end: int


def persons_meant(words: Sequence[Person], ages: "Iterable[Mention[Age]]") -> List[Person]:
    """Return each person once: the words that the ages do not contradict, and whom the ages tell.

    「5か月の孫」 is a baby, 「35歳の息子」 no child, 「母79」 an elderly person.
    """
    told = [(age.value.months / _MONTHS_A_YEAR, age.start, age.end) for age in ages]
    years = [age for age, _, _ in told]
    found: Dict[str, Person] = {}
    for word in words:
        value = _with_ages(word.value, {one.value for one in words}, years)
        if value:
            found.setdefault(value, Person(value, word.start, word.end))
    for age, start, end in told:
        if age >= ELDERLY_FROM:
            found.setdefault("elderly", Person("elderly", start, end))
        elif age <= CHILD_UNTIL:
            found.setdefault(_young(age), Person(_young(age), start, end))
    return list(found.values())


def _with_ages(value: str, persons: "set[str]", years: Sequence[float]) -> str:
    """Return which person a word means beside these persons and ages; empty when nobody."""
    if value not in {"child", "baby"}:
        return value
    if not years:
        # 「娘が妊娠中」 is about her, 「生後まもない孫」 about a baby.
        return "" if value == "child" and persons & {"pregnant", "baby"} else value
    young = [age for age in years if age <= PUPIL_UNTIL]
    if young:
        return _young(min(young))
    # The age may be that of whoever writes, or of somebody else who is ill too.
    return value if persons & {"self", "elderly"} else ""


def _young(years: float) -> str:
    return "baby" if years < 1 else "child"
