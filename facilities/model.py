"""What a file of the ministry holds, once read, and how its import went."""

from dataclasses import dataclass, field
from datetime import date

from core.db.tables.facility import FacilityKind


@dataclass(frozen=True, slots=True, kw_only=True)
class FacilityRecord:
    """One facility as reported; coordinates are WGS 84 degrees or None, flags as in `core.db.tables.Facility`."""

    id: str
    kind: FacilityKind
    code: str  # JIS prefecture + municipality, 5 digits
    name: str
    name_kana: str
    address: str
    latitude: float | None
    longitude: float | None
    url: str
    open_days: str
    open_weeks: str
    other_closed: str
    data_date: date


@dataclass(frozen=True, slots=True)
class HoursRecord:
    """One reported interval; minutes after midnight, None where a department is reported without hours."""

    facility_id: str
    department_code: str
    department: str
    weekday: int
    opens: int | None
    closes: int | None
    is_reception: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be taken over, where and why."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


@dataclass(slots=True)
class ImportReport:
    """What an import did; `problems` names each row or value that was left out."""

    files: list[str] = field(default_factory=list)
    facilities: int = 0
    hours: int = 0
    removed: int = 0
    problems: list[Problem] = field(default_factory=list)
