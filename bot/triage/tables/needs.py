"""The facts that a table needs and asks for in numbers: age, body temperature, since when, weeks of pregnancy.

An answer is stored as the value it stands for; what is typed instead of tapped is read as a number.
"""

from collections.abc import Mapping
from dataclasses import replace

from bot.triage.tables.facts import Facts
from bot.triage.tables.model import Need
from bot.triage.tables.patient import stated_age
from core.ja import Age, ReadText, read_duration, read_temperature
from core.ja.weeks import stated_weeks

UNKNOWN = "unknown"
# Values by need; ages in months (from-to), °C, hours, weeks (from-to). The labels stand in `data/messages`.
AGES_OF_CHILDREN = ("0-2", "3-5", "6-11", "12-71", "72-191")
AGES_OF_ADULTS = ("192-479", "480-779", "780-899", "900-1320")
VALUES: Mapping[Need, tuple[str, ...]] = {
    "celsius": ("37.5", "38.0", "38.5", "39.0", "40.0", UNKNOWN),
    "since": ("12", "30", "54", "78", "102", "168", UNKNOWN),
    "weeks": ("4-11", "12-21", "22-36", "37-42", UNKNOWN),
}


def values_of(need: Need, *, for_child: bool) -> tuple[str, ...]:
    """Return the values that the buttons of a question stand for."""
    if need == "age":
        return AGES_OF_CHILDREN if for_child else AGES_OF_ADULTS
    return VALUES[need]


def typed_value(need: Need, text: ReadText) -> str:
    """Return the value that words tell; empty when they tell none."""
    match need:
        case "age":
            age = stated_age(text)
            return f"{age.months}-{age.oldest}" if age else ""
        case "celsius":
            celsius = read_temperature(text)
            return "" if celsius is None else str(celsius)
        case "since":
            lasted = read_duration(text)
            return "" if lasted is None else str(lasted.hours)
        case "weeks":
            weeks = stated_weeks(text)
            return "" if weeks is None else f"{weeks[0]}-{weeks[1]}"


def with_needs(facts: Facts, answers: Mapping[str, str]) -> Facts:
    """Return the facts with the numbers that were answered; what words told counts more."""
    for need, value in answers.items():
        if value == UNKNOWN:
            continue
        match need:
            case "age" if facts.months is None:
                facts = facts.with_age(answered_age(value))
            case "celsius" if facts.celsius is None:
                facts = replace(facts, celsius=float(value))
            case "since" if facts.hours is None:
                facts = replace(facts, hours=float(value))
            case "weeks" if facts.weeks is None:
                facts = replace(facts, weeks=_span(value))
            case _:
                pass
    return facts


def answered_age(value: str) -> Age:
    """Return the age of an answer."""
    low, high = _span(value)
    return Age(low, high - low)


def _span(value: str) -> tuple[int, int]:
    low, _, high = value.partition("-")
    return int(low), int(high or low)
