"""Read what is known of the person: age, sex, pregnancy, and measurements told in words."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from bot.triage.protocols.matching import beginning_and_end
from bot.triage.protocols.patient import Patient, read_patient
from core.ja import find_durations, find_spo2, find_temperatures, form, lines_of

CHILD_BELOW_YEARS = 16  # 救急受診ガイド: a child is 15 or younger
_IN_MONTHS_BELOW = 36
# Lines with measurements that are read at each end; a whole book of temperatures has fewer.
MOST_LINES = 100


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the person.

    `audience` is `adult`, `child` or empty while unknown; `who` is what a clinician reads. `months` is the
    age, `celsius` the highest temperature, `hours` how long it has lasted, `spo2` the lowest, in %.
    `is_assumed`: whom it is about was only read from the grammar.
    """

    audience: str = ""
    who: str = ""
    months: int | None = None
    sex: str = ""
    is_pregnant: bool = False
    is_assumed: bool = False
    celsius: float | None = None
    hours: float | None = None
    spo2: int | None = None

    def with_read(self, read: "Facts") -> "Facts":
        """Return these facts with those that were read; a fact that was not read keeps its value."""
        return replace(
            self,
            audience=read.audience or self.audience,
            who=read.who or self.who,
            months=self.months if read.months is None else read.months,
            sex=read.sex or self.sex,
            is_pregnant=read.is_pregnant or self.is_pregnant,
        )

    def to_json(self) -> dict[str, Any]:
        """Return what is stored of the person, by field name; unknown facts are left out.

        Shape: `{"audience", "who", "months", "sex", "is_pregnant"}`, each optional.

        Measurements are not stored: they are read from the words again.
        """
        kept = {
            "audience": self.audience,
            "who": self.who,
            "months": self.months,
            "sex": self.sex,
            "is_pregnant": self.is_pregnant,
        }
        return {key: value for key, value in kept.items() if value not in ("", None, False)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Facts":
        """Read what `to_json` wrote."""
        return cls(**value)


def audience_of(months: int | None) -> str:
    """Return the group of an age; empty when there is none."""
    if months is None:
        return ""
    return "child" if months < CHILD_BELOW_YEARS * 12 else "adult"


def read_facts(words: str, known: Facts = Facts()) -> Facts:
    """Read the facts in a complaint, line by line; `known` (chosen, or given) counts more than what is read.

    An age in the words decides the group all the same: a tapped group does not hold against 「8歳の娘です」.
    """
    measured = _measured(words)
    found = read_patient(words)
    months = known.months if known.months is not None else found.months
    audience = audience_of(months) or known.audience or found.audience
    facts = Facts(
        audience=audience,
        months=months,
        sex=known.sex or found.sex,
        is_pregnant=known.is_pregnant or found.is_pregnant,
        is_assumed=found.is_assumed and not known.audience and known.months is None,
        celsius=max((celsius for line in measured for celsius in line.celsius), default=None),
        hours=max((hours for line in measured for hours in line.hours), default=None),
        spo2=min((spo2 for line in measured for spo2 in line.spo2), default=None),
    )
    is_chosen = known.audience in {"", audience}
    return replace(facts, who=(known.who if is_chosen else "") or _who(facts, found))


def _measured(words: str) -> "list[_Measures]":
    """Return what is measured in each line that says anything; of very many lines the first and the last are read."""
    lines = tuple(dict.fromkeys(lines_of(words)))
    if len(lines) > 2 * MOST_LINES:
        lines = lines[:MOST_LINES] + lines[-MOST_LINES:]
    return [found for line in lines if (found := _measures(line)) != NOTHING]


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
    if not name or facts.months is None:
        return name
    months = facts.months
    age = f"{months}か月" if months < _IN_MONTHS_BELOW else f"{months // 12}歳"
    return f"{name}（{age}）"
