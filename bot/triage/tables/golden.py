"""Golden cases: for each table at least one person for each end it has, played through the real questions."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pydantic import Field

from bot.triage.tables.answers import NO, UNKNOWN, YES
from bot.triage.tables.case import open_case
from bot.triage.tables.engine import Question, also_key, next_step
from bot.triage.tables.facts import Facts
from bot.triage.tables.loader import Tables
from bot.triage.tables.needs import values_of
from bot.triage.tables.patient import HERSELF, audience_of
from bot.triage.tables.result import Result
from core.content import ContentModel, read_content
from core.db.tables import Urgency
from core.ja import Age, ReadText
from core.urgency import LEVELS

FOLDER = Path("triage", "golden")
MOST_QUESTIONS = 12  # a case that is not over by then goes round in circles


class GoldenPerson(ContentModel):
    """Who it is about; `age` as 30y, 8m or 20d."""

    age: str = Field(pattern=r"^\d+[ymd]$")
    sex: Literal["", "f", "m"] = ""
    pregnant: bool = False
    weeks: int | None = None
    who: Literal["", "self", "other"] = ""

    def facts(self) -> Facts:
        """Return the facts of the person."""
        number = int(self.age[:-1])
        age = Age({"y": number * 12, "m": number, "d": 0}[self.age[-1]])
        facts = Facts(sex=self.sex, is_pregnant=self.pregnant).with_age(age)
        audience = audience_of(age)
        is_herself = self.who == "self" or (not self.who and audience == "adult")
        who = HERSELF if is_herself else "子ども" if audience == "child" else "大人"
        weeks = (self.weeks, self.weeks) if self.weeks is not None else None
        return replace(facts, audience=audience, who=who, weeks=weeks)


class GoldenCase(ContentModel):
    """One person: what she says, which items are true of her, and how it must end."""

    name: str
    says: str
    person: GoldenPerson
    has: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    celsius: float | None = None
    days: float | None = None
    well: bool = False
    level: Urgency
    department: str = ""
    most: int | None = None


class GoldenFile(ContentModel):
    """The cases of one table."""

    cases: tuple[GoldenCase, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Played:
    """How a golden case went: `questions` are their kinds, in order."""

    table: str
    case: GoldenCase
    result: Result | None
    questions: tuple[str, ...]

    @property
    def problem(self) -> str:
        """What is wrong with it; empty when it ended as it must."""
        if self.result is None:
            return f"no end after {len(self.questions)} questions, or no table"
        if self.case.level != self.result.urgency:
            found = "、".join(f"{one.name}" for one, _ in self.result.found) or "nothing"
            return f"ends {self.result.urgency.value}, not {self.case.level.value} (found: {found})"
        if self.table not in {table.id for table in self.result.case.tables}:
            return f"asked {', '.join(table.id for table in self.result.case.tables)}"
        if self.case.department and self.result.departments[0] != self.case.department:
            return f"leads to {self.result.departments[0]}, not {self.case.department}"
        if self.case.most is not None and len(self.questions) > self.case.most:
            return f"takes {len(self.questions)} questions: {' '.join(self.questions)}"
        return ""


def golden_cases(data_dir: Path) -> Iterator[tuple[str, GoldenCase]]:
    """Yield all cases with the id of their table.

    Raises:
        ContentError: a file is broken; says where and why.
    """
    for path in sorted((data_dir / FOLDER).glob("*.yml")):
        for case in read_content(path, GoldenFile).cases:
            yield path.stem, case


def play(table: str, case: GoldenCase, tables: Tables) -> Played:
    """Answer the questions of a case as its person would."""
    opened = open_case(ReadText(case.says), case.person.facts(), tables)
    answers: dict[str, str] = {}
    kinds: list[str] = []
    if opened.needs_who:
        return Played(table, case, None, ())
    while len(kinds) < MOST_QUESTIONS:
        step = next_step(opened, answers)
        if isinstance(step, Result):
            return Played(table, case, step, tuple(kinds))
        kinds.append(step.kind)
        value = _answer(case, step)
        answers[step.key.stored] = value
        if step.kind == "which" and (also := also_key(opened, step.key, value)):
            kinds.append("also")
            picked = [one.name for one in also.items if _is_true(case, one.item.id)]
            answers[also.key.stored] = picked[0] if picked else NO
    return Played(table, case, None, tuple(kinds))


def _is_true(case: GoldenCase, item: str) -> bool:
    return item in case.has


def _answer(case: GoldenCase, question: Question) -> str:
    match question.kind:
        case "need":
            return _need(case, question)
        case "well":
            return YES if case.well else NO
        case "which" | "also":
            named = [one.name for one in question.items if _is_true(case, one.item.id)]
            return named[0] if named else question.items[-1].name
        case _:
            if any(_is_true(case, one.item.id) for one in question.items):
                return YES
            is_unsure = any(one.item.id in case.unsure for one in question.items)
            return UNKNOWN if is_unsure else NO


def _need(case: GoldenCase, question: Question) -> str:
    assert question.need
    if question.need == "celsius" and case.celsius is not None:
        return str(case.celsius)
    if question.need == "since" and case.days is not None:
        return str(case.days * 24)
    return values_of(question.need, for_child=question.for_child)[-1]


def missing_ends(tables: Tables, cases: Iterator[tuple[str, GoldenCase]]) -> list[str]:
    """Return the ends that no golden case reaches: `table: level`."""
    wanted: dict[str, set[Urgency]] = {}
    for table in tables.values():
        ends = {Urgency(level) for level in ("red", "orange", "yellow", "green") if table.items(level)}
        ends |= {end.level for end in table.ends} | ({Urgency.WHITE} if table.mild else set())
        wanted[table.id] = ends
    for table_id, case in cases:
        wanted.get(table_id, set()).discard(case.level)
    return [
        f"{table}: no golden case ends {level.value}"
        for table, levels in wanted.items()
        for level in sorted(levels, key=LEVELS.index)
    ]


def golden_problems(tables: Tables, data_dir: Path) -> list[str]:
    """Return the golden cases that do not end as they must, and the ends that none reaches, a line for each."""
    cases = list(golden_cases(data_dir))
    played = ((table, case, play(table, case, tables).problem) for table, case in cases)
    wrong = [
        f"{data_dir / FOLDER / table}.yml: {case.name}: {problem}"
        for table, case, problem in played
        if problem
    ]
    return [*wrong, *missing_ends(tables, iter(cases))]
