"""Every way through every table: levels, what raises, doubt, and how long it takes."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.triage.tables.answers import NO, UNKNOWN, YES
from bot.triage.tables.case import Case
from bot.triage.tables.engine import MAX_MORE_SCREENS, Question, level_of, remaining
from bot.triage.tables.facts import Facts
from bot.triage.tables.loader import common_items, item_name
from bot.triage.tables.model import MAX_ITEMS, Item
from bot.triage.tables.needs import UNKNOWN as NOT_MEASURED
from bot.triage.tables.result import Result
from core.db.tables import Urgency
from core.urgency import one_up
from tests.triage.cases import (
    IDS,
    LISTS,
    TABLES,
    Walk,
    as_if,
    case_of,
    is_for,
    persons,
    rank,
    step_of,
    values,
    walk,
    ways,
)

MOST_QUESTIONS = 10
PROPERTY = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def items_of(case: Case) -> dict[str, Item]:
    """Return the items of a case by name."""
    own = {item_name(table.id, item.id): item for table in case.tables for item in table.own_items}
    return own | {item_name("", item.id): item for item in common_items(case.common)}


@dataclass(frozen=True, slots=True)
class Told:
    """Whom it is about, what is asked, and which items were told or denied."""

    tables: tuple[str, ...]
    facts: Facts
    said: frozenset[str]
    denied: frozenset[str]

    @property
    def case(self) -> Case:
        case = case_of(self.tables[0], self.facts, *self.tables[1:])
        return replace(case, said=self.said, denied=self.denied)


@st.composite
def told(draw: st.DrawFn) -> Told:
    """Draw one table or two for a person whom they fit."""
    first = draw(st.sampled_from(IDS))
    facts = draw(persons(TABLES[first]))
    fitting = [name for name in IDS if name != first and is_for(TABLES[name], facts)]
    tables = (first, *draw(st.lists(st.sampled_from(fitting), max_size=1)))
    names = sorted(
        name for name, item in items_of(case_of(*tables[:1], facts, *tables[1:])).items() if item.told_by
    )
    said = draw(st.frozensets(st.sampled_from(names), max_size=2))
    denied = draw(st.frozensets(st.sampled_from(names), max_size=2)) - said
    celsius = draw(st.none() | st.sampled_from([36.5, 37.8, 38.6, 40.5]))
    hours = draw(st.none() | st.sampled_from([2.0, 30.0, 100.0]))
    return Told(tables, replace(facts, celsius=celsius, hours=hours), said, denied)


def found_in(case: Case, most: int = 4) -> st.SearchStrategy[frozenset[str]]:
    """Draw items that are true of the person."""
    return st.frozensets(st.sampled_from(sorted(items_of(case))), max_size=most)


def random_walk(case: Case, data: st.DataObject) -> Walk:
    return walk(case, lambda question: data.draw(st.sampled_from(values(question))))


# All ways


@PROPERTY
@given(st.data())
def test_every_way_ends_soon_with_advice_and_a_department(data: st.DataObject) -> None:
    case = data.draw(told()).case
    found = random_walk(case, data)
    assert len(found.questions) <= MOST_QUESTIONS, found.kinds
    assert found.result.advice
    assert found.result.departments
    assert found.result.worse


@PROPERTY
@given(st.data())
def test_a_list_is_short_and_no_item_is_asked_twice_or_without_need(data: st.DataObject) -> None:
    """What was told or denied, and what cannot be, is never on a list."""
    case = data.draw(told()).case
    found = random_walk(case, data)
    listed: list[str] = []
    for question in found.questions:
        if question.kind not in LISTS:
            continue
        assert 1 <= len(question.items) <= MAX_ITEMS
        texts = [one.item.text for one in question.items]
        assert len(set(texts)) == len(texts)
        listed += [one.name for one in question.items]
        for one in question.items:
            # Words that tell it and a number that is still open: then it is asked.
            assert not case.is_told(one, case.facts)
            assert one.name not in case.said or not one.item.given.is_empty
            assert one.name not in case.denied
            assert not one.item.is_told_only
            assert not (one.item.for_sex and case.facts.sex and one.item.for_sex != case.facts.sex)
            assert not (one.item.for_others and case.facts.is_herself)
            assert one.item.given.state(case.facts) is not False
    assert len(set(listed)) == len(listed)


@PROPERTY
@given(st.data())
def test_red_ends_the_questions(data: st.DataObject) -> None:
    case = data.draw(told()).case
    found = random_walk(case, data)
    for index, question in enumerate(found.questions):
        if question.kind in {"red", "seen"} and found.answers[question.key.stored] == YES:
            assert found.urgency is Urgency.RED
            assert index == len(found.questions) - 1
    if rank(level_of(case, {})) == 0:
        assert not found.questions


# Levels


@PROPERTY
@given(st.data())
def test_what_is_true_besides_never_lowers_the_level(data: st.DataObject) -> None:
    """Only green items that explain the complaint (`settles`) may bring a table's end down to green."""
    case = data.draw(told()).case
    few = data.draw(found_in(case))
    is_well = data.draw(st.booleans())
    more = frozenset(name for name in data.draw(found_in(case)) if not items_of(case)[name].settles)
    lower, higher = walk(case, as_if(few, well=is_well)), walk(case, as_if(few | more, well=is_well))
    assert rank(higher.urgency) <= rank(lower.urgency), (few, more)


@PROPERTY
@given(st.data())
def test_a_doubt_never_ends_milder_than_a_no(data: st.DataObject) -> None:
    case = data.draw(told()).case
    has = data.draw(found_in(case))
    unsure = data.draw(found_in(case, 6))
    is_well = data.draw(st.booleans())
    sure, doubting = walk(case, as_if(has, well=is_well)), walk(case, as_if(has, well=is_well, unsure=unsure))
    assert rank(doubting.urgency) <= rank(sure.urgency)
    if any(value == UNKNOWN and not key.startswith("need:") for key, value in doubting.answers.items()):
        assert doubting.urgency is not Urgency.WHITE


@PROPERTY
@given(st.data())
def test_not_being_well_never_ends_milder(data: st.DataObject) -> None:
    case = data.draw(told()).case
    has = data.draw(found_in(case))
    well, unwell = walk(case, as_if(has, well=True)), walk(case, as_if(has, well=False))
    assert rank(unwell.urgency) <= rank(well.urgency)


@PROPERTY
@given(st.data())
def test_the_end_is_never_below_what_was_found(data: st.DataObject) -> None:
    case = data.draw(told()).case
    found = random_walk(case, data)
    for one, level in found.result.found:
        assert rank(found.urgency) <= rank(level), one.name


@PROPERTY
@given(st.data())
def test_the_level_never_falls_while_questions_are_answered(data: st.DataObject) -> None:
    case = data.draw(told()).case
    answers: dict[str, str] = {}
    level = level_of(case, answers)
    while isinstance(step := step_of(case, answers), Question):
        answers[step.key.stored] = data.draw(st.sampled_from(values(step)))
        reached = level_of(case, answers)
        assert rank(reached) <= rank(level), answers
        level = reached
    assert rank(step.urgency) <= rank(level)


@PROPERTY
@given(st.data())
def test_nor_does_it_fall_by_going_back(data: st.DataObject) -> None:
    """As the consultation does: the level reached is the floor of what is answered anew."""
    case = data.draw(told()).case
    answers: dict[str, str] = {}
    floor = Urgency.WHITE
    for _ in range(12):
        step = step_of(case, answers, floor)
        if isinstance(step, Result):
            assert rank(step.urgency) <= rank(floor)
            return
        if answers and data.draw(st.booleans()):
            floor = min(floor, level_of(case, answers), key=rank)
            answers.popitem()
        else:
            answers[step.key.stored] = data.draw(st.sampled_from(values(step)))


@PROPERTY
@given(st.data())
def test_what_raises_does_so_by_one_level_and_never_to_red(data: st.DataObject) -> None:
    case = data.draw(told()).case
    found = random_walk(case, data)
    if not found.result.raising:
        return
    assert found.urgency is not Urgency.RED
    levels = [level for _, level in found.result.found]
    by_itself = min(levels, key=rank, default=Urgency.WHITE)
    ends = [end.level for table in case.tables for end in table.ends]
    assert found.urgency in {one_up(level) for level in (by_itself, *ends, Urgency.WHITE)}


# How long it takes


@PROPERTY
@given(st.data())
def test_the_number_of_questions_left_is_true_while_nothing_is_found(data: st.DataObject) -> None:
    case = data.draw(told()).case
    answers: dict[str, str] = {}
    left = remaining(case, answers)
    while isinstance(step := step_of(case, answers), Question):
        assert remaining(case, answers) == left
        answers[step.key.stored] = _nothing(step)
        left -= 1
    assert left == 0


def _nothing(question: Question) -> str:
    return NO if question.kind in LISTS else YES if question.kind == "well" else NOT_MEASURED


@pytest.mark.parametrize("table", IDS)
def test_every_way_through_a_table_alone(table: str) -> None:
    case = case_of(table)
    reached = set()
    for found in ways(case):
        assert len(found.questions) <= MOST_QUESTIONS
        assert found.kinds.count("more") <= MAX_MORE_SCREENS
        reached.add(found.urgency)
    assert Urgency.RED in reached
    assert (Urgency.WHITE in reached) is bool(TABLES[table].mild)
