"""Make the case of a table, or of words, and answer its questions as somebody would."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from hypothesis import strategies as st

from bot.triage.tables.answers import NO, UNKNOWN, YES, Answers, read_key
from bot.triage.tables.case import Case, open_case
from bot.triage.tables.engine import Question, also_key, level_of, next_step
from bot.triage.tables.facts import CHILD_MONTHS, Facts
from bot.triage.tables.loader import load_tables
from bot.triage.tables.model import Table
from bot.triage.tables.needs import values_of
from bot.triage.tables.patient import HERSELF
from bot.triage.tables.result import Result
from core.db.tables import Urgency
from core.ja import Age
from core.urgency import LEVELS

DATA = Path(__file__).parents[2] / "data"
TABLES = load_tables(DATA)
IDS = sorted(TABLES)
ADULT, CHILD, ANYBODY = Facts(audience="adult"), Facts(audience="child"), Facts()
HERSELF_30 = Facts(audience="adult", who=HERSELF, months=30 * 12, sex="f")
LISTS = frozenset({"red", "seen", "more"})
MOST_STEPS = 30  # a way that is not over by then goes round in circles

Answer = Callable[[Question], str]


@dataclass(frozen=True, slots=True)
class Walk:
    """How a case was answered: its questions in order, the answers, and the result."""

    questions: tuple[Question, ...]
    answers: Mapping[str, str]
    result: Result

    @property
    def kinds(self) -> list[str]:
        """What kinds of questions were asked."""
        return [one.kind for one in self.questions]

    @property
    def urgency(self) -> Urgency:
        """The level of the result."""
        return self.result.urgency

    @property
    def asked(self) -> set[str]:
        """The names of all items that stood on a list."""
        return {one.name for question in self.questions for one in question.items}


def rank(level: Urgency) -> int:
    """Return the place of a level: 0 is red."""
    return LEVELS.index(level)


# Persons


def is_for(table: Table, facts: Facts) -> bool:
    """Whether a table may be asked about a person."""
    return (
        table.audience in {"all", facts.audience}
        and not (table.for_sex and facts.sex and facts.sex != table.for_sex)
        and table.given.state(facts) is not False
    )


def somebody(table: Table) -> Facts:
    """Return a person for whom a table is, of whom nothing but the age group, and a child's age, is known."""
    if table.audience != "child":
        return ADULT
    youngest, below = table.given.ages
    return CHILD.with_age(Age(int(max(youngest, min(24, below - 1)))))


@st.composite
def persons(draw: st.DrawFn, table: Table) -> Facts:
    """Draw a person for whom a table is, with an age or without."""
    is_child = table.audience == "child" or (table.audience == "all" and draw(st.booleans()))
    facts = CHILD if is_child else ADULT
    youngest, below = table.given.ages
    low, high = (0, CHILD_MONTHS - 1) if is_child else (CHILD_MONTHS, 100 * 12)
    months = draw(st.integers(max(low, int(youngest)), min(high, int(min(below, 100 * 12)) - 1)) | st.none())
    sex = table.for_sex or draw(st.sampled_from(["", "f", "m"]))
    is_pregnant = sex == "f" and not is_child and (months or 0) < 50 * 12 and draw(st.booleans())
    facts = replace(facts, sex=sex, is_pregnant=is_pregnant).with_age(None if months is None else Age(months))
    who = HERSELF if not is_child and draw(st.booleans()) else "子ども" if is_child else "大人"
    return replace(facts, who=who)


# Cases


def case_of(table: str, facts: Facts | None = None, *others: str) -> Case:
    """Return the case in which this table is asked (with others) and nothing is told."""
    asked = (TABLES[table], *(TABLES[other] for other in others))
    ids = {one.complaint for one in asked}
    complaints = tuple(one for one in TABLES.complaints.complaints if one.id in ids)
    return Case(facts or somebody(asked[0]), complaints, asked, (), TABLES.common)


def told_case(words: str, known: Facts = ANYBODY) -> Case:
    """Return the case for what somebody writes."""
    return open_case(words, known, TABLES)


# Answers


def step_of(case: Case, answers: Answers, floor: Urgency = Urgency.WHITE) -> Question | Result:
    """Return what is asked next, as the consultation does: after a pick whether a worse item applies too."""
    last = next(reversed(dict(answers)), "")
    key = read_key(last)
    if key and key.kind == "which" and level_of(case, answers) is not Urgency.RED:
        also = also_key(case, key, answers[last])
        if also:
            return replace(also, number=len(answers) + 1)
    return next_step(case, answers, floor)


def values(question: Question) -> tuple[str, ...]:
    """Return all values that answer a question."""
    if question.need:
        return values_of(question.need, for_child=question.for_child)
    picks = tuple(one.name for one in question.items)
    return {"which": picks, "also": (*picks, NO)}.get(question.kind, (YES, NO, UNKNOWN))


def walk(case: Case, answer: Answer, floor: Urgency = Urgency.WHITE) -> Walk:
    """Answer what is asked until the end."""
    answers: dict[str, str] = {}
    questions: list[Question] = []
    while isinstance(step := step_of(case, answers, floor), Question):
        assert len(questions) < MOST_STEPS, "the questions do not end"
        questions.append(step)
        answers[step.key.stored] = answer(step)
    return Walk(tuple(questions), answers, step)


def answered(case: Case, floor: Urgency = Urgency.WHITE, **by_kind: str) -> tuple[list[str], Result]:
    """Answer by kinds of questions, `no` (and what is asked in numbers as unknown) where nothing else is said.

    Of a list that is answered `yes` the first item is picked. Returns the kinds of the questions, and the result.
    """
    walked = walk(case, lambda question: by_kind.get(question.kind) or _plainly(question), floor)
    return walked.kinds, walked.result


def _plainly(question: Question) -> str:
    if question.need:
        return values(question)[-1]
    return question.items[0].name if question.kind == "which" else NO


def as_if(has: frozenset[str], *, well: bool = False, unsure: frozenset[str] = frozenset()) -> Answer:
    """Return the answers of somebody of whom the items of these names are true, the most serious named first."""

    def answer(question: Question) -> str:
        named = [one.name for one in question.items]
        true = [name for name in named if name in has]
        match question.kind:
            case "well":
                return YES if well else NO
            case "which":
                return true[0] if true else named[-1]
            case "also":
                return true[0] if true else NO
            case "need":
                return values(question)[-1]
            case _:
                return YES if true else UNKNOWN if unsure.intersection(named) else NO

    return answer


def with_item(table: str, item: str, *, well: bool = False) -> Answer:
    """Return the answers of somebody of whom one item of a table is true."""
    return as_if(frozenset({f"{table}.{item}"}), well=well)


def ways(case: Case, floor: Urgency = Urgency.WHITE) -> Iterator[Walk]:
    """Yield every way through the lists of a case; of what can be picked the first and the last."""
    open_ways: list[tuple[dict[str, str], tuple[Question, ...]]] = [({}, ())]
    while open_ways:
        answers, before = open_ways.pop()
        step = step_of(case, answers, floor)
        if isinstance(step, Result):
            yield Walk(before, answers, step)
            continue
        assert len(before) < MOST_STEPS, "the questions do not end"
        chosen = values(step)
        if step.kind in {"which", "also", "need"}:
            chosen = tuple(dict.fromkeys([chosen[0], chosen[-1]]))
        open_ways += [({**answers, step.key.stored: value}, (*before, step)) for value in chosen]
