"""Test every way through every protocol: levels, modifiers, doubt, and how long it takes."""

from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.tables.engine import Question, level_of, next_question, remaining
from bot.triage.tables.facts import Facts
from bot.triage.tables.result import Result
from core.db.tables import Urgency
from core.urgency import LEVELS
from tests.triage.cases import PROTOCOLS, TOLD, answered, case_of, told_case

IDS = sorted(TOLD)
ANSWERS = ("yes", "no", "unknown")
MOST_QUESTIONS = 6


def ways(protocol: str) -> Iterator[tuple[dict[str, str], Result]]:
    """Yield every way that can be walked, with its end."""
    case = case_of(protocol)
    open_ways: list[dict[str, str]] = [{}]
    while open_ways:
        answers = open_ways.pop()
        step = next_question(case, answers)
        if isinstance(step, Result):
            yield answers, step
        else:
            open_ways += [{**answers, step.id: value} for value in ANSWERS]


def rank(level: Urgency) -> int:
    return LEVELS.index(level)


@pytest.mark.parametrize("protocol", IDS)
def test_every_way_ends_soon_with_a_reason_and_advice_and_never_below_the_table(protocol: str) -> None:
    lowest = PROTOCOLS[protocol].all_negative
    seen: set[Urgency] = set()
    for answers, result in ways(protocol):
        assert len(answers) <= MOST_QUESTIONS
        assert rank(result.urgency) <= rank(lowest)
        assert result.advice
        assert result.urgency is Urgency.GREEN or result.reasons
        seen.add(result.urgency)
    assert Urgency.RED in seen


@pytest.mark.parametrize("protocol", IDS)
def test_red_ends_the_questions_on_every_way(protocol: str) -> None:
    for answers, result in ways(protocol):
        reds = [
            k for k, v in answers.items() if v == "yes" and k.endswith(("first_check", "red", "red_seen"))
        ]
        if reds:
            assert result.urgency is Urgency.RED
            assert reds == [list(answers)[-1]]


@pytest.mark.parametrize("protocol", IDS)
def test_a_worse_answer_never_leads_to_a_milder_end(protocol: str) -> None:
    """Whoever says no where another says yes or is unsure, all else alike, ends no more urgent."""
    ends = {tuple(answers.items()): result.urgency for answers, result in ways(protocol)}
    for way, level in ends.items():
        for index, (key, value) in enumerate(way):
            if value == "no":
                continue
            milder = answered_like(protocol, {**dict(way[:index]), key: "no"}, dict(way[index + 1 :]))
            assert rank(level) <= rank(milder), (way, key)


def answered_like(protocol: str, start: dict[str, str], rest: dict[str, str]) -> Urgency:
    case, answers = case_of(protocol), dict(start)
    while isinstance(step := next_question(case, answers), Question):
        answers[step.id] = rest.get(step.id, "no")
    return step.urgency


@given(st.sampled_from(IDS), st.lists(st.sampled_from(ANSWERS), min_size=7, max_size=7))
def test_the_level_never_falls_while_questions_are_answered(protocol: str, values: list[str]) -> None:
    case = case_of(protocol)
    answers: dict[str, str] = {}
    level = Urgency.WHITE
    for value in values:
        step = next_question(case, answers)
        if isinstance(step, Result):
            assert rank(step.urgency) <= rank(level)
            break
        answers[step.id] = value
        reached = level_of(case, answers)
        assert rank(reached) <= rank(level)
        level = reached


@given(
    st.sampled_from(IDS),
    st.lists(st.tuples(st.sampled_from(ANSWERS), st.booleans()), min_size=12, max_size=12),
)
def test_nor_does_it_fall_by_going_back(protocol: str, steps: list[tuple[str, bool]]) -> None:
    case = case_of(protocol)
    answers: dict[str, str] = {}
    floor = Urgency.WHITE
    for value, goes_back in steps:
        step = next_question(case, answers, floor)
        if isinstance(step, Result):
            assert rank(step.urgency) <= rank(floor)
            return
        if goes_back and answers:
            floor = min(floor, level_of(case, answers), key=rank)
            answers.popitem()
        else:
            answers[step.id] = value
    after = next_question(case, answers, floor)
    assert not isinstance(after, Result) or rank(after.urgency) <= rank(floor)


@pytest.mark.parametrize("protocol", IDS)
@pytest.mark.parametrize("answer", ["yes", "unknown"])
def test_the_first_check_is_red_for_yes_and_for_doubt(protocol: str, answer: str) -> None:
    way, result = answered(case_of(protocol), first_check=answer)
    assert way == ["first_check"]
    assert result.urgency is Urgency.RED


@pytest.mark.parametrize("protocol", IDS)
def test_doubt_about_a_red_item_is_asked_once_more_by_what_can_be_seen(protocol: str) -> None:
    way, result = answered(case_of(protocol), red="unknown", red_seen="yes")
    assert way == ["first_check", "red", "red_seen"]
    assert result.urgency is Urgency.RED


@pytest.mark.parametrize("protocol", IDS)
def test_doubt_that_stays_is_orange_and_needs_a_nurse_at_once(protocol: str) -> None:
    way, result = answered(case_of(protocol), red="unknown", red_seen="unknown")
    assert way == ["first_check", "red", "red_seen"]
    assert (result.urgency, result.needs_nurse) == (Urgency.ORANGE, True)


@pytest.mark.parametrize("protocol", IDS)
def test_doubt_that_was_cleared_stays_one_level_up(protocol: str) -> None:
    _, result = answered(case_of(protocol), red="unknown", red_seen="no")
    assert rank(result.urgency) <= rank(Urgency.YELLOW)
    assert not result.needs_nurse


@pytest.mark.parametrize(
    ("protocol", "answers", "expected"),
    [
        ("fever_adult", {"orange": "yes"}, "orange"),
        ("fever_adult", {"orange": "yes", "modifiers": "yes"}, "red"),
        ("fever_adult", {"orange": "unknown"}, "yellow"),
        ("fever_adult", {"yellow": "yes"}, "yellow"),
        ("fever_adult", {"yellow": "yes", "modifiers": "yes"}, "orange"),
        ("fever_adult", {"modifiers": "yes"}, "yellow"),
        ("fever_adult", {"modifiers": "unknown"}, "yellow"),
        ("fever_adult", {"yellow": "unknown"}, "yellow"),
        # 黄 with a modifier is 赤, none with a modifier is 黄 (orange here): the guide's two blocks.
        ("chest_pain_adult", {"orange": "yes", "modifiers": "yes"}, "red"),
        ("chest_pain_adult", {"orange": "yes"}, "orange"),
        ("chest_pain_adult", {"orange": "unknown", "modifiers": "yes"}, "orange"),
        ("convulsion_child", {"orange": "yes", "modifiers": "yes"}, "red"),
        ("vomiting_child", {"modifiers": "yes"}, "yellow"),
        ("vomiting_child", {"yellow": "yes", "modifiers": "yes"}, "orange"),
        ("fever_child", {"yellow": "yes"}, "yellow"),
        ("injury_adult", {"orange": "yes", "modifiers": "yes"}, "red"),
        ("other", {"orange": "yes"}, "orange"),
    ],
)
def test_levels_add_up_as_in_the_guide(protocol: str, answers: dict[str, str], expected: str) -> None:
    assert answered(case_of(protocol), **answers)[1].urgency is Urgency(expected)


def test_what_can_no_longer_raise_the_level_is_not_asked() -> None:
    assert answered(case_of("fever_adult"))[0] == ["first_check", "red", "orange", "yellow", "modifiers"]
    # After orange only the modifiers can still raise; without orange they cannot lift a headache above its orange.
    assert answered(case_of("fever_adult"), orange="yes")[0] == ["first_check", "red", "orange", "modifiers"]
    assert answered(case_of("headache_adult"), orange="yes")[0] == [
        "first_check",
        "red",
        "orange",
        "modifiers",
    ]
    assert answered(case_of("headache_adult"))[0] == ["first_check", "red", "orange"]


@pytest.mark.parametrize("protocol", IDS)
def test_skipping_loses_nothing(protocol: str) -> None:
    """The end is the same as if every list had been answered."""
    case = case_of(protocol)
    stages = [f"{protocol}.{stage}" for stage in ("red", "red_seen", "orange", "yellow")]
    keys = ["first_check", *stages, "modifiers"]
    for values in product(ANSWERS, repeat=len(keys)):
        everything = dict(zip(keys, values, strict=True))
        full = next_question(case, everything)
        given: dict[str, str] = {}
        while isinstance(step := next_question(case, given), Question):
            given[step.id] = everything[step.id]
        assert isinstance(full, Result)
        assert full.urgency is step.urgency or step.needs_nurse or step.urgency is Urgency.RED, everything


@pytest.mark.parametrize("protocol", IDS)
def test_the_number_of_questions_left_is_true_when_nothing_is_found(protocol: str) -> None:
    case, given = case_of(protocol), dict[str, str]()
    left = remaining(case, given)
    while isinstance(step := next_question(case, given), Question):
        assert remaining(case, given) == left
        given[step.id] = "no"
        left -= 1
    assert left == 0


def test_two_complaints_are_one_way_with_the_shared_lists_once() -> None:
    case = told_case("熱があって、頭も痛い", Facts(audience="adult"))
    way, result = answered(case)
    assert way == ["first_check", "red", "red", "orange", "orange"]
    assert result.protocols == ("headache_adult", "fever_adult")
    assert result.urgency is Urgency.ORANGE
    assert result.departments == ("脳神経外科", "内科")


def test_of_two_complaints_the_higher_level_counts() -> None:
    case = told_case("頭が痛くて、おなかも痛い", Facts(audience="adult"))
    for table, stage, level in (
        (0, "red", Urgency.RED),
        (1, "red", Urgency.RED),
        (1, "orange", Urgency.ORANGE),
    ):
        answers: dict[str, str] = {}
        found = f"{case.tables[table].id}.{stage}"
        while isinstance(step := next_question(case, answers), Question):
            answers[step.id] = "yes" if step.id == found else "no"
        assert found in answers
        assert step.urgency is level


def test_an_item_denied_in_one_list_is_not_asked_again_in_another() -> None:
    case = told_case("胸が痛くて、熱があります", Facts(audience="adult"))
    chest = next_question(case, {"first_check": "no"})
    fever = next_question(case, {"first_check": "no", "chest_pain_adult.red": "no"})
    doubt = {"first_check": "no", "chest_pain_adult.red": "unknown", "chest_pain_adult.red_seen": "no"}
    again = next_question(case, doubt)
    assert isinstance(chest, Question)
    assert isinstance(fever, Question)
    assert isinstance(again, Question)
    assert "・息が苦しい" in chest.text
    assert "・息が苦しい" not in fever.text
    assert "・息が苦しい" in again.text
