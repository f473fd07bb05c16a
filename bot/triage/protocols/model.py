"""Define what the files of the triage hold. Levels are content; the engine only adds them up."""

from collections.abc import Collection
from math import inf
from typing import Literal, Self

from pydantic import Field, model_validator

from bot.triage.protocols.facts import Facts
from bot.triage.protocols.matching import Pattern, matches
from bot.triage.protocols.patient import CHILD_MONTHS
from core.content import ContentModel, ReviewedContent
from core.db.tables import Urgency
from core.urgency import LEVELS, exceeds

PREGNANT_FROM_MONTHS = 10 * 12
MAX_ITEMS = 7  # on one screen: as much as a worried reader takes in

GENERAL = "general"  # in place of a danger: the item stands for several, only the general first aid is safe

Stage = Literal["first_check", "red", "red_seen", "orange", "yellow", "modifiers"]
STAGES: tuple[Stage, ...] = ("first_check", "red", "red_seen", "orange", "yellow", "modifiers")


class Citation(ContentModel):
    """Where a statement comes from, and which mark in the files stands for it."""

    mark: str = Field(pattern=r"^[A-Z]$")
    name: str


class Given(ContentModel):
    """The numbers that an item stands for: ages, °C, hours since it began, SpO2 in %, pregnancy."""

    years_from: int | None = None
    months_below: int | None = None
    is_pregnant: bool = False
    celsius_from: float | None = None
    hours_from: float | None = None
    spo2_to: int | None = None

    def holds(self, facts: Facts) -> bool:
        """Whether the known facts satisfy all conditions."""
        return (
            (self.years_from is None or (facts.months is not None and facts.months >= self.years_from * 12))
            and (self.months_below is None or (facts.months is not None and facts.months < self.months_below))
            and (not self.is_pregnant or facts.is_pregnant)
            and (self.celsius_from is None or (facts.celsius or 0.0) >= self.celsius_from)
            and (self.hours_from is None or (facts.hours or 0.0) >= self.hours_from)
            and (self.spo2_to is None or (facts.spo2 is not None and facts.spo2 <= self.spo2_to))
        )

    def is_ruled_out(self, facts: Facts) -> bool:
        """Whether the known age excludes it; measurements change and exclude nothing, ages do not change."""
        youngest, oldest = _ages(facts)
        is_too_young = self.years_from is not None and oldest < self.years_from * 12
        is_too_old = self.months_below is not None and youngest >= self.months_below
        is_small_child = self.is_pregnant and facts.audience == "child" and youngest < PREGNANT_FROM_MONTHS
        return is_too_young or is_too_old or is_small_child


def _ages(facts: Facts) -> tuple[float, float]:
    """Return the youngest and the oldest age that the person can have, in months."""
    if facts.months is not None:
        return facts.months, facts.months + facts.spread
    first_adult = CHILD_MONTHS
    return {"child": (0.0, first_adult - 1.0), "adult": (first_adult, inf)}.get(facts.audience, (0.0, inf))


class Item(ContentModel):
    """One thing to look for, as a resident understands it; each letter of `mark` stands for a source.

    `words` and `given` recognise it in what was told already; where both are given, both must hold. `danger` names
    the danger (`data/triage/safety`) whose first aid the 119 card gives, or `GENERAL`; every item that means red has
    one.
    """

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    text: str = Field(min_length=2)
    mark: str = Field(pattern=r"^[A-Z]+$")
    words: tuple[Pattern, ...] = ()
    given: Given = Given()
    for_sex: Literal["", "f", "m"] = ""
    danger: str = Field(default="", pattern=r"^[a-z0-9_]*$")

    def is_told(self, folded: str, facts: Facts) -> bool:
        """Whether the words and facts already say that the item applies."""
        if not self.words and self.given == Given():
            return False
        return self.given.holds(facts) and (not self.words or any(matches(w, folded) for w in self.words))

    def is_ruled_out(self, facts: Facts) -> bool:
        """Whether the item cannot apply to this person and need not be asked."""
        other_sex = bool(self.for_sex and facts.sex and facts.sex != self.for_sex)
        return other_sex or self.given.is_ruled_out(facts)


class StageWording(ContentModel):
    """How the lists of one stage are asked, and what each answer means for the level.

    `if_yes` and `if_unknown` name the lowest level from then on; without `if_yes` it rises by one
    (modifiers).
    """

    text: str
    yes_label: str
    no_label: str
    if_yes: Urgency | None = None
    if_unknown: Urgency | None = None
    unknown_needs_nurse: bool = False
    because: str
    because_unknown: str


class FirstAid(ContentModel):
    """One line of what to do at home; in a file a text alone, or with conditions.

    With `items` or `words` it is said only where one of the items may apply or the resident's words match, never where
    they match `unless`. `drink`: it gives something to drink, or says nothing by mouth; then no line may give.
    """

    text: str = Field(min_length=2)
    items: tuple[str, ...] = ()
    words: tuple[Pattern, ...] = ()
    unless: tuple[Pattern, ...] = ()
    drink: Literal["", "gives", "forbids"] = ""

    @model_validator(mode="before")
    @classmethod
    def _reads_text_alone(cls, value: object) -> object:
        return {"text": value} if isinstance(value, str) else value

    def is_said(self, folded: str, possible: Collection[str]) -> bool:
        """Whether the line fits the resident's words and the items that may apply."""
        if any(matches(pattern, folded) for pattern in self.unless):
            return False
        is_for_all = not self.items and not self.words
        return (
            is_for_all
            or any(item in possible for item in self.items)
            or any(matches(pattern, folded) for pattern in self.words)
        )


class Complaint(ContentModel):
    """A complaint that residents have; `unassessed` is the lowest level while no table can assess it.

    A body temperature from `celsius_from` on is this complaint in any writing.
    Without a table of its own, `because` says why that level, `departments` and `first_aid` stand on the card, and
    `desk` names whom to call before any question.
    """

    id: str
    short: str
    unassessed: Urgency
    words: tuple[Pattern, ...] = Field(min_length=1)
    unless: tuple[Pattern, ...] = ()
    celsius_from: float | None = None
    because: str = ""
    departments: tuple[str, ...] = ()
    first_aid: tuple[FirstAid, ...] = ()
    desk: Literal["", "obstetrics"] = ""


class Common(ReviewedContent):
    """What all protocols share; `complaints` stand in the order of danger.

    `measured` are values that are red with any complaint once they are told; they are never asked.
    `danger_order` are the dangers that red items name, the most life-threatening first: of several it decides the
    first aid.
    `because_before` explains a level that was reached before the resident took an answer back.
    """

    version: str
    source: tuple[Citation, ...] = Field(min_length=1)
    wording: dict[Stage, StageWording]
    first_check: tuple[Item, ...] = Field(min_length=1, max_length=MAX_ITEMS)
    measured: tuple[Item, ...] = ()
    danger_order: tuple[str, ...] = Field(min_length=1)
    modifiers: tuple[Item, ...]
    advice: dict[Urgency, tuple[str, ...]]
    because_before: str
    emergency_words: tuple[Pattern, ...]
    complaints: tuple[Complaint, ...]

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if unworded := [stage for stage in STAGES if stage not in self.wording]:
            raise ValueError(f"wording is missing for {', '.join(unworded)}")
        if silent := [level.value for level in LEVELS if level not in self.advice]:
            raise ValueError(f"advice is missing for {', '.join(silent)}")
        first = self.wording["first_check"]
        if (first.if_yes, first.if_unknown) != (Urgency.RED, Urgency.RED):
            raise ValueError("the first check is red for yes and for unknown")
        if self.wording["modifiers"].if_yes is not None:
            raise ValueError("modifiers have no level of their own")
        if milder := [c.id for c in self.complaints if exceeds(Urgency.YELLOW, c.unassessed)]:
            raise ValueError(f"what nobody assessed is yellow at least: {', '.join(milder)}")
        _refuse_red_without_danger((*self.first_check, *self.measured))
        if len(set(self.danger_order)) < len(self.danger_order):
            raise ValueError("danger_order names a danger twice")
        if unordered := {i.danger for i in (*self.first_check, *self.measured)} - set(self.danger_order):
            raise ValueError(f"danger_order does not hold {', '.join(sorted(unordered))}")
        return self


Items = tuple[Item, ...]


def _refuse_red_without_danger(items: Items) -> None:
    """Raise for items that mean red and say no first aid."""
    if lacking := [item.id for item in items if not item.danger]:
        raise ValueError(f"red items need a `danger`, whose first aid the card gives: {', '.join(lacking)}")


class Protocol(ReviewedContent):
    """The protocol of one complaint for one age group: its lists, and what is said at the end.

    `worse` are signs that mean 119 from now on, `soon` those that mean to go earlier.
    `modifiers` are ids of the common ones; `all_negative` is the level when no item applies.
    """

    id: str
    title: str
    complaint: str
    audience: Literal["adult", "child", "all"]
    version: str
    source: tuple[Citation, ...] = ()
    red: Items = Field(min_length=1, max_length=MAX_ITEMS)
    red_seen: Items = Field(min_length=1, max_length=MAX_ITEMS)
    orange: Items = Field(default=(), max_length=MAX_ITEMS)
    yellow: Items = Field(default=(), max_length=MAX_ITEMS)
    modifiers: tuple[str, ...] = Field(default=(), max_length=MAX_ITEMS)
    all_negative: Urgency
    because_all_negative: str = ""
    departments: tuple[str, ...] = ()
    first_aid: tuple[FirstAid, ...] = ()
    worse: tuple[str, ...] = Field(min_length=1)
    soon: tuple[str, ...] = ()
    recheck_hours: int = Field(gt=0)

    def items(self, stage: Stage) -> Items:
        """Return the list of one stage; empty for the stages that all protocols share."""
        own: dict[Stage, Items] = {
            "red": self.red,
            "red_seen": self.red_seen,
            "orange": self.orange,
            "yellow": self.yellow,
        }
        return own.get(stage, ())

    @property
    def own_items(self) -> Items:
        """Return all items of the file."""
        return (*self.red, *self.red_seen, *self.orange, *self.yellow)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        ids = [item.id for item in self.own_items]
        if twice := sorted({i for i in ids if ids.count(i) > 1}):
            raise ValueError(f"two items have the same id: {', '.join(twice)}")
        _refuse_red_without_danger((*self.red, *self.red_seen))
        if strange := sorted({i for line in self.first_aid for i in line.items} - set(ids)):
            raise ValueError(f"first_aid names items that are not here: {', '.join(strange)}")
        if exceeds(self.all_negative, Urgency.GREEN) and not self.because_all_negative:
            raise ValueError(
                f"all_negative is {self.all_negative.value}: because_all_negative must say why, to residents"
            )
        return self
