"""What is near: facilities by true distance, with the hours they reported for today."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from core.db.tables.facility import Facility, FacilityHours
from facilities import store
from facilities.departments import departments_meant
from facilities.today import Today, today

EARTH_RADIUS_M = 6_371_000
# Candidates by degrees for each facility wanted: a degree east is shorter than a degree north.
SPARE = 8


@dataclass(frozen=True, slots=True)
class Found:
    """A facility with its distance in a straight line and today's reported hours of what was asked for."""

    facility: Facility
    distance_m: float
    today: Today


async def nearest(
    session: AsyncSession,
    municipality_id: str,
    latitude: float,
    longitude: float,
    *,
    department: str = "",
    kind: str = "",
    limit: int = 3,
    at: datetime,
) -> list[Found]:
    """Return the nearest facilities of a city, by distance alone (no ranking of any other sort).

    `latitude` and `longitude` are WGS 84 degrees; `department` a normalised 診療科, `kind` a `FacilityKind`
    value, empty for any; `at` the moment asked about.
    """
    departments = departments_meant(department) if department else ()
    candidates = await _candidates(
        session, municipality_id, latitude, longitude, departments=departments, kind=kind, limit=limit
    )
    hours = await store.hours_of(session, [facility.id for _, facility in candidates])
    return [
        Found(facility, distance, today(facility, _asked(hours[facility.id], departments), at))
        for distance, facility in candidates
    ]


async def _candidates(
    session: AsyncSession,
    municipality_id: str,
    latitude: float,
    longitude: float,
    *,
    departments: Sequence[str],
    kind: str,
    limit: int,
) -> list[tuple[float, Facility]]:
    """Return the `limit` nearest by true distance.

    The index orders by degrees. Whoever is missing from the candidates is further away in degrees than all of
    them, hence further in metres than `shrink` times that; more are taken until this settles the order.
    """
    shrink = EARTH_RADIUS_M * math.radians(1) * math.cos(math.radians(min(abs(latitude) + 1, 89)))
    wanted = limit * SPARE
    while True:
        rows = await store.near(
            session, municipality_id, latitude, longitude, departments=departments, kind=kind, limit=wanted
        )
        measured = sorted(
            ((_distance(latitude, longitude, row), row) for row in rows),
            key=lambda pair: (pair[0], pair[1].id),
        )
        if len(rows) < wanted or measured[limit - 1][0] <= shrink * _degrees(latitude, longitude, rows[-1]):
            return measured[:limit]
        wanted *= 4


def haversine_m(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Return the distance in metres on the sphere between two points in degrees."""
    phi, other_phi = math.radians(latitude), math.radians(other_latitude)
    half = math.sin((other_phi - phi) / 2) ** 2
    half += math.cos(phi) * math.cos(other_phi) * math.sin(math.radians(other_longitude - longitude) / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(math.sqrt(half), 1))


def _distance(latitude: float, longitude: float, facility: Facility) -> float:
    assert facility.latitude is not None
    assert facility.longitude is not None
    return haversine_m(latitude, longitude, facility.latitude, facility.longitude)


def _degrees(latitude: float, longitude: float, facility: Facility) -> float:
    assert facility.latitude is not None
    assert facility.longitude is not None
    return math.hypot(facility.latitude - latitude, facility.longitude - longitude)


def _asked(hours: list[FacilityHours], departments: Sequence[str]) -> list[FacilityHours]:
    return [h for h in hours if not departments or h.department in departments]
