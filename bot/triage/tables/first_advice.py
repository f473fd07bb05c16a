"""Say which departments and which home care the tables have for words, where no table was asked."""

from datetime import date

from bot.triage.level_advice import NO_ADVICE, FirstAdvice
from bot.triage.tables.case import Case, open_case
from bot.triage.tables.facts import Facts
from bot.triage.tables.home_care import fitting
from bot.triage.tables.loader import OTHER, Tables
from bot.triage.tables.result import MAX_DEPARTMENTS
from core.content import may_run
from core.db.tables import Urgency
from core.urgency import exceeds
from core.words import Words

MAX_LINES = 2


def first_advice(
    words: Words, urgency: Urgency, day: date | None, tables: Tables, *, runs_drafts: bool
) -> FirstAdvice:
    """Return what the tables of the words advise at a level; nothing while no table, or nobody's age, is known.

    The general table knows no department of its own, and what is not signed advises nothing.
    """
    case: Case = words.text.written_on(day).form(open_case, Facts(), tables)
    named = [table for table in case.tables if table.complaint != OTHER]
    if not case.facts.audience or not named or not may_run(case.common, *named, runs_drafts=runs_drafts):
        return NO_ADVICE
    departments = dict.fromkeys(name for table in named for name in table.departments)
    lines = fitting(case.lines("home"), is_hurried=exceeds(urgency, Urgency.YELLOW))
    return FirstAdvice(tuple(departments)[:MAX_DEPARTMENTS], lines[:MAX_LINES])
