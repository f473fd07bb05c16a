from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.model import LEVELS, MAX_QUESTIONS
from bot.triage.protocol import Question, Result, level_of, load_protocols, next_question, went_back
from core.db.tables import Urgency
from core.errors import ContentError

DATA = Path(__file__).parents[2] / "data"
FEVER = load_protocols(DATA)["fever_adult"]
IDS = [question.id for question in FEVER.questions]
ANSWERS = ("yes", "no", "unknown")


def ask(**answers: str) -> tuple[list[str], Result]:
    """Answer what is asked, `no` where nothing else is said; return the way and the result."""
    given_answers: dict[str, str] = {}
    while isinstance(step := next_question(FEVER, given_answers), Question):
        given_answers[step.id] = answers.get(step.id, "no")
    return list(given_answers), step


def test_a_plain_fever_takes_five_questions_and_is_green() -> None:
    way, result = ask()
    assert way == ["first_check", "red", "orange", "yellow", "modifiers"]
    assert result.urgency is Urgency.GREEN
    assert result.reasons == ()
    assert [answer for _, answer in result.findings] == ["どれもない"] * 5


@pytest.mark.parametrize("answer", ["yes", "unknown"])
def test_the_first_check_is_red_for_yes_and_for_doubt_and_ends_the_questions(answer: str) -> None:
    way, result = ask(first_check=answer)
    assert way == ["first_check"]
    assert result.urgency is Urgency.RED


def test_a_red_item_ends_the_questions() -> None:
    assert ask(red="yes")[0] == ["first_check", "red"]
    assert ask(red="yes")[1].urgency is Urgency.RED


def test_doubt_about_a_red_item_is_asked_once_more_by_what_can_be_seen() -> None:
    way, result = ask(red="unknown", red_seen="yes")
    assert way == ["first_check", "red", "red_seen"]
    assert result.urgency is Urgency.RED


def test_doubt_that_stays_is_orange_and_needs_a_nurse_at_once() -> None:
    way, result = ask(red="unknown", red_seen="unknown")
    assert way == ["first_check", "red", "red_seen"]
    assert (result.urgency, result.needs_nurse) == (Urgency.ORANGE, True)


def test_doubt_that_was_cleared_stays_one_level_up() -> None:
    _, result = ask(red="unknown", red_seen="no")
    assert (result.urgency, result.needs_nurse) == (Urgency.YELLOW, False)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"orange": "yes"}, Urgency.ORANGE),
        ({"orange": "yes", "modifiers": "yes"}, Urgency.RED),
        ({"orange": "unknown"}, Urgency.YELLOW),
        ({"yellow": "yes"}, Urgency.YELLOW),
        ({"yellow": "yes", "modifiers": "yes"}, Urgency.ORANGE),
        ({"modifiers": "yes"}, Urgency.YELLOW),
        ({"modifiers": "unknown"}, Urgency.YELLOW),
        ({"yellow": "unknown"}, Urgency.YELLOW),
    ],
)
def test_levels_add_up_as_in_the_guide(answers: dict[str, str], expected: Urgency) -> None:
    assert ask(**answers)[1].urgency is expected


def test_every_way_ends_with_at_most_six_questions_and_a_reason_for_its_level() -> None:
    for values in product(ANSWERS, repeat=len(IDS)):
        way, result = ask(**dict(zip(IDS, values, strict=True)))
        assert len(way) <= MAX_QUESTIONS
        assert result.urgency is Urgency.GREEN or result.reasons
        assert result.advice


@given(st.lists(st.sampled_from(ANSWERS), min_size=len(IDS), max_size=len(IDS)))
def test_the_level_never_falls_while_questions_are_answered(values: list[str]) -> None:
    answers: dict[str, str] = {}
    level = Urgency.WHITE
    for value in values:
        step = next_question(FEVER, answers)
        if isinstance(step, Result):
            break
        answers[step.id] = value
        reached = level_of(FEVER, answers)
        assert LEVELS.index(reached) <= LEVELS.index(level)
        level = reached
    final = next_question(FEVER, answers)
    if isinstance(final, Result):
        assert LEVELS.index(final.urgency) <= LEVELS.index(level)


def test_going_back_keeps_the_level_that_was_reached() -> None:
    answers = {"first_check": "no", "red": "no", "orange": "yes"}
    reached = level_of(FEVER, answers)
    back = went_back(FEVER, answers)
    assert back == {"first_check": "no", "red": "no"}
    step = next_question(FEVER, back, floor=reached)
    assert isinstance(step, Question)
    assert step.id == "orange"
    result = next_question(FEVER, {**back, "orange": "no", "yellow": "no", "modifiers": "no"}, floor=reached)
    assert isinstance(result, Result)
    assert result.urgency is Urgency.ORANGE


def test_questions_fit_a_phone_and_an_old_reader() -> None:
    for question in FEVER.questions:
        assert len(question.items) <= 7
        assert all(len(item.text) <= 32 for item in question.items)
        assert max(len(question.yes_label), len(question.no_label)) <= 20
    step = next_question(FEVER, {})
    assert isinstance(step, Question)
    assert [option.value for option in step.options] == ["yes", "no", "unknown"]
    assert "・呼びかけても返事がない" in step.text


@pytest.mark.parametrize(
    "complaint", ["昨日から熱があって頭が痛いです", "38度の熱です", "ネツガアル", "微熱が続いています"]
)
def test_a_fever_is_recognised(complaint: str) -> None:
    assert FEVER.fits(complaint)


@pytest.mark.parametrize(
    "complaint",
    ["熱湯がかかった", "熱中症が心配", "頭が痛い", "3歳の娘が熱を出しました", "赤ちゃんの熱が39度"],
)
def test_other_complaints_and_children_are_not_put_through_the_adult_protocol(complaint: str) -> None:
    assert not FEVER.fits(complaint)


@pytest.mark.parametrize(
    ("wrong", "right", "says"),
    [
        ("if_yes: red", "if_yes: crimson", r"fever_adult\.yml:\d+: questions\.0\.if_yes: "),
        ("mark: F}", "mark: Z}", "source mark 'Z' is not explained"),
        ("    if_unknown: red", "    if_unknown: green", "the first check is red for yes and for unknown"),
        ("only_after_unknown: red", "only_after_unknown: rot", "no question 'rot' before it"),
        ("status: draft", "status: reviewed", "no reviewer is named"),
        ("status: draft", "status: [", r"fever_adult\.yml:\d+: "),
        ("id: fever_adult", "id: fever", "named 'fever_adult.yml'"),
    ],
)
def test_a_broken_protocol_is_refused_with_file_line_and_reason(
    tmp_path: Path, wrong: str, right: str, says: str
) -> None:
    source = (DATA / "triage/protocols/fever_adult.yml").read_text(encoding="utf-8")
    folder = tmp_path / "triage/protocols"
    folder.mkdir(parents=True)
    (folder / "fever_adult.yml").write_text(source.replace(wrong, right, 1), encoding="utf-8")
    with pytest.raises(ContentError, match=says):
        load_protocols(tmp_path)
