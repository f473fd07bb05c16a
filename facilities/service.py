"""Search for what a resident asked for, then for similar departments and later times if there is none."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from sqlalchemy.ext.asyncio import AsyncSession

from core.db.tables.facility import FacilityKind
from core.municipalities import Desk, Municipality
from facilities import store
from facilities.asked_time import When, parse_when, present
from facilities.city_desks import serving_desk, serving_hotline
from facilities.departments import EMERGENCY_NAME, departments_instead, departments_meant
from facilities.distance import haversine_m
from facilities.model import Wanted
from facilities.opening_status import Week
from facilities.places import covers
from facilities.search import Found, Query, nearest

AT_ONCE = 3  # cards
# Of this many nearest facilities, those that open next are chosen.
NEIGHBOURHOOD = 12
SEEING_DOCTORS = (FacilityKind.HOSPITAL.value, FacilityKind.CLINIC.value)
_TO_KATAKANA = {code: code + 0x60 for code in range(ord("ぁ"), ord("ゖ") + 1)}


class Outcome(Enum):
    """What a search came to."""

    FOUND = "found"
    INSTEAD = "instead"  # none of the department itself: its nearest relatives
    NOT_OPEN = "not_open"  # none open then: those that open next
    NOTHING = "nothing"
    OUTSIDE = "outside"
    UNKNOWN_NAME = "unknown_name"


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What was found: at most `AT_ONCE` from the offset on, and whether there is more.

    Where none is open: the city's desk that is, and the line that helps to decide whether care can wait.
    """

    wanted: Wanted
    outcome: Outcome
    when: When
    found: tuple[Found, ...] = ()
    has_more: bool = False
    desk: Desk | None = None
    hotline: Desk | None = None

    @property
    def is_filtered(self) -> bool:
        """Whether only facilities open at a certain time were searched for."""
        return bool(self.wanted.when)


async def search(
    session: AsyncSession, city: Municipality, wanted: Wanted, now: datetime, *, offset: int = 0
) -> SearchResult:
    """Search for facilities; needs a place unless a certain facility is asked for."""
    when = parse_when(wanted.when, now)
    asked = when or present(now)
    if wanted.name:
        return await _named(session, city, wanted, asked)
    assert wanted.latitude is not None
    assert wanted.longitude is not None
    if not covers(city, wanted.latitude, wanted.longitude):
        return SearchResult(wanted, Outcome.OUTSIDE, asked)
    is_emergency = wanted.department == EMERGENCY_NAME
    query = Query(
        city=city,
        latitude=wanted.latitude,
        longitude=wanted.longitude,
        departments=departments_meant(wanted.department) if wanted.department else (),
        kinds=_kinds(wanted),
        # An emergency department's reported hours do not tell whether it takes patients now.
        when=None if is_emergency else when,
        district=wanted.district,
    )
    outcome, found = await _found(session, query, wanted.department, offset + AT_ONCE + 1, now)
    shown = found[offset : offset + AT_ONCE]
    desk = serving_desk(city, wanted.department, asked)
    is_desk_asked = outcome in {Outcome.NOT_OPEN, Outcome.NOTHING} or is_emergency
    return SearchResult(
        wanted,
        outcome,
        asked,
        tuple(shown),
        has_more=len(found) > offset + AT_ONCE,
        desk=desk if is_desk_asked and not offset else None,
        hotline=serving_hotline(city, wanted.department, asked) if outcome is Outcome.NOT_OPEN else None,
    )


def _kinds(wanted: Wanted) -> tuple[str, ...]:
    if wanted.kind:
        return (wanted.kind,)
    return () if wanted.department else SEEING_DOCTORS


async def _found(
    session: AsyncSession, query: Query, department: str, limit: int, now: datetime
) -> tuple[Outcome, list[Found]]:
    """Return the first search with results: as asked, related departments, facilities that open next."""
    if found := await nearest(session, query, limit=limit, now=now):
        return Outcome.FOUND, found
    relatives = replace(query, departments=departments_instead(department))
    if relatives.departments and (found := await nearest(session, relatives, limit=limit, now=now)):
        return Outcome.INSTEAD, found
    if query.when is None:
        return Outcome.NOTHING, []
    around = await nearest(session, replace(query, when=None), limit=NEIGHBOURHOOD, now=now)
    told = [replace(one, when=query.when) for one in around]
    opening = sorted(
        ((at, n) for n, one in enumerate(told) if (at := one.opens_next) is not None),
    )
    chosen = [told[n] for _, n in opening] or told
    return (Outcome.NOT_OPEN, chosen[:limit]) if chosen else (Outcome.NOTHING, [])


async def _named(session: AsyncSession, city: Municipality, wanted: Wanted, asked: When) -> SearchResult:
    katakana = wanted.name.translate(_TO_KATAKANA)
    kana = katakana if all("ァ" <= c <= "ヶ" or c == "ー" for c in katakana) else ""
    rows = await store.find_named(session, city.id, wanted.name, kana, limit=AT_ONCE)
    if not rows:
        return SearchResult(wanted, Outcome.UNKNOWN_NAME, asked)
    reported = await store.departments_of(session, [row.id for row in rows])
    found = tuple(
        Found(row, _from(wanted, row.latitude, row.longitude), Week(row, reported[row.id]), asked)
        for row in rows
    )
    return SearchResult(wanted, Outcome.FOUND, asked, found)


def _from(wanted: Wanted, latitude: float | None, longitude: float | None) -> float | None:
    if wanted.place is None or latitude is None or longitude is None:
        return None
    return haversine_m(*wanted.place, latitude, longitude)
