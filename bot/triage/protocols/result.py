"""The result of a consultation: how urgent, why, and what a clinician needs to know of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.triage.protocols.case import Case
from bot.triage.protocols.loader import OTHER
from bot.triage.protocols.model import GENERAL, Complaint, Item, Protocol
from core.content import may_run
from core.db.tables import Urgency
from core.findings import Finding
from core.urgency import exceeds

MAX_HURRIED = 3  # lines of home care from orange on
MAX_SOON = 4
MAX_WORSE = 6  # signs to watch for; more are not remembered


@dataclass(frozen=True, slots=True)
class RedSigns:
    """What made a case red: items that were told, and lists of which one applies.

    `is_doubt`: nothing but a 「わからない」 about such a list.
    """

    told: tuple[Item, ...] = ()
    one_of: tuple[Item, ...] = ()
    is_doubt: bool = False

    def danger(self, order: Sequence[str]) -> str:
        """Return the danger whose first aid fits; empty where only the general first aid is safe for all.

        Of several that were told, the most life-threatening counts. Which item of a list applies is not known: all of
        them must name the same danger.
        """
        told, possible = {item.danger for item in self.told}, {item.danger for item in self.one_of}
        found = possible or told
        if self.is_doubt or not found or (possible and len(possible | told) > 1):
            return ""
        first = min(found, key=order.index)
        return "" if first == GENERAL else first


@dataclass(frozen=True, slots=True)
class Result:
    """The result over all tables of a case; `reasons` say why in the resident's words.

    `possible` are items that were told, or stand on a list that was not denied.
    """

    case: Case
    urgency: Urgency
    reasons: tuple[str, ...]
    findings: tuple[Finding, ...]
    needs_nurse: bool
    signs: RedSigns = RedSigns()
    possible: frozenset[str] = frozenset()

    @property
    def danger(self) -> str:
        """The danger whose first aid the 119 card gives; empty for the general first aid."""
        return self.signs.danger(self.case.common.danger_order)

    @property
    def protocols(self) -> tuple[str, ...]:
        """The ids of the protocols that assessed something; the `other` table assesses nothing."""
        # Without an age group only signs were read that are red at any age.
        is_known = bool(self.case.facts.audience)
        return tuple(table.id for table in self.case.tables if is_known and table.id != OTHER)

    @property
    def _parts(self) -> tuple[Complaint | Protocol, ...]:
        """What says something of its own: complaints without a table first, then the tables."""
        return (*self.case.unassessed, *self.case.tables)

    @property
    def advice(self) -> tuple[str, ...]:
        """What the resident should do now; from orange on few lines, because going there does not wait.

        Where a line says nothing by mouth, none gives a drink.
        """
        lines = [
            line
            for part in self._parts
            for line in part.first_aid
            if line.is_said(self.case.words, self.possible)
        ]
        if any(line.drink == "forbids" for line in lines):
            lines = [line for line in lines if line.drink != "gives"]
        first_aid = _once(line.text for line in lines)
        most = MAX_HURRIED if exceeds(self.urgency, Urgency.YELLOW) else len(first_aid)
        return (*self.case.common.advice[self.urgency], *first_aid[:most])

    @property
    def departments(self) -> tuple[str, ...]:
        """The departments (診療科) for the complaint; 小児科 for a child whose complaint has no table."""
        named = _once(d for part in self._parts for d in part.departments)
        return named or (("小児科",) if self.case.facts.audience == "child" else ("内科",))

    @property
    def worse(self) -> tuple[str, ...]:
        """The signs that mean 119 from now on."""
        return _once(sign for table in self.case.tables for sign in table.worse)[:MAX_WORSE]

    @property
    def soon(self) -> tuple[str, ...]:
        """The signs that mean to see a doctor earlier."""
        return _once(sign for table in self.case.tables for sign in table.soon)[:MAX_SOON]

    @property
    def recheck_hours(self) -> int:
        """After how many hours to look again."""
        return min(table.recheck_hours for table in self.case.tables)

    @property
    def is_draft(self) -> bool:
        """Whether a table that was asked is not signed by a medical reviewer."""
        return not may_run(self.case.common, *self.case.tables, runs_drafts=False)


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
