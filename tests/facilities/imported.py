"""Read what an import left in the database, and change files of the sample."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select

from core.db.engine import Sessions
from core.db.tables.facility import DAY_BLOCK, Facility, FacilityDepartment

HOSPITALS = "01-1_hospital_facility_info_20260601.csv"
CLINICS = "02-1_clinic_facility_info_20260601.csv"
CLINIC_HOURS = "02-2_clinic_speciality_hours_20260601.csv"
MATERNITY = "04_maternity_home_20260601.csv"
PHARMACIES = "05_pharmacy_20260601.csv"
IWAKI = {"hospital": 5, "clinic": 51, "dental": 13, "maternity_home": 3, "pharmacy": 18}

Stored = tuple[list[tuple[object, ...]], list[tuple[object, ...]]]


async def stored(sessions: Sessions) -> Stored:
    async with sessions() as session:
        facilities = await session.execute(
            select(*(c for c in Facility.__table__.c if c.name != "imported_at")).order_by(Facility.id)
        )
        departments = await session.execute(
            select(*list(FacilityDepartment.__table__.c)[1:]).order_by(
                *list(FacilityDepartment.__table__.c)[1:]
            )
        )
        return [tuple(row) for row in facilities], [tuple(map(str, row)) for row in departments]


async def named(sessions: Sessions, name: str) -> Facility:
    async with sessions() as session:
        return (await session.scalars(select(Facility).where(Facility.name == name))).one()


async def times(sessions: Sessions, name: str, department: str = "") -> set[tuple[int, int, int]]:
    """Return (weekday, opens, closes), minutes after the weekday's midnight."""
    async with sessions() as session:
        rows = await session.scalars(
            select(FacilityDepartment.times)
            .join(Facility, Facility.id == FacilityDepartment.facility_id)
            .where(Facility.name == name, FacilityDepartment.name == department)
        )
        return {
            (s.lower // DAY_BLOCK, s.lower % DAY_BLOCK, s.lower % DAY_BLOCK + s.upper - s.lower)
            for spans in rows
            for s in spans
            if s.lower is not None and s.upper is not None
        }


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.csv"))


def with_lines(path: Path, change: Callable[[list[bytes]], list[bytes]], to: Path) -> Path:
    to.write_bytes(b"\r\n".join(change(path.read_bytes().split(b"\r\n"))))
    return to
