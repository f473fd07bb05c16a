"""Queries on facilities."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.tables.facility import Facility, FacilityHours, FacilityKind
from facilities.model import FacilityRecord, HoursRecord

HOURS_AT_ONCE = 2000  # rows of an insert: well below the limit of 65,535 parameters


async def save_facilities(
    session: AsyncSession, municipality_id: str, records: Iterable[FacilityRecord], now: datetime
) -> int:
    """Insert or renew facilities; an older edition never replaces a newer one. Returns how many were written."""
    by_id = {record.id: record for record in records}
    if not by_id:
        return 0
    values = [
        {
            **{k: v for k, v in asdict(record).items() if k != "code"},
            "kind": record.kind.value,
            "municipality_id": municipality_id,
            "imported_at": now,
        }
        for record in by_id.values()
    ]
    stmt = upsert(Facility).values(values)
    renewed = {k: stmt.excluded[k] for k in values[0] if k != "id"}
    stmt = stmt.on_conflict_do_update(
        index_elements=["id"], set_=renewed, where=Facility.data_date <= stmt.excluded.data_date
    )
    written = await session.scalars(stmt.returning(Facility.id))
    return len(written.all())


async def remove_older(session: AsyncSession, municipality_id: str, kind: FacilityKind, edition: date) -> int:
    """Remove facilities that this edition no longer lists; returns how many."""
    stmt = delete(Facility).where(
        Facility.municipality_id == municipality_id, Facility.kind == kind.value, Facility.data_date < edition
    )
    removed = await session.scalars(stmt.returning(Facility.id))
    return len(removed.all())


async def facility_ids(session: AsyncSession, municipality_id: str, edition: date) -> set[str]:
    """Return the ids of a city's facilities that are not of a later edition than `edition`."""
    found = await session.scalars(
        select(Facility.id).where(Facility.municipality_id == municipality_id, Facility.data_date <= edition)
    )
    return set(found)


async def clear_hours(session: AsyncSession, ids: Collection[str]) -> None:
    """Remove the reported hours of these facilities."""
    await session.execute(delete(FacilityHours).where(FacilityHours.facility_id.in_(ids)))


async def add_hours(session: AsyncSession, records: Sequence[HoursRecord]) -> None:
    """Insert reported hours."""
    for start in range(0, len(records), HOURS_AT_ONCE):
        chunk = records[start : start + HOURS_AT_ONCE]
        await session.execute(insert(FacilityHours), [asdict(record) for record in chunk])


async def near(
    session: AsyncSession,
    municipality_id: str,
    latitude: float,
    longitude: float,
    *,
    departments: Collection[str],
    kind: str,
    limit: int,
) -> Sequence[Facility]:
    """Return facilities by distance in degrees (the GiST index on the point), nearest first."""
    place = func.point(Facility.longitude, Facility.latitude)
    stmt = select(Facility).where(Facility.municipality_id == municipality_id, Facility.latitude.is_not(None))
    if kind:
        stmt = stmt.where(Facility.kind == kind)
    if departments:
        has = select(FacilityHours.id).where(
            FacilityHours.facility_id == Facility.id, FacilityHours.department.in_(departments)
        )
        stmt = stmt.where(has.exists())
    stmt = stmt.order_by(place.op("<->")(func.point(longitude, latitude))).limit(limit)
    return (await session.scalars(stmt)).all()


async def hours_of(session: AsyncSession, ids: Collection[str]) -> dict[str, list[FacilityHours]]:
    """Return the reported hours by facility."""
    found: dict[str, list[FacilityHours]] = {identity: [] for identity in ids}
    for row in await session.scalars(select(FacilityHours).where(FacilityHours.facility_id.in_(ids))):
        found[row.facility_id].append(row)
    return found
