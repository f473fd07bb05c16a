"""The result of a consultation: how urgent, why, and what a clinician needs to know of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.triage.tables.answers import NO, UNKNOWN, YES, GivenAnswers, Key
from bot.triage.tables.case import Asked, Case
from bot.triage.tables.facts import Facts
from bot.triage.tables.home_care import fitting
from bot.triage.tables.loader import OTHER
from bot.triage.tables.model import GENERAL, PREGNANT_FROM_MONTHS, Item
from core.content import may_run
from core.db.tables import Urgency
from core.findings import FROM_WORDS, Finding, FindingAnswer, FindingKind, FindingMark
from core.urgency import exceeds
from core.words import NO_WORDS, Words

MAX_HURRIED = 3  # lines of home care from orange on
MAX_HOME = 4
MAX_SOONER = 3
MAX_WORSE = 4  # signs to watch for; more are not remembered
MAX_DEPARTMENTS = 3
# Words of the lists as a clinician reads them.
SOME, NONE, UNSURE, PICKED = "ひとつ以上ある", "どれもない", "わからない", "あり"
WELL, ALL_WELL, NOT_ALL_WELL = "ふだんどおりにできるか", "全部できる", "できないことがある"
# The facts of a person as a clinician reads them.
SEX, PREGNANCY, CELSIUS, SINCE, SPO2 = "性別", "妊娠", "体温", "いつから", "SpO2"
NOT_ASKED = "聞いていない"
PREGNANT_BELOW_MONTHS = 56 * 12
SEXES = {"f": "女性", "m": "男性"}
HOURS_A_DAY = 24
LONGEST_IN_HOURS = 48


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """When and where in the resident's words the findings of a case were told.

    `times` by the name of an item and by the stored key of an answer, `lines` by the name of an item or of a fact.
    `begun` is when the complaint was told.
    """

    begun: datetime | None = None
    times: Mapping[str, datetime] = field(default_factory=dict)
    lines: Mapping[str, Words] = field(default_factory=dict)

    def mark(self, name: str, **more: Any) -> FindingMark:  # noqa: ANN401 - fields of the mark
        """Return the mark of what was told or picked."""
        return FindingMark(at=self.times.get(name, self.begun), words=self.lines.get(name, NO_WORDS), **more)

    def answered(self, *keys: Key, urgency: Urgency | None = None) -> FindingMark:
        """Return the mark of answers: the time of the last."""
        times = [self.times[key.stored] for key in keys if key.stored in self.times]
        return FindingMark(at=max(times), urgency=urgency) if times else FindingMark(urgency=urgency)


@dataclass(frozen=True, slots=True)
class Result:
    """The result over all tables of a case.

    `found` are the items that were told or picked, the most serious first, each with its level; `raising` those that
    raised it by one, `risks` all of that kind; `ended_by` says why a table ends as it does when nothing was found.
    `was_higher`: the level had been reached before. `telling` says when and where it was told, for a clinician.
    """

    case: Case
    facts: Facts
    urgency: Urgency
    found: tuple[tuple[Asked, Urgency], ...]
    raising: tuple[Asked, ...]
    ended_by: tuple[str, ...]
    answered: GivenAnswers
    needs_nurse: bool
    was_higher: bool
    signs: RedSigns = RedSigns()
    names: Mapping[str, Asked] = field(default_factory=dict)
    risks: tuple[Asked, ...] = ()
    telling: Telling = Telling()

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
        return min((table.look_again for table in self.case.tables), default=1)

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
        """What was found, the most serious first, then risks, what was denied or unsure, and facts; for a clinician."""
        given = [self._given(one, urgency=level) for one, level in self.found]
        risks = [self._given(one, kind=FindingKind.RISK) for one in self.risks]
        lists = [
            Finding(
                self._listed(key.names),
                FindingAnswer.YES,
                SOME,
                self.telling.answered(key, urgency=self._level_of_some(key)),
            )
            for key in self.answered.one_of
        ]
        if denied := [name for name in self.names if name in self.answered.denied]:
            keys = [key for key in self.answered.keys if self.answered.denied.intersection(key.names)]
            mark = self.telling.answered(*keys)
            lists.append(Finding(self._listed(denied), FindingAnswer.NO, NONE, mark))
        lists += [
            Finding(
                self._listed(key.names),
                FindingAnswer.UNKNOWN,
                UNSURE,
                self.telling.answered(key, urgency=self._level_of_doubt(key)),
            )
            for key in self.answered.unsure
        ]
        return (*given, *lists, *risks, *self._facts())

    def _given(self, one: Asked, **mark: Any) -> Finding:  # noqa: ANN401 - fields of the mark
        if one.name in self.answered.picked:
            at = self.telling.times.get(one.name)
            return Finding(one.item.text, FindingAnswer.YES, PICKED, FindingMark(at=at, **mark))
        return Finding(one.item.text, FindingAnswer.TOLD, FROM_WORDS, self.telling.mark(one.name, **mark))

    def _level_of_some(self, key: Key) -> Urgency | None:
        """Return the level of a list of which one applies: red, or the least below red."""
        return Urgency.RED if key.kind in {"red", "seen"} else None

    def _level_of_doubt(self, key: Key) -> Urgency | None:
        """Return the level that a 「わからない」 has brought about."""
        if key.kind == "red" and self.signs.is_doubt:
            return Urgency.RED
        return Urgency.ORANGE if key.kind == "seen" else None

    def _facts(self) -> Iterator[Finding]:
        facts = self.facts
        values = {
            SEX: SEXES.get(facts.sex, ""),
            PREGNANCY: _pregnancy(facts),
            CELSIUS: "" if facts.celsius is None else f"{facts.celsius:g}度",
            SINCE: "" if facts.hours is None else _since(facts.hours),
            SPO2: "" if facts.spo2 is None else f"{facts.spo2}%",
        }
        for name, value in values.items():
            if value:
                mark = self.telling.mark(name, kind=FindingKind.FACT)
                yield Finding(name, FindingAnswer.TOLD, value, mark)
            elif name == SEX or (name == PREGNANCY and _may_be_pregnant(facts)):
                # A clinician has to know that it was not asked before she judges a pain in the belly.
                yield Finding(name, FindingAnswer.UNKNOWN, NOT_ASKED, FindingMark(kind=FindingKind.FACT))
        if self.answered.well:
            # No is no sign that was denied: it is something to see at a glance.
            keys = [key for key in self.answered.keys if key.kind == "well"]
            answer = FindingAnswer.UNKNOWN if self.answered.well == UNKNOWN else FindingAnswer.YES
            label = {YES: ALL_WELL, NO: NOT_ALL_WELL}.get(self.answered.well, UNSURE)
            kind = FindingKind.FACT if self.answered.well == YES else FindingKind.SIGN
            yield Finding(WELL, answer, label, replace(self.telling.answered(*keys), kind=kind))

    def _listed(self, names: Iterable[str]) -> str:
        return "／".join(self.names[name].item.text for name in names if name in self.names)


def _may_be_pregnant(facts: Facts) -> bool:
    youngest, oldest = facts.age_range
    return facts.sex != "m" and oldest >= PREGNANT_FROM_MONTHS and youngest < PREGNANT_BELOW_MONTHS


def _pregnancy(facts: Facts) -> str:
    if facts.weeks is None:
        return "あり" if facts.is_pregnant else ""
    first, last = facts.weeks
    return f"{first}週" if first == last else f"{first}〜{last}週"


def _since(hours: float) -> str:
    """Return for how long it has lasted, as staff read it: 6時間, 3日."""
    if hours < LONGEST_IN_HOURS:
        return f"{hours:g}時間"
    return f"{round(hours / HOURS_A_DAY)}日"


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


__all__ = ["Key", "RedSigns", "Result"]
