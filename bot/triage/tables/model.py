"""Define what the files of the tables hold (`data/triage/tables`, `complaints.yml`, `common.yml`)."""

from collections.abc import Mapping
from math import inf
from typing import Literal, Self

from pydantic import Field, model_validator

from bot.triage.tables.facts import Facts
from core.content import ContentModel, ReviewedContent
from core.db.tables import Urgency
from core.urgency import exceeds

MAX_RED, MAX_ITEMS = 14, 7  # of one table, and on one screen: as much as a worried reader takes in
MAX_SMALL = 7  # what a table of small things may ask beside its red list: one screen
MAX_ASKED = 14  # orange, yellow, green and what raises: two screens
MAX_LINES = 12  # of one kind in a file; a card shows fewer

GENERAL = "general"  # in place of a danger: only the first aid that is safe for all
PREGNANT_FROM_MONTHS, PREGNANT_UP_TO_MONTHS = 10 * 12, 55 * 12

Level = Literal["red", "orange", "yellow", "green"]
Need = Literal["age", "celsius", "since", "weeks"]


class Given(ContentModel):
    """Numbers that must hold: age, °C, hours since it began, SpO2 in %, weeks of pregnancy; `below` excludes the value."""

    years_from: int | None = None
    years_below: int | None = None
    months_from: int | None = None
    months_below: int | None = None
    celsius_from: float | None = None
    celsius_below: float | None = None
    hours_from: float | None = None
    hours_below: float | None = None
    spo2_to: int | None = None
    weeks_from: int | None = None
    weeks_below: int | None = None
    is_pregnant: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing is required."""
        return self == Given()

    @property
    def ages(self) -> tuple[float, float]:
        """The ages for which it may hold, in months: from, and below."""
        low = max(self.months_from or 0, 12 * (self.years_from or 0))
        high = min(
            inf if self.months_below is None else self.months_below,
            inf if self.years_below is None else 12 * self.years_below,
        )
        return low, high

    @property
    def is_measured(self) -> bool:
        """Whether it asks for a value of the illness, not only for who the person is."""
        values = (self.celsius_from, self.celsius_below, self.hours_from, self.hours_below, self.spo2_to)
        return any(value is not None for value in values)

    def holds(self, facts: Facts) -> bool:
        """Whether the known facts satisfy all conditions."""
        return self.state(facts) is True

    def state(self, facts: Facts) -> bool | None:
        """Return whether all conditions hold; None while a fact is unknown that decides."""
        youngest, oldest = facts.age_range
        low, high = self.ages
        states: list[bool | None] = []
        if (low, high) != (0, inf):
            states.append(_within(youngest, oldest, low, high))
        for value, least, below in (
            (facts.celsius, self.celsius_from, self.celsius_below),
            (facts.hours, self.hours_from, self.hours_below),
        ):
            if least is not None or below is not None:
                states.append(_known(value, least, below))
        if self.spo2_to is not None:
            states.append(None if facts.spo2 is None else facts.spo2 <= self.spo2_to)
        if self.weeks_from is not None or self.weeks_below is not None:
            states.append(_weeks(facts.weeks, self.weeks_from, self.weeks_below))
        if self.is_pregnant:
            is_other = facts.sex == "m" or oldest < PREGNANT_FROM_MONTHS or youngest >= PREGNANT_UP_TO_MONTHS
            states.append(True if facts.is_pregnant else False if is_other else None)
        if any(state is False for state in states):
            return False
        return None if any(state is None for state in states) else True


def _within(youngest: float, oldest: float, low: float, high: float) -> bool | None:
    if oldest < low or youngest >= high:
        return False
    return True if youngest >= low and oldest < high else None


def _known(value: float | None, least: float | None, below: float | None) -> bool | None:
    if value is None:
        return None
    return (least is None or value >= least) and (below is None or value < below)


def _weeks(weeks: tuple[int, int] | None, least: int | None, below: int | None) -> bool | None:
    if weeks is None:
        return None
    return _within(weeks[0], weeks[1], least or 0, inf if below is None else below)


class AdviceLine(ContentModel):
    """A line that residents read; in a file a text alone, or with `about`: then only where one of these rules is told."""

    text: str = Field(min_length=2)
    about: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _reads_text_alone(cls, value: object) -> object:
        return {"text": value} if isinstance(value, str) else value


class Item(ContentModel):
    """One thing to look for, as a resident understands it.

    `easy` says it in やさしい日本語. `source` names marks of `data/triage/review.yml`. `danger` (red only) names the
    danger whose first aid the 119 card gives, or `GENERAL`. `told_by`: rules over concepts of the lexicon that say it is
    so (`a & b|c`: in one sentence; any of the rules). `given`: numbers that must hold too; alone, they decide by
    themselves. `sign` names the common sign (`data/triage/signs.yml`) that it is: the same sign has the same level
    everywhere. `about`: asked only where one of these rules is told (sugar, where sugar was named). `is_told_only`: heard when told, never asked. `unless_well`: cannot be when all of the well question is
    answered yes. `settles` (green only): it explains the complaint, so that the table ends green where nothing above was
    found. `for_others`: not asked of who writes about herself.
    """

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    text: str = Field(min_length=2, max_length=60)
    easy: str = Field(default="", max_length=90)
    source: tuple[str, ...] = Field(min_length=1)
    danger: str = Field(default="", pattern=r"^[a-z0-9_]*$")
    told_by: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    given: Given = Given()
    sign: str = ""
    for_sex: Literal["", "f", "m"] = ""
    for_others: bool = False
    is_told_only: bool = False
    unless_well: bool = False
    settles: bool = False
    decides: bool = False
    departments: tuple[str, ...] = ()
    home: tuple[str, ...] = Field(default=(), max_length=3)

    @model_validator(mode="after")
    def _can_be_known(self) -> Self:
        decides = self.decides or self.given.is_measured
        if self.is_told_only and not self.told_by and not decides:
            raise ValueError(f"{self.id}: is never asked and has no words: nothing would ever be this item")
        return self

    @property
    def names_person(self) -> bool:
        """Whether the item names an age or a pregnancy itself, which then raises nothing once more."""
        given = self.given
        has_ages = given.ages != (0, inf) or given.is_pregnant or given.weeks_from is not None
        return has_ages or "歳" in self.text

    def is_ruled_out(self, facts: Facts) -> bool:
        """Whether the item cannot apply to this person, or need not be asked."""
        if self.for_sex and facts.sex and facts.sex != self.for_sex:
            return True
        if self.for_others and facts.is_herself:
            return True
        return self.given.state(facts) is False


class End(ContentModel):
    """How a table ends when nothing was found; with `given` only for whom it holds. `because` is said to residents."""

    level: Urgency
    given: Given = Given()
    because: str = ""


class Mild(ContentModel):
    """When a table ends white: all of the well question (`well`, and its own `lines`) is answered yes.

    `given`: only for whom it holds.
    """

    well: Literal["adult", "child", "infant", "none"]
    lines: tuple[AdviceLine, ...] = Field(default=(), max_length=6)
    given: Given = Given()


class Signs(ContentModel):
    """Signs that have the same level in every table, by id: a level, or several where numbers or ages decide."""

    signs: dict[str, tuple[Urgency, ...]]


class Table(ReviewedContent):
    """The table of one complaint for one age group.

    `also_for`: further complaints it answers. `needs`: facts to ask first while unknown. `raised_by`: ids of `common.modifiers`. `ends`: the first that holds.
    `worse` means 119 from now on, `sooner` to see a doctor also at night. `look_again`: hours until the second look.
    `shop`: kinds of medicines that may be named. `first_call`: whom to call before any question; `obstetrics_too` where nothing is lost by a drop of blood.
    """

    id: str
    title: str
    complaint: str
    also_for: tuple[str, ...] = ()
    audience: Literal["adult", "child", "all"]
    given: Given = Given()
    for_sex: Literal["", "f", "m"] = ""
    version: str
    source: tuple[str, ...] = Field(min_length=1)
    first_check: Literal["full", "child", "short", "none"]
    is_small: bool = False
    needs: tuple[Need, ...] = ()
    red: tuple[Item, ...] = Field(max_length=MAX_RED)
    orange: tuple[Item, ...] = ()
    yellow: tuple[Item, ...] = ()
    green: tuple[Item, ...] = ()
    raised_by: tuple[str, ...] = Field(default=(), max_length=4)
    ends: tuple[End, ...] = Field(min_length=1)
    mild: Mild | None = None
    departments: tuple[str, ...] = Field(min_length=1, max_length=3)
    home: tuple[AdviceLine, ...] = Field(min_length=1, max_length=MAX_LINES)
    worse: tuple[AdviceLine, ...] = Field(min_length=1, max_length=MAX_LINES)
    sooner: tuple[AdviceLine, ...] = Field(default=(), max_length=MAX_LINES)
    look_again: float = Field(gt=0)
    shop: tuple[str, ...] = ()
    first_call: Literal["", "obstetrics", "obstetrics_too"] = ""

    def items(self, level: Level) -> tuple[Item, ...]:
        """Return the items of one level."""
        own: dict[Level, tuple[Item, ...]] = {
            "red": self.red, "orange": self.orange, "yellow": self.yellow, "green": self.green
        }  # fmt: skip
        return own[level]

    @property
    def lines(self) -> Mapping[str, AdviceLine]:
        """Return all lines with what they are about, by name (`home.0`)."""
        kinds = {"home": self.home, "worse": self.worse, "sooner": self.sooner}
        kinds["mild"] = self.mild.lines if self.mild else ()
        return {f"{kind}.{n}": line for kind, lines in kinds.items() for n, line in enumerate(lines)}

    @property
    def own_items(self) -> tuple[Item, ...]:
        """Return all items of the file."""
        return (*self.red, *self.orange, *self.yellow, *self.green)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        ids = [item.id for item in self.own_items]
        if twice := sorted({i for i in ids if ids.count(i) > 1}):
            raise ValueError(f"two items have the same id: {', '.join(twice)}")
        if lacking := [item.id for item in self.red if not item.danger]:
            raise ValueError(
                f"red items need a `danger`, whose first aid the card gives: {', '.join(lacking)}"
            )
        if unsettled := [i.id for i in (*self.red, *self.orange, *self.yellow) if i.settles]:
            raise ValueError(f"only green items settle: {', '.join(unsettled)}")
        if strange := [i.id for i in (*self.orange, *self.yellow, *self.green) if i.danger]:
            raise ValueError(f"only red items name a `danger`: {', '.join(strange)}")
        if not self.ends[-1].given.is_empty:
            raise ValueError("the last of `ends` has no `given`: there must always be an end")
        if any(end.level is Urgency.RED for end in self.ends):
            raise ValueError("no table ends red by itself")
        asked = [i for i in (*self.orange, *self.yellow, *self.green) if not i.is_told_only]
        most = MAX_SMALL if self.is_small else MAX_ASKED
        if len(asked) + len(self.raised_by) > most:
            raise ValueError(
                f"asks {len(asked)} items below red and {len(self.raised_by)} that raise: at most {most};"
                " mark some is_told_only"
            )
        if any(exceeds(end.level, Urgency.GREEN) and not end.because for end in self.ends):
            raise ValueError("an end above green says to residents why: `because`")
        return self


class Complaint(ContentModel):
    """What residents complain of: `heard_by` are rules over concepts (`a & b|c`), each enough.

    `short` is said back (「頭の痛みですね」). A temperature from `celsius_from` on is it in any writing. When it is
    told, the complaints in `stops` are not asked. `is_companion`: beside another complaint it needs no table.
    `is_passing`: it counts also when it is told that it has passed off, unless long ago: a palsy that has passed off.
    """

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    short: str = Field(max_length=24)
    heard_by: tuple[str, ...] = Field(min_length=1)
    without: tuple[str, ...] = ()
    celsius_from: float | None = None
    stops: tuple[str, ...] = ()
    is_passing: bool = False
    is_companion: bool = False


class Complaints(ReviewedContent):
    """All complaints, the most dangerous first: of several, the first two are asked about."""

    version: str
    complaints: tuple[Complaint, ...] = Field(min_length=1)


class Well(ContentModel):
    """The well question for one group: what the person can do."""

    adult: tuple[str, ...]
    child: tuple[str, ...]
    infant: tuple[str, ...]


class Common(ReviewedContent):
    """What all tables share.

    `first_check` are the seven first signs, `child_check` those of children, `short_check` both in one sentence;
    `seen` are signs that can be seen, asked after 「わからない」 to a red list. `modifiers` raise the level by one,
    at most to orange. `danger_order`: the most life-threatening first, of several it decides the first aid.
    `advice` by level.
    """

    version: str
    first_check: tuple[Item, ...] = Field(min_length=1, max_length=MAX_ITEMS)
    child_check: tuple[Item, ...] = Field(min_length=1, max_length=MAX_ITEMS)
    short_check: Item
    seen: tuple[Item, ...] = Field(min_length=1, max_length=MAX_ITEMS)
    seen_child: tuple[Item, ...] = Field(min_length=1, max_length=MAX_ITEMS)
    measured: tuple[Item, ...] = ()
    modifiers: tuple[Item, ...]
    well: Well
    danger_order: tuple[str, ...] = Field(min_length=1)
    advice: dict[Urgency, tuple[str, ...]]

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        red = (
            *self.first_check,
            *self.child_check,
            self.short_check,
            *self.seen,
            *self.seen_child,
            *self.measured,
        )
        if lacking := [item.id for item in red if not item.danger]:
            raise ValueError(f"red items need a `danger`: {', '.join(lacking)}")
        if len(set(self.danger_order)) < len(self.danger_order):
            raise ValueError("danger_order names a danger twice")
        return self
