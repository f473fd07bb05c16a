"""Find when and in which of a resident's lines the findings of a case were told, for the clinician's summary."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from bot.triage.tables.answers import Answers, read_key
from bot.triage.tables.case import Case
from bot.triage.tables.facts import Facts, read_facts
from bot.triage.tables.loader import Tables
from bot.triage.tables.model import Need
from bot.triage.tables.result import CELSIUS, PREGNANCY, SEX, SINCE, SPO2, Telling
from bot.triage.tables.rules import is_told, places_of
from core.ja import ReadText
from core.words import NO_WORDS, SURELY_PART, Words

BEGUN = "begun"
FACT_OF: Mapping[Need, str] = {"celsius": CELSIUS, "since": SINCE, "weeks": PREGNANCY}


def noted_times(before: Mapping[str, str], case: Case, answers: Answers, now: datetime) -> dict[str, str]:
    """Return when each told item and each answer came; what is new came now, what was taken back is dropped."""
    at = now.isoformat(timespec="seconds")
    return {name: before.get(name, at) for name in (BEGUN, *sorted(case.said), *answers)}


def telling_of(
    case: Case, words: Words, times: Mapping[str, str], answers: Answers, tables: Tables
) -> Telling:
    """Return when and where the findings of a case were told."""
    moments = {name: datetime.fromisoformat(at) for name, at in times.items()}
    for stored, value in answers.items():
        key = read_key(stored)
        if key is None or stored not in moments:
            continue
        if key.kind in {"which", "also"}:
            moments[value] = moments[stored]
        elif key.kind == "need":
            moments[FACT_OF.get(_need(key.names), "")] = moments[stored]
    lines = {name: _lines_telling(name, words, tables) for name in case.said}
    measured = [line for line in words if _measures(read_facts(line))]
    by_numbers = _kept(measured)
    for table in case.tables:
        for item in table.own_items:
            if item.given.is_measured:
                lines.setdefault(f"{table.id}.{item.id}", by_numbers)
    return Telling(
        begun=moments.get(BEGUN), times=moments, lines={**lines, **_lines_of_facts(case.facts, words)}
    )


def _need(names: Iterable[str]) -> Need:
    (name,) = names
    return name  # type: ignore[return-value]


def _lines_telling(name: str, words: Words, tables: Tables) -> Words:
    """Return the lines that tell an item, each by itself; all of them where only several together do."""
    if len(words.lines) == 1:
        return _kept(words)
    return _kept([line for line in words if _tells(name, line, tables)]) or _kept(words)


def _tells(name: str, line: ReadText, tables: Tables) -> bool:
    hearing = tables.lexicon.hear(line)
    return is_told(tables.told_by[name], places_of(hearing), hearing.text.text)


def _lines_of_facts(facts: Facts, words: Words) -> dict[str, Words]:
    read = [(line, read_facts(line)) for line in words]
    found: dict[str, Words] = {}
    for name, value in _values(facts).items():
        found[name] = _kept([line for line, own in read if value and _values(own)[name] == value])
    return found


def _values(facts: Facts) -> dict[str, object]:
    return {
        SEX: facts.sex,
        PREGNANCY: facts.weeks or facts.is_pregnant,
        CELSIUS: facts.celsius,
        SINCE: facts.hours,
        SPO2: facts.spo2,
    }


def _measures(facts: Facts) -> bool:
    return any(value is not None for value in (facts.celsius, facts.hours, facts.spo2))


def _kept(lines: Iterable[str]) -> Words:
    """Return lines as findings keep them: of a long one its beginning, by which it is still recognised."""
    kept = [line[:SURELY_PART] for line in lines]
    return Words.of(*kept) if kept else NO_WORDS
