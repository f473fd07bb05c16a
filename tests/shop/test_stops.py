"""Test that every stop-line stops, also in doubt, and that inapplicable questions are not asked."""

from pathlib import Path

import pytest

from shop.catalogue import Catalogue, ProductKind, load_catalogue
from shop.exclusion import (
    AGE,
    BODY,
    MAX_QUESTIONS,
    NO,
    OLD,
    PREGNANCY,
    SIGNS,
    UNKNOWN,
    YES,
    Ages,
    ages_offered,
    next_question,
    questions,
    stop_at,
    went_back,
)

CATALOGUE = load_catalogue(Path(__file__).parents[2] / "data")
MEDICINES = [kind for kind in CATALOGUE.kinds if kind.type == "medicine" and not kind.counter_only]


def kind_of(kind_id: str, catalogue: Catalogue = CATALOGUE) -> ProductKind:
    kind = catalogue.kind(kind_id)
    assert kind
    return kind


def well(kind: ProductKind) -> dict[str, str]:
    """Return answers that rule nothing out: a grown-up in good health."""
    return {q: "30-30" if q == AGE else NO for q in questions(kind, {AGE: "30-30"})}


@pytest.mark.parametrize("kind", CATALOGUE.kinds, ids=lambda kind: kind.id)
def test_at_most_four_questions_and_none_stops_who_is_well(kind: ProductKind) -> None:
    answers = well(kind)
    assert len(answers) <= MAX_QUESTIONS
    assert next_question(kind, answers) == ""
    assert stop_at(kind, answers) == ""


@pytest.mark.parametrize("kind", CATALOGUE.kinds, ids=lambda kind: kind.id)
def test_every_stop_line_stops_and_so_does_doubt(kind: ProductKind) -> None:
    for question in well(kind):
        for answer in (UNKNOWN,) if question == AGE else (YES, UNKNOWN):
            assert stop_at(kind, {**well(kind), question: answer}) == question
            assert stop_at(kind, {question: answer}) == question


@pytest.mark.parametrize("kind", MEDICINES, ids=lambda kind: kind.id)
def test_the_limit_of_age_is_exact(kind: ProductKind) -> None:
    assert kind.min_age
    too_young, old_enough = kind.min_age - 1, kind.min_age
    assert stop_at(kind, {AGE: f"{too_young}-{too_young}"}) == AGE
    assert stop_at(kind, {AGE: f"{old_enough}-{old_enough}"}) == ""
    # A span that only reaches up to the limit is too young as well.
    assert stop_at(kind, {AGE: f"{too_young}-{old_enough}"}) == AGE


@pytest.mark.parametrize("kind", MEDICINES, ids=lambda kind: kind.id)
def test_the_choices_of_age_cover_everybody_once(kind: ProductKind) -> None:
    offered = ages_offered(kind)
    assert [a.low for a in offered][1:] == [a.high + 1 for a in offered][:-1]
    assert offered[0].low == 0
    assert offered[-1].low == OLD
    assert len(offered) <= 4
    stopped = [ages for ages in offered if stop_at(kind, {AGE: str(ages)})]
    assert stopped == [offered[0]]


@pytest.mark.parametrize(
    ("age", "is_asked"),
    [
        ("2-14", False),
        ("11-11", False),
        ("12-12", True),
        ("15-64", True),
        ("55-55", True),
        ("56-56", False),
        ("65-120", False),
    ],
)
def test_pregnancy_is_asked_where_it_can_be(age: str, *, is_asked: bool) -> None:
    assert (PREGNANCY in questions(kind_of("skin"), {AGE: age})) is is_asked


def test_what_is_no_medicine_needs_no_questions() -> None:
    assert questions(kind_of("hygiene"), {}) == ()


def test_a_test_kit_asks_for_signs_alone() -> None:
    assert questions(kind_of("pregnancy_test"), {}) == (SIGNS,)


def test_going_back_takes_the_last_answer_away() -> None:
    cold = kind_of("cold")
    assert went_back(cold, {AGE: "30-30", SIGNS: NO, PREGNANCY: NO}) == {AGE: "30-30", SIGNS: NO}
    assert went_back(cold, {BODY: YES}) == {}
    assert went_back(cold, {}) == {}


def test_a_span_of_ages_is_read_as_it_was_written() -> None:
    assert Ages.parse(str(Ages(15, 64))) == Ages(15, 64)
