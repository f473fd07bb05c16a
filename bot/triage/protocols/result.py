"""The end of a consultation: how urgent, why, and what a clinician needs to know of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.triage.protocols.case import Case
from bot.triage.protocols.loader import OTHER
from core.db.tables import Urgency
from core.findings import Finding

MAX_WORSE = 6  # signs to watch for that one keeps in mind


@dataclass(frozen=True, slots=True)
class Result:
    """What the tables of a case amount to; `reasons` say why in the resident's words."""

    case: Case
    urgency: Urgency
    reasons: tuple[str, ...]
    findings: tuple[Finding, ...]
    needs_nurse: bool

    @property
    def protocols(self) -> tuple[str, ...]:
        """The ids of the protocols that assessed something; the table for everything else assesses nothing."""
        # Without a group of ages only signs were read that end every way.
        is_known = bool(self.case.facts.audience)
        return tuple(table.id for table in self.case.tables if is_known and table.id != OTHER)

    @property
    def advice(self) -> tuple[str, ...]:
        """What to do now."""
        first_aid = _once(line for table in self.case.tables for line in table.first_aid)
        return (*self.case.common.advice[self.urgency], *first_aid)

    @property
    def departments(self) -> tuple[str, ...]:
        """Where such complaints are seen (診療科); 小児科 for a child whose complaint has no table."""
        named = _once(d for table in self.case.tables for d in table.departments)
        return named or (("小児科",) if self.case.facts.audience == "child" else ("内科",))

    @property
    def worse(self) -> tuple[str, ...]:
        """Signs that mean 119 from now on."""
        return _once(sign for table in self.case.tables for sign in table.worse)[:MAX_WORSE]

    @property
    def recheck_hours(self) -> int:
        """When to look again."""
        return min(table.recheck_hours for table in self.case.tables)

    @property
    def is_draft(self) -> bool:
        """Whether no medical reviewer has signed all that was asked."""
        statuses = {self.case.common.status, *(table.status for table in self.case.tables)}
        return "draft" in statuses


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
