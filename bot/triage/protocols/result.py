"""The result of a consultation: how urgent, why, and what a clinician needs to know of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.triage.protocols.case import Case
from bot.triage.protocols.loader import OTHER
from core.db.tables import Urgency
from core.findings import Finding

MAX_WORSE = 6  # signs to watch for; more are not remembered


@dataclass(frozen=True, slots=True)
class Result:
    """The result over all tables of a case; `reasons` say why in the resident's words."""

    case: Case
    urgency: Urgency
    reasons: tuple[str, ...]
    findings: tuple[Finding, ...]
    needs_nurse: bool

    @property
    def protocols(self) -> tuple[str, ...]:
        """The ids of the protocols that assessed something; the `other` table assesses nothing."""
        # Without an age group only signs were read that are red at any age.
        is_known = bool(self.case.facts.audience)
        return tuple(table.id for table in self.case.tables if is_known and table.id != OTHER)

    @property
    def advice(self) -> tuple[str, ...]:
        """What the resident should do now."""
        first_aid = _once(line for table in self.case.tables for line in table.first_aid)
        return (*self.case.common.advice[self.urgency], *first_aid)

    @property
    def departments(self) -> tuple[str, ...]:
        """The departments (診療科) for the complaint; 小児科 for a child whose complaint has no table."""
        named = _once(d for table in self.case.tables for d in table.departments)
        return named or (("小児科",) if self.case.facts.audience == "child" else ("内科",))

    @property
    def worse(self) -> tuple[str, ...]:
        """The signs that mean 119 from now on."""
        return _once(sign for table in self.case.tables for sign in table.worse)[:MAX_WORSE]

    @property
    def recheck_hours(self) -> int:
        """After how many hours to look again."""
        return min(table.recheck_hours for table in self.case.tables)

    @property
    def is_draft(self) -> bool:
        """Whether a table that was asked is not signed by a medical reviewer."""
        statuses = {self.case.common.status, *(table.status for table in self.case.tables)}
        return "draft" in statuses


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
