"""Open the case for a complaint: what was told, about whom, and the tables to ask. Never the table of other ages."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.triage.tables.facts import Facts, read_facts
from bot.triage.tables.loader import OTHER, Tables, common_items, item_name
from bot.triage.tables.model import Common, Complaint, Item, Table
from bot.triage.tables.rules import Heards, is_told, places_of
from core.ja import ReadText, find_temperatures, folded_lines
from core.lexicon.concepts import Kind

MAX_TABLES = 2  # questions of more tables make a consultation longer, not safer
OLD_YEARS = 75  # from this age on, being unlike oneself is a complaint of its own
UNWELL = "unwell"
_NOTHING: frozenset[Kind] = frozenset()
_PAST: frozenset[Kind] = frozenset({"past"})
# Concepts that say that it has passed off, and that it was not today.
PASSED_OFF = "passed_off"
_LONG_AGO = frozenset({"long_ago", "last_year"})
# Whose temperature is no fever to ask about.
_PETS = re.compile(r"(?:犬|いぬ|猫|ねこ|ぺっと|うさぎ|はむすたー)(?:が|の|は)(?!いる|い|好)")


@dataclass(frozen=True, slots=True)
class Asked:
    """An item of a case with its name among all; `table` is None for the items that all tables share."""

    name: str
    item: Item
    table: Table | None


@dataclass(frozen=True, slots=True)
class Case:
    """One consultation: what was told, about whom, and the tables to ask, the most dangerous first.

    `complaints` are all that were heard; `left_out` those of them that no table of these ages knows or that were one too
    many. `said` and `denied` are names of items whose words were told, or denied; whether an item is told depends on
    numbers too. `off_topic` are items and lines about something that was not told. Without `tables`, ask whom it is about first.
    """

    facts: Facts
    complaints: tuple[Complaint, ...]
    tables: tuple[Table, ...]
    left_out: tuple[Complaint, ...]
    common: Common
    said: frozenset[str] = frozenset()
    denied: frozenset[str] = frozenset()
    off_topic: frozenset[str] = frozenset()

    def lines(self, kind: str) -> tuple[str, ...]:
        """Return the lines of one kind (`home`, `worse`, `sooner`, `mild`) of all tables that fit what was told."""
        return tuple(
            line.text
            for table in self.tables
            for name, line in table.lines.items()
            if name.startswith(f"{kind}.") and item_name(table.id, name) not in self.off_topic
        )

    @property
    def needs_who(self) -> bool:
        """Whether the person's age group is unknown and decides what to ask."""
        # Without an age group there are tables only where a sign was told that is red at any age.
        return not self.tables

    @property
    def is_general(self) -> bool:
        """Whether a part of the complaint has no table of its own."""
        return any(table.complaint == OTHER for table in self.tables)

    def is_told(self, one: Asked, facts: Facts) -> bool:
        """Whether the words and numbers already say that an item applies."""
        item = one.item
        if item.for_sex and facts.sex and facts.sex != item.for_sex:
            return False
        if item.told_by:
            return one.name in self.said and (item.given.is_empty or item.given.holds(facts))
        return (item.decides or item.given.is_measured) and item.given.holds(facts)


def names_complaint(text: str, tables: Tables) -> bool:
    """Whether a text names a symptom, an injury, or a part of the body that hurts, without denying it."""
    return bool(told_complaints(text, tables))


def told_complaints(text: str, tables: Tables) -> tuple[Complaint, ...]:
    """Return the complaints in a text, the most dangerous first."""
    return ReadText(text).form(_told_complaints, tables)


def _told_complaints(text: str, tables: Tables) -> tuple[Complaint, ...]:
    hearing = tables.lexicon.hear(text)
    places, spoken = places_of(hearing), hearing.text.text
    found = []
    for one in tables.complaints.complaints:
        if is_told(tables.heard_by[f"not {one.id}"], places, spoken):
            continue
        is_measured = one.celsius_from is not None and _highest_temperature(text) >= one.celsius_from
        has_passed = PASSED_OFF in places and not _LONG_AGO.intersection(places)
        allows = _PAST if one.is_passing and has_passed else _NOTHING
        if is_measured or is_told(tables.heard_by[one.id], places, spoken, allows):
            found.append(one)
    return tuple(found)


def _highest_temperature(text: str) -> float:
    if _PETS.search(folded_lines(text)):
        return 0.0
    return max((found.value for found in find_temperatures(text)), default=0.0)


def open_case(complaint: str, known: Facts, tables: Tables) -> Case:
    """Open the case for a complaint (the resident's words, line by line); `known` was chosen or given."""
    facts = read_facts(complaint, known)
    found = told_complaints(complaint, tables)
    hearing = tables.lexicon.hear(complaint)
    places, spoken = places_of(hearing), hearing.text.text
    asked, left_out = _chosen(_asked_about(found, facts, tables), facts, tables)
    if not facts.audience:
        # A red sign that was told counts at any age; all else waits for the age group.
        asked, left_out = _with_red_told(found, facts, tables, places, spoken), ()
    named = [*_named("", common_items(tables.common)), *(n for t in asked for n in _named(t.id, t.own_items))]
    said = frozenset(
        name for name, item in named if is_told(tables.told_by[name], places, spoken) if item.told_by
    )
    # A red item holds several signs in one line: that one of them is denied says nothing of the others.
    denied = frozenset(
        name
        for name, item in named
        if item.told_by and not item.danger and name not in said and _is_denied(tables, name, places)
    )
    ids = {table.id for table in asked}
    off_topic = frozenset(
        name
        for name, rules in tables.about.items()
        if name.partition(".")[0] in ids and not is_told(rules, places, spoken)
    )
    return Case(facts, found, asked, left_out, tables.common, said, denied, off_topic)


def _named(table: str, items: Iterable[Item]) -> Iterator[tuple[str, Item]]:
    return ((item_name(table, item.id), item) for item in items)


def _is_denied(tables: Tables, name: str, places: Heards) -> bool:
    rules = tables.told_by[name]
    states = [rule.is_denied(places) for rule in rules]
    # Other rules of the item may still hold unsaid: only when nothing else could tell it.
    return any(states) and all(rule.is_single for rule in rules)


def _asked_about(found: Sequence[Complaint], facts: Facts, tables: Tables) -> tuple[Complaint, ...]:
    """Return the complaints to ask about: without what another one decides, and without mere companions.

    Only a complaint that has a table for this person decides another.
    """
    deciding = [one for one in found if one.stops and _table(one.id, facts, tables)]
    stopped = {name for one in deciding for name in one.stops}
    left = [one for one in found if one.id not in stopped]
    own = [one for one in left if not one.is_companion]
    if not own:
        return tuple(left[:1])
    is_old = facts.months is not None and facts.months >= OLD_YEARS * 12
    return (*own, *(one for one in left if is_old and one.id == UNWELL))


def _chosen(
    complaints: Sequence[Complaint], facts: Facts, tables: Tables
) -> tuple[tuple[Table, ...], tuple[Complaint, ...]]:
    """Return the tables to ask, and the complaints that none of them can judge."""
    chosen: list[Table] = []
    left_out: list[Complaint] = []
    for one in complaints:
        table = _table(one.id, facts, tables)
        if table is None:
            left_out.append(one)
        elif table not in chosen:
            chosen.append(table)
    # What comes one too late is milder: it stands in the summary.
    chosen = chosen[:MAX_TABLES]
    general = _table(OTHER, facts, tables)
    if general and (left_out or not chosen) and len(chosen) < MAX_TABLES and general not in chosen:
        chosen.append(general)
    return tuple(chosen), tuple(left_out)


def _table(complaint: str, facts: Facts, tables: Tables) -> Table | None:
    """Return the table for a complaint and a person: one that names whom it is for before one for all."""
    fitting = [
        table
        for table in tables.of(complaint)
        if table.audience in {"all", facts.audience}
        and not (table.for_sex and facts.sex and facts.sex != table.for_sex)
        and table.given.state(facts) is not False
    ]
    return min(
        fitting, key=lambda table: (table.given.state(facts) is None, table.given.is_empty), default=None
    )


def _with_red_told(
    found: Sequence[Complaint], facts: Facts, tables: Tables, places: Heards, spoken: str
) -> tuple[Table, ...]:
    """Return the tables, of any age group, with a red item that the words already answer."""
    measured = any(not i.given.is_empty and i.given.holds(facts) for i in tables.common.measured)
    listed = dict.fromkeys(table for one in found for table in tables.of(one.id) if table.complaint != OTHER)
    told = [
        table
        for table in listed
        if measured
        or any(
            i.told_by
            and not (i.for_sex and facts.sex and facts.sex != i.for_sex)
            and (i.given.is_empty or i.given.holds(facts))
            and is_told(tables.told_by[item_name(table.id, i.id)], places, spoken)
            for i in table.red
        )
    ]
    return tuple(told[:MAX_TABLES])
