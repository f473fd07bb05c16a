"""Search facilities by true distance, with their reported hours for the time asked about."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from core.db.tables.facility import Facility
from core.municipalities import Municipality
from facilities import store
from facilities.asked_time import When, present
from facilities.departments import EMERGENCY
from facilities.distance import EARTH_RADIUS_M, box_around, haversine_m
from facilities.opening_status import Day, Week
from facilities.places import address_parts, district_named, nearest_district

# Farther away is not near, whatever the city's size.
REACH_M = 40_000
# Taken as the distance when only the district is known: neither first nor last.
DISTRICT_M = 5_000
# Candidates for each facility wanted: the index orders by degrees, shorter to the east than to the north.
SPARE = 3


@dataclass(frozen=True, slots=True)
class Query:
    """A search for facilities from a place (WGS 84 degrees).

    `departments` and `kinds`: one of these, any when empty. `when`: only facilities open then. `district`:
    facilities without coordinates in it are listed too; empty: the district nearest to the place.
    """

    city: Municipality
    latitude: float
    longitude: float
    departments: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    when: When | None = None
    district: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A facility found: straight-line metres (None: unknown) and reported hours for the time asked about."""

    facility: Facility
    distance_m: float | None
    week: Week
    when: When

    @property
    def day(self) -> Day:
        """The day's reported hours."""
        return self.week.on(self.when.day)

    @property
    def is_open(self) -> bool:
        """Whether it is open then, as far as reports can be believed."""
        return self.week.is_open(self.when)

    @property
    def opens_next(self) -> datetime | None:
        """When it opens next after the time asked about."""
        return self.week.opens_next(self.when.at)

    @property
    def is_emergency_only(self) -> bool:
        """Whether the wanted departments report only an emergency department's 24 hours."""
        return bool(self.week.departments) and all(d.code == EMERGENCY for d in self.week.departments)


async def nearest(session: AsyncSession, query: Query, *, limit: int, now: datetime) -> list[Found]:
    """Return the nearest facilities of a city, by distance alone (no ranking of any other sort)."""
    wanted = limit * SPARE
    while True:
        rows = await store.find_near(
            session,
            query.city.id,
            query.latitude,
            query.longitude,
            box=box_around(query.latitude, query.longitude, REACH_M),
            departments=query.departments,
            kinds=query.kinds,
            stretch=query.when.stretch if query.when else None,
            limit=wanted,
        )
        found = await _judged(session, rows, query, now)
        if len(rows) < wanted or _is_settled(query, found, rows[-1], limit):
            break
        wanted *= 4
    if len(found) < limit or (found[limit - 1].distance_m or 0) > DISTRICT_M:
        found += await _judged(session, await _unplaced(session, query), query, now)
    return sorted(found, key=_order)[:limit]


async def _unplaced(session: AsyncSession, query: Query) -> Sequence[Facility]:
    """Return the facilities of the district that have an address and no coordinates."""
    district = district_named(query.district, query.city) or nearest_district(
        query.city, query.latitude, query.longitude
    )
    if district is None:
        return ()
    return await store.find_unplaced(
        session,
        query.city.id,
        address_parts(district, query.city),
        departments=query.departments,
        kinds=query.kinds,
        stretch=query.when.stretch if query.when else None,
    )


async def _judged(
    session: AsyncSession, rows: Sequence[Facility], query: Query, now: datetime
) -> list[Found]:
    """Return the facilities within reach, open if that was asked, nearest first."""
    reported = await store.departments_of(session, [row.id for row in rows], query.departments)
    asked = query.when or present(now)
    found = []
    for row in rows:
        one = Found(row, _distance(query, row), Week(row, reported[row.id]), asked)
        if (one.distance_m or 0) <= REACH_M and (query.when is None or one.is_open):
            found.append(one)
    return sorted(found, key=_order)


def _is_settled(query: Query, found: Sequence[Found], last: Facility, limit: int) -> bool:
    """Whether the first `limit` are final: no facility that was not read can be nearer.

    The index orders by degrees. An unread facility is further away in degrees than `last`, hence further in
    metres than `shrink` times that.
    """
    if len(found) < limit:
        return False
    assert last.latitude is not None
    assert last.longitude is not None
    degrees = math.hypot(last.latitude - query.latitude, last.longitude - query.longitude)
    northmost = math.radians(min(abs(query.latitude) + 1, 89))
    shrink = EARTH_RADIUS_M * math.radians(1) * math.cos(northmost)
    return (found[limit - 1].distance_m or 0) <= shrink * degrees


def _distance(query: Query, facility: Facility) -> float | None:
    if facility.latitude is None or facility.longitude is None:
        return None
    return haversine_m(query.latitude, query.longitude, facility.latitude, facility.longitude)


def _order(found: Found) -> tuple[float, str]:
    return (DISTRICT_M if found.distance_m is None else found.distance_m, found.facility.id)
