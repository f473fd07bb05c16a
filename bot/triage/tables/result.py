"""The result of a consultation: how urgent, why, and what a clinician needs to know of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.triage.tables.answers import NO, UNKNOWN, YES, Answered, Key
from bot.triage.tables.case import Asked, Case
from bot.triage.tables.facts import Facts
from bot.triage.tables.home_care import fitting
from bot.triage.tables.loader import OTHER
from bot.triage.tables.model import GENERAL, Item
from core.content import may_run
from core.db.tables import Urgency
from core.findings import Finding, FindingAnswer
from core.urgency import exceeds

MAX_HURRIED = 3  # lines of home care from orange on
MAX_HOME = 4
MAX_SOONER = 3
MAX_WORSE = 4  # signs to watch for; more are not remembered
MAX_DEPARTMENTS = 3
# Words of the lists as a clinician reads them.
SOME, NONE, UNSURE, TOLD = "ひとつ以上ある", "どれもない", "わからない", "お話から"
ALL_WELL, NOT_ALL_WELL = "全部できる", "できないことがある"


@dataclass(frozen=True, slots=True)
class RedSigns:
    """What made a case red: items that were told or picked, and lists of which one applies.

    `is_doubt`: nothing but a 「わからない」 about the first signs.
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
        known = [name for name in found if name in order]
        return min(known, key=order.index) if known and GENERAL not in found else ""


@dataclass(frozen=True, slots=True)
class Result:
    """The result over all tables of a case.

    `found` are the items that were told or picked, the most serious first, each with its level; `raising` those that
    raised it by one; `ended_by` says why a table ends as it does when nothing was found. `was_higher`: the level had been
    reached before.
    """

    case: Case
    facts: Facts
    urgency: Urgency
    found: tuple[tuple[Asked, Urgency], ...]
    raising: tuple[Asked, ...]
    ended_by: tuple[str, ...]
    answered: Answered
    needs_nurse: bool
    was_higher: bool
    signs: RedSigns = RedSigns()
    names: Mapping[str, Asked] = field(default_factory=dict)

    @property
    def danger(self) -> str:
        """The danger whose first aid the 119 card gives; empty for the general first aid."""
        return self.signs.danger(self.case.common.danger_order)

    @property
    def protocols(self) -> tuple[str, ...]:
        """The ids of the tables that assessed something; the general table assesses nothing special."""
        # Without an age group only signs were read that are red at any age.
        is_known = bool(self.case.facts.audience)
        return tuple(table.id for table in self.case.tables if is_known and table.complaint != OTHER)

    @property
    def advice(self) -> tuple[str, ...]:
        """What the resident should do now; from orange on few lines, because going there does not wait."""
        items = [line for one, _ in self.found for line in one.item.home]
        own = self.case.lines("home")
        is_hurried = exceeds(self.urgency, Urgency.YELLOW)
        lines = fitting([*items, *own], is_hurried=is_hurried)
        most = MAX_HURRIED if is_hurried else MAX_HOME
        return (*self.case.common.advice[self.urgency], *lines[:most])

    @property
    def departments(self) -> tuple[str, ...]:
        """The departments (診療科), best first: that of the deciding item before those of the tables."""
        deciding = [one for one, level in self.found if level == self.urgency]
        by_item = [name for one in deciding for name in one.item.departments]
        return _once([*by_item, *(name for table in self.case.tables for name in table.departments)])[
            :MAX_DEPARTMENTS
        ]

    @property
    def worse(self) -> tuple[str, ...]:
        """The signs that mean 119 from now on."""
        return _once(self.case.lines("worse"))[:MAX_WORSE]

    @property
    def sooner(self) -> tuple[str, ...]:
        """The signs that mean to see a doctor also at night."""
        return _once(self.case.lines("sooner"))[:MAX_SOONER]

    @property
    def look_again_hours(self) -> float:
        """After how many hours to look again."""
        return min(table.look_again for table in self.case.tables)

    @property
    def shop_kinds(self) -> tuple[str, ...]:
        """The kinds of medicines that may be named: those that every table allows."""
        first, *others = self.case.tables
        return tuple(kind for kind in first.shop if all(kind in table.shop for table in others))

    @property
    def is_draft(self) -> bool:
        """Whether a table that was asked is not signed by a medical reviewer."""
        return not may_run(self.case.common, *self.case.tables, runs_drafts=False)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found, the most serious first, then what was denied and what stayed unsure; for a clinician."""
        picked = set(self.answered.picked)
        given = [
            Finding(one.item.text, FindingAnswer.YES, "あり")
            if one.name in picked
            else Finding(one.item.text, FindingAnswer.TOLD, TOLD)
            for one, _ in self.found
        ]
        given += [Finding(one.item.text, FindingAnswer.TOLD, TOLD) for one in self.raising]
        lists = [Finding(self._listed(key.names), FindingAnswer.YES, SOME) for key in self.answered.one_of]
        if denied := [name for name in self.names if name in self.answered.denied]:
            lists.append(Finding(self._listed(denied), FindingAnswer.NO, NONE))
        lists += [
            Finding(self._listed(key.names), FindingAnswer.UNKNOWN, UNSURE) for key in self.answered.unsure
        ]
        if self.answered.well:
            # No is no sign that was denied: it is something to see at a glance.
            answer = FindingAnswer.UNKNOWN if self.answered.well == UNKNOWN else FindingAnswer.YES
            label = {YES: ALL_WELL, NO: NOT_ALL_WELL}.get(self.answered.well, UNSURE)
            lists.append(Finding("ふだんどおりにできるか", answer, label))
        return (*given, *lists)

    def _listed(self, names: Iterable[str]) -> str:
        return "／".join(self.names[name].item.text for name in names if name in self.names)


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


__all__ = ["Key", "RedSigns", "Result"]
