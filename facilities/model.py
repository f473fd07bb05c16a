"""Define the records of the ministry's files, the report of an import, and a resident's search."""

from collections import Counter
from dataclasses import dataclass, field

from core.db.tables.facility import FacilityKind

# Minutes in the blocks of `core.db.tables.facility.FacilityDepartment`, end exclusive.
Span = tuple[int, int]
MOST_PROBLEMS = 500  # a wrong file must not fill the memory with problems
MOST_EXAMPLES = 3  # of the same column and reason
MOST_SHOWN = 60  # characters of a value in a message


@dataclass(frozen=True, slots=True)
class DepartmentRecord:
    """Hours of one department; code and name are empty for facilities without departments."""

    facility_id: str
    code: str
    name: str
    times: tuple[Span, ...]
    reception: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FacilityRecord:
    """One facility as reported; coordinates are WGS 84 degrees or None, flags as in `core.db.tables.Facility`.

    `url`: an address that LINE can open, or empty; `bad_url`: what was reported instead of one. `opening`:
    its hours where the file of the facilities holds them (pharmacies, maternity homes).
    """

    id: str
    name: str
    name_kana: str
    address: str
    latitude: float | None
    longitude: float | None
    url: str
    bad_url: str = ""
    open_days: str
    open_weeks: str
    other_closed: str
    opening: DepartmentRecord | None = None

    @property
    def place(self) -> tuple[float, float] | None:
        """Latitude and longitude, if known."""
        if self.latitude is None or self.longitude is None:
            return None
        return self.latitude, self.longitude


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that was left out, or (`column` is set) one value of it: where and why.

    `value` is what the file says, `department` the one it belongs to.
    """

    file: str
    line: int
    reason: str
    column: str = ""
    value: str = ""
    department: str = ""

    def __str__(self) -> str:
        where = " ".join(part for part in (self.department, self.column) if part)
        return f"{shown(self.file)}:{self.line}: {f'{where}: ' if where else ''}{self.what}"

    @property
    def what(self) -> str:
        """The value and what is wrong with it."""
        return f"{self.said} {self.reason}" if self.value else self.reason

    @property
    def said(self) -> str:
        """The value as the file says it, in quotes."""
        return f"'{shown(self.value)}'"


def shown(text: str) -> str:
    """Return a value from a file as one short line without terminal controls."""
    short = text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in short)


@dataclass(slots=True)
class ImportReport:
    """Counts and problems of one import.

    `problems` names rows and values that were left out (the first ones; `left_out` counts all), `notes` whole
    files.
    """

    kinds: Counter[FacilityKind] = field(default_factory=Counter)
    departments: int = 0
    removed: int = 0
    left_out: int = 0
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def facilities(self) -> int:
        """How many facilities of the imported kinds there are now."""
        return self.kinds.total()

    def complain(self, problem: Problem) -> None:
        """Report a row or value that was left out."""
        self.left_out += 1
        if self.left_out <= MOST_PROBLEMS:
            self.problems.append(problem)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A resident's search; empty values do not restrict it.

    `latitude` and `longitude` (WGS 84 degrees): the starting point; `district`: the one that was named;
    `landmark`: the town, station or landmark instead.
    `department`: a normalised 診療科. `kind`: a `FacilityKind`. `when`: as `facilities.asked_time` writes it.
    `name`: a certain facility.
    """

    latitude: float | None = None
    longitude: float | None = None
    district: str = ""
    landmark: str = ""
    department: str = ""
    kind: str = ""
    when: str = ""
    name: str = ""

    @property
    def place(self) -> tuple[float, float] | None:
        """The starting point, if known."""
        if self.latitude is None or self.longitude is None:
            return None
        return self.latitude, self.longitude
