"""Read what is known of the person: age, sex, pregnancy, and measurements told in words."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import Any, NamedTuple

from bot.triage.tables.patient import CHILD_MONTHS, HERSELF, Patient, audience_of, read_patient
from core.ja import (
    Age,
    ReadText,
    ends,
    find_durations,
    find_spo2,
    find_temperatures,
    form,
    lines_of,
    months_alone,
)
from core.ja.weeks import find_weeks

_IN_MONTHS_BELOW = 36
_YEAR = 12  # months
_A_DECADE = 10 * _YEAR - 1
# Lines with measurements that are read at each end; a whole book of temperatures has fewer.
MOST_LINES = 30
LONGEST = 1000  # characters read at each end of a line; the danger screen has read all of it

__all__ = ["CHILD_MONTHS", "Facts", "beginning_and_end", "read_facts"]


def beginning_and_end(text: str) -> tuple[ReadText, ...]:
    """Return the parts of a long text that are read for numbers: its beginning and its end."""
    return ends(text, LONGEST)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the person.

    `audience` is `adult`, `child` or empty while unknown; `who` is what a clinician reads. `months` is the
    age, `spread` how many months older the person may be (小2, 80代), `celsius` the highest temperature, `hours` how long it has lasted, `spo2` the lowest, in %.
    `weeks` of pregnancy: from and up to. `is_assumed`: whom it is about was only read from the grammar.
    """

    audience: str = ""
    who: str = ""
    months: int | None = None
    spread: int = 0
    sex: str = ""
    is_pregnant: bool = False
    is_assumed: bool = False
    celsius: float | None = None
    hours: float | None = None
    spo2: int | None = None
    weeks: tuple[int, int] | None = None

    @property
    def is_herself(self) -> bool:
        """Whether the person writes about herself."""
        return self.who == HERSELF or self.who.startswith(f"{HERSELF}（")

    @property
    def age_range(self) -> tuple[float, float]:
        """The youngest and the oldest age that the person can have, in months."""
        if self.months is not None:
            return self.months, self.months + self.spread
        return {"child": (0.0, CHILD_MONTHS - 1.0), "adult": (CHILD_MONTHS, inf)}.get(
            self.audience, (0.0, inf)
        )

    @property
    def age(self) -> Age | None:
        """The age; None while unknown."""
        return None if self.months is None else Age(self.months, self.spread)

    def with_age(self, age: Age | None) -> "Facts":
        """Return these facts with an age, or without one."""
        months, spread = (age.months, age.spread) if age else (None, 0)
        return replace(self, months=months, spread=spread)

    def with_read(self, read: "Facts") -> "Facts":
        """Return these facts with those that were read; a fact that was not read keeps its value."""
        return replace(
            self.with_age(read.age or self.age),
            audience=read.audience or self.audience,
            who=read.who or self.who,
            sex=read.sex or self.sex,
            is_pregnant=read.is_pregnant or self.is_pregnant,
            weeks=read.weeks or self.weeks,
        )

    def to_json(self) -> dict[str, Any]:
        """Return what is stored of the person, by field name; unknown facts are left out.

        Shape: `{"audience", "who", "months", "spread", "sex", "is_pregnant", "weeks"}`, each optional.

        Measurements are not stored: they are read from the words again.
        """
        kept = {
            "audience": self.audience,
            "who": self.who,
            "months": self.months,
            "spread": self.spread or None,
            "sex": self.sex,
            "is_pregnant": self.is_pregnant,
            "weeks": list(self.weeks) if self.weeks else None,
        }
        return {key: value for key, value in kept.items() if value not in ("", None, False)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Facts":
        """Read what `to_json` wrote."""
        weeks = value.get("weeks")
        return cls(**{**value, "weeks": tuple(weeks) if weeks else None})


def read_facts(words: str, known: Facts = Facts()) -> Facts:
    """Read the facts in a complaint, line by line; `known` (chosen, or given) counts more than what is read.

    An age in the words decides the group all the same: a tapped group does not hold against 「8歳の娘です」.
    """
    found = read_patient(words)
    age = known.age or found.age or _answered_age(words, known.audience or found.audience)
    measured = _measured(words, age)
    audience = audience_of(age) or known.audience or found.audience
    facts = Facts(
        audience=audience,
        sex=known.sex or found.sex,
        is_pregnant=known.is_pregnant or found.is_pregnant,
        is_assumed=found.is_assumed and not known.audience and known.age is None,
        celsius=max((celsius for line in measured for celsius in line.celsius), default=None),
        hours=max((hours for line in measured for hours in line.hours), default=None),
        spo2=min((spo2 for line in measured for spo2 in line.spo2), default=None),
        weeks=known.weeks or find_weeks(words),
    ).with_age(age)
    is_chosen = known.audience in {"", audience}
    return replace(facts, who=(known.who if is_chosen else "") or _who(facts, found))


def _answered_age(words: str, audience: str) -> Age | None:
    """Return the age of a child that a line tells by months alone: 「8か月です」."""
    if audience != "child":
        return None
    told = {age for line in lines_of(words) if (age := months_alone(line)) and age.months < _IN_MONTHS_BELOW}
    return told.pop() if len(told) == 1 else None


def _measured(words: str, age: Age | None) -> "list[_Measures]":
    """Return what is measured in each line that says anything; of very many lines the first and the last are read.

    「8か月」 as the answer to "how old" is no duration.
    """
    lines = tuple(dict.fromkeys(lines_of(words)))
    if len(lines) > 2 * MOST_LINES:
        lines = lines[:MOST_LINES] + lines[-MOST_LINES:]
    told = (line for line in lines if age is None or months_alone(line) != age)
    return [found for line in told if (found := _measures(line)) != NOTHING]


@form
def _measures(line: str) -> "_Measures":
    """Return the values in a line; of a long one its beginning and its end are read."""
    parts = beginning_and_end(line)
    return _Measures(
        tuple(found.value for part in parts for found in find_temperatures(part)),
        tuple(found.value.hours for part in parts for found in find_durations(part)),
        tuple(found.value for part in parts for found in find_spo2(part)),
    )


class _Measures(NamedTuple):
    """Values told in a line: °C, hours, %."""

    celsius: tuple[float, ...] = ()
    hours: tuple[float, ...] = ()
    spo2: tuple[int, ...] = ()


NOTHING = _Measures()


def _who(facts: Facts, found: Patient) -> str:
    """Return the name of the person with the age: 「娘（3歳）」, 「子ども」, 「本人」."""
    fits = found.label and found.audience == facts.audience
    name = found.label if fits else {"child": "子ども", "adult": "大人"}.get(facts.audience, "")
    return f"{name}（{_written(facts.age)}）" if name and facts.age else name


def _written(age: Age) -> str:
    """Return an age as staff read it: 8か月, 3歳, 7〜8歳, 80代, 生後3か月くらいまで."""
    if not age.spread:
        return f"{age.months}か月" if age.months < _IN_MONTHS_BELOW else f"{age.years}歳"
    if age.spread == _A_DECADE:
        return f"{age.years}代"
    if age.oldest < _IN_MONTHS_BELOW:
        return f"{age.months}〜{age.oldest}か月" if age.months else f"{age.oldest}か月まで"
    last = age.oldest // _YEAR
    return f"{age.years}歳" if last == age.years else f"{age.years}〜{last}歳"
