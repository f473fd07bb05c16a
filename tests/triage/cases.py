"""Make a case for each protocol from words that lead to it and say nothing more."""

from pathlib import Path

from bot.triage.tables.case import Case, open_case
from bot.triage.tables.engine import Question, next_question
from bot.triage.tables.facts import Facts
from bot.triage.tables.loader import load_tables
from bot.triage.tables.result import Result
from core.db.tables import Urgency

DATA = Path(__file__).parents[2] / "data"
PROTOCOLS = load_tables(DATA)
ADULT, CHILD, ANYBODY = Facts(audience="adult"), Facts(audience="child"), Facts()
TOLD = {
    "fever_adult": ("熱があります", ADULT),
    "headache_adult": ("頭が痛い", ADULT),
    "abdominal_pain_adult": ("おなかが痛い", ADULT),
    "chest_pain_adult": ("胸が痛い", ADULT),
    "breathlessness_adult": ("息が切れます", ADULT),
    "injury_adult": ("けがをしました", ADULT),
    "fever_child": ("熱があります", CHILD),
    "convulsion_child": ("けいれんしました", CHILD),
    "vomiting_child": ("吐きました", CHILD),
    "other": ("めまいがします", ADULT),
}


def case_of(protocol: str) -> Case:
    """Return the case in which exactly this protocol is asked."""
    words, known = TOLD[protocol]
    case = open_case(words, known, PROTOCOLS)
    assert [table.id for table in case.tables] == [protocol]
    return case


def told_case(words: str, known: Facts = ANYBODY) -> Case:
    """Return the case for what somebody writes."""
    return open_case(words, known, PROTOCOLS)


def answered(case: Case, floor: Urgency = Urgency.WHITE, **answers: str) -> tuple[list[str], Result]:
    """Answer what is asked, `no` where nothing else is said; return the way, by stages, and the result."""
    given: dict[str, str] = {}
    way: list[str] = []
    while isinstance(step := next_question(case, given, floor), Question):
        way.append(step.stage)
        given[step.id] = answers.get(step.stage, "no")
    return way, step
