"""Query facilities and their departments."""

from collections.abc import Collection, Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Double,
    Integer,
    Select,
    bindparam,
    delete,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import INT4RANGE, Range
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.tables.facility import DAY_BLOCK, Facility, FacilityDepartment, FacilityKind
from core.hours import DAY_MINUTES, DAYS
from facilities.asked_time import Stretch

# Flags of a facility: Monday to Sunday and holidays; first to fifth week by weekday.
FLAG_DAYS, FLAG_WEEKS = 8, 35
Box = tuple[float, float, float, float]  # least latitude and longitude, then greatest; degrees


async def newest_edition(
    session: AsyncSession, municipality_id: str, kind: FacilityKind, last_day: date
) -> date | None:
    """Return the latest edition of a city's facilities of a kind; later dates than `last_day` are errors."""
    return await session.scalar(
        select(func.max(Facility.data_date)).where(
            Facility.municipality_id == municipality_id,
            Facility.kind == kind.value,
            Facility.data_date <= last_day,
        )
    )


async def facility_ids(session: AsyncSession, municipality_id: str, kind: FacilityKind) -> set[str]:
    """Return the ids of a city's facilities of a kind."""
    found = await session.scalars(
        select(Facility.id).where(Facility.municipality_id == municipality_id, Facility.kind == kind.value)
    )
    return set(found)


async def known_values(session: AsyncSession, municipality_id: str) -> dict[str, tuple[int, ...]]:
    """Return, by kind, how many facilities have a value in each column of `keeping.facility_bits`."""
    alone = (
        Facility.name_kana != "",
        Facility.address != "",
        Facility.latitude.is_not(None),
        Facility.url != "",
        Facility.other_closed != "",
    )
    flags = (
        func.substr(column, n, 1).in_(("0", "1"))
        for column, length in ((Facility.open_days, FLAG_DAYS), (Facility.open_weeks, FLAG_WEEKS))
        for n in range(1, length + 1)
    )
    counts = (func.count().filter(condition) for condition in (*alone, *flags))
    stmt = select(Facility.kind, *counts).where(Facility.municipality_id == municipality_id)
    return {kind: tuple(found) for kind, *found in await session.execute(stmt.group_by(Facility.kind))}


async def known_hours(session: AsyncSession, municipality_id: str) -> dict[str, tuple[int, ...]]:
    """Return, by kind, how many departments have a value in each column of `keeping.hours_bits`."""
    days = (
        column.op("&&", is_comparison=True)(func.int4range(day * DAY_BLOCK, (day + 1) * DAY_BLOCK))
        for column in (FacilityDepartment.times, FacilityDepartment.reception)
        for day in range(len(DAYS))
    )
    conditions = (FacilityDepartment.code != "", FacilityDepartment.name != "", *days)
    stmt = (
        select(Facility.kind, *(func.count().filter(condition) for condition in conditions))
        .join(FacilityDepartment, FacilityDepartment.facility_id == Facility.id)
        .where(Facility.municipality_id == municipality_id)
        .group_by(Facility.kind)
    )
    return {kind: tuple(found) for kind, *found in await session.execute(stmt)}


async def remove_departments(session: AsyncSession, municipality_id: str, kind: FacilityKind) -> None:
    """Delete the reported hours of the departments of a city's facilities of a kind."""
    ids = select(Facility.id).where(Facility.municipality_id == municipality_id, Facility.kind == kind.value)
    await session.execute(delete(FacilityDepartment).where(FacilityDepartment.facility_id.in_(ids)))


@cache
def _near(*, by_department: bool, by_kind: bool, by_time: bool) -> Select[Facility]:
    """Return the statement; building it anew for every search would take as long as its answer."""
    place = func.point(Facility.longitude, Facility.latitude)
    corners = (func.point(_number("west"), _number("south")), func.point(_number("east"), _number("north")))
    here = func.point(_number("longitude"), _number("latitude"))
    return (
        select(Facility)
        .where(Facility.latitude.is_not(None), place.op("<@", is_comparison=True)(func.box(*corners)))
        .where(*_fitting(by_department=by_department, by_kind=by_kind, by_time=by_time))
        .order_by(place.op("<->")(here))
        .limit(bindparam("most", type_=Integer))
    )


def _number(name: str) -> BindParameter[float]:
    return bindparam(name, type_=Double)


async def find_near(
    session: AsyncSession,
    municipality_id: str,
    latitude: float,
    longitude: float,
    *,
    box: Box,
    departments: Collection[str],
    kinds: Collection[str],
    stretch: Stretch | None,
    limit: int,
) -> Sequence[Facility]:
    """Return facilities by distance in degrees (the GiST index on the point), nearest first.

    `stretch`: only those where one of the departments reported times in it.
    """
    stmt = _near(by_department=bool(departments), by_kind=bool(kinds), by_time=stretch is not None)
    south, west, north, east = box
    asked = _asked(municipality_id, departments, kinds, stretch) | {
        "latitude": latitude,
        "longitude": longitude,
        "south": south,
        "west": west,
        "north": north,
        "east": east,
        "most": limit,
    }
    return (await session.scalars(stmt, asked)).all()


async def find_unplaced(
    session: AsyncSession,
    municipality_id: str,
    address_parts: Collection[str],
    *,
    departments: Collection[str],
    kinds: Collection[str],
    stretch: Stretch | None,
) -> Sequence[Facility]:
    """Return facilities without coordinates whose address contains one of `address_parts`, by id."""
    stmt = (
        select(Facility)
        .where(Facility.latitude.is_(None), or_(*(Facility.address.contains(p) for p in address_parts)))
        .where(*_fitting(by_department=bool(departments), by_kind=bool(kinds), by_time=stretch is not None))
        .order_by(Facility.id)
    )
    asked = _asked(municipality_id, departments, kinds, stretch)
    return (await session.scalars(stmt, asked)).all()


async def find_named(
    session: AsyncSession, municipality_id: str, name: str, kana: str, *, limit: int
) -> Sequence[Facility]:
    """Return facilities with `name` in their name, or `kana` (katakana) in their reading; shortest first."""
    fits = Facility.name.contains(name, autoescape=True)
    if kana:
        fits = or_(fits, Facility.name_kana.contains(kana, autoescape=True))
    stmt = select(Facility).where(Facility.municipality_id == municipality_id, fits)
    stmt = stmt.order_by(func.length(Facility.name), Facility.id).limit(limit)
    return (await session.scalars(stmt)).all()


@cache
def _departments_of(*, by_department: bool) -> Select[FacilityDepartment]:
    stmt = select(FacilityDepartment).where(
        FacilityDepartment.facility_id.in_(bindparam("ids", expanding=True))
    )
    if by_department:
        stmt = stmt.where(FacilityDepartment.name.in_(bindparam("departments", expanding=True)))
    return stmt.order_by(FacilityDepartment.id)


async def departments_of(
    session: AsyncSession, ids: Collection[str], names: Collection[str] = ()
) -> dict[str, list[FacilityDepartment]]:
    """Return what departments (only those of `names`, unless empty) reported, by facility."""
    found: dict[str, list[FacilityDepartment]] = {identity: [] for identity in ids}
    asked = {"ids": list(ids)} | ({"departments": list(names)} if names else {})
    for row in await session.scalars(_departments_of(by_department=bool(names)), asked):
        found[row.facility_id].append(row)
    return found


def _fitting(*, by_department: bool, by_kind: bool, by_time: bool) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Facility.municipality_id == bindparam("city")]
    if by_kind:
        conditions.append(Facility.kind.in_(bindparam("kinds", expanding=True)))
    if by_department or by_time:
        asked = [FacilityDepartment.facility_id == Facility.id]
        if by_department:
            asked.append(FacilityDepartment.name.in_(bindparam("departments", expanding=True)))
        if by_time:
            overlaps = FacilityDepartment.times.op("&&", is_comparison=True)
            asked.append(or_(*(overlaps(bindparam(name, type_=INT4RANGE)) for name in ("own", "before"))))
        # Checked for each candidate in the order of distance. As EXISTS it would become a join with all
        # facilities that have the department anywhere, thirty times slower on the whole nation.
        one = select(FacilityDepartment.id).where(*asked).limit(1).scalar_subquery()
        conditions.append(one.is_not(None))
    return conditions


def _asked(
    municipality_id: str,
    departments: Collection[str],
    kinds: Collection[str],
    stretch: Stretch | None,
) -> dict[str, Any]:
    """Return the values of `_fitting`; times may begin on the day before and reach over midnight."""
    values: dict[str, Any] = {"city": municipality_id}
    if kinds:
        values["kinds"] = list(kinds)
    if departments:
        values["departments"] = list(departments)
    if stretch:
        own, before = stretch.index * DAY_BLOCK, stretch.index_before * DAY_BLOCK + DAY_MINUTES
        values["own"] = Range(own + stretch.first, own + stretch.last)
        values["before"] = Range(before + stretch.first, before + stretch.last)
    return values
