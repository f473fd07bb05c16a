"""The golden cases: every end of every table has one, and each ends as it must."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.triage.tables.golden import (
    MOST_QUESTIONS,
    GoldenCase,
    golden_cases,
    golden_problems,
    missing_ends,
    play,
)
from core.db.tables import Urgency
from core.errors import ContentError
from tests.triage.cases import DATA, IDS, TABLES

CASES = list(golden_cases(DATA))


def of(table: str) -> Iterator[GoldenCase]:
    return (case for name, case in CASES if name == table)


def one(table: str, level: str) -> GoldenCase:
    return next(case for case in of(table) if case.level.value == level)


@pytest.mark.parametrize("table", IDS)
def test_every_golden_case_ends_as_it_must(table: str) -> None:
    played = [play(table, case, TABLES) for case in of(table)]
    assert [f"{one.case.name}: {one.problem}" for one in played if one.problem] == []


def test_every_end_of_every_table_has_a_golden_case() -> None:
    assert missing_ends(TABLES, iter(CASES)) == []
    assert {table for table, _ in CASES} == set(IDS)


def test_names_of_golden_cases_tell_them_apart() -> None:
    named = [(table, case.name) for table, case in CASES]
    assert sorted({name for name in named if named.count(name) > 1}) == []


@pytest.mark.parametrize("table", IDS)
def test_golden_persons_have_only_what_their_table_knows(table: str) -> None:
    """A misspelt id would never be answered yes, and the case would end milder than its person is."""
    shared = {item.id for item in TABLES.common.modifiers} | {
        item.id
        for items in (
            TABLES.common.first_check,
            TABLES.common.child_check,
            TABLES.common.seen,
            TABLES.common.seen_child,
        )
        for item in items
    }
    known = {item.id for item in TABLES[table].own_items} | shared | {TABLES.common.short_check.id}
    strange = {case.name: set(case.has + case.unsure) - known for case in of(table)}
    assert {name: ids for name, ids in strange.items() if ids} == {}


# What a wrong case is reported with


def test_a_case_that_ends_otherwise_is_reported_with_what_was_found() -> None:
    wrong = one("headache_adult", "yellow").model_copy(update={"level": Urgency.RED})
    assert play("headache_adult", wrong, TABLES).problem.startswith(
        "ends yellow, not red (found: headache_adult."
    )


def test_a_case_that_leads_elsewhere_is_reported() -> None:
    case = one("headache_adult", "green").model_copy(update={"says": "歯が痛いです"})
    problem = play("headache_adult", case, TABLES).problem
    assert problem == "asked teeth_mouth"


def test_a_case_that_takes_too_long_or_leads_to_another_department_is_reported() -> None:
    case = one("headache_adult", "white")
    assert play("headache_adult", case.model_copy(update={"most": 1}), TABLES).problem.startswith("takes ")
    lost = case.model_copy(update={"department": "皮膚科"})
    assert play("headache_adult", lost, TABLES).problem == "leads to 脳神経内科, not 皮膚科"


def test_an_end_without_a_case_is_reported() -> None:
    left = (
        (table, case) for table, case in CASES if (table, case.level) != ("headache_adult", Urgency.WHITE)
    )
    assert missing_ends(TABLES, left) == ["headache_adult: no golden case ends white"]


def test_the_check_of_the_content_names_file_case_and_what_is_wrong(tmp_path: Path) -> None:
    folder = tmp_path / "triage" / "golden"
    folder.mkdir(parents=True)
    (folder / "headache_adult.yml").write_text(
        "cases:\n  - {name: いつもの頭痛, says: いつもの頭痛がします, person: {age: 30y}, well: true, level: orange}\n",
        encoding="utf-8",
    )
    problems = golden_problems(TABLES, tmp_path)
    assert f"{folder}/headache_adult.yml: いつもの頭痛: ends white, not orange (found: nothing)" in problems
    assert "headache_adult: no golden case ends red" in problems
    assert "fever_adult: no golden case ends green" in problems


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("{says: 頭が痛い, person: {age: 30y}, level: red}", r"headache_adult\.yml:\d+: cases\.0\.name: "),
        ("{name: 名, says: 頭, person: {age: 30}, level: red}", r"cases\.0\.person\.age: "),
        ("{name: 名, says: 頭, person: {age: 30y}, level: crimson}", r"cases\.0\.level: "),
    ],
)
def test_a_broken_golden_file_is_refused(tmp_path: Path, written: str, says: str) -> None:
    folder = tmp_path / "triage" / "golden"
    folder.mkdir(parents=True)
    (folder / "headache_adult.yml").write_text(f"cases:\n  - {written}\n", encoding="utf-8")
    with pytest.raises(ContentError, match=says):
        list(golden_cases(tmp_path))


def test_no_case_takes_more_questions_than_anybody_answers() -> None:
    most = {table: max(len(play(table, case, TABLES).questions) for case in of(table)) for table in IDS}
    assert {table: count for table, count in most.items() if count > MOST_QUESTIONS - 2} == {}
