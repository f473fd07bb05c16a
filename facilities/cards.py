"""Build a card for each facility and city desk, without praise or ranking."""

from datetime import date, datetime
from urllib.parse import urlencode

from core.clock import TOKYO
from core.db.tables.facility import Facility, FacilityKind
from core.hours import Interval
from core.messages import Button, Call, Card, Open, Row
from core.municipalities import Desk
from core.texts import Texts
from core.web_address import link_of
from facilities.asked_time import When
from facilities.city_desks import desk_hours
from facilities.dates import clock_words, date_words, day_words
from facilities.departments import departments_meant
from facilities.opening_status import DayStatus
from facilities.search import Found

# Only links for the resident to tap; nothing is fetched from there.
MAP_URL = "https://www.google.com/maps/search/"
NAVII_URL = "https://www.iryou.teikyouseido.mhlw.go.jp/"
# A facility's own page, which has its telephone number; addressed by the parts of its id.
NAVII_PAGE = NAVII_URL + "znk-web/juminkanja/S2430/initialize"
NEAR_M = 1000
# Names of the sample data start like this; the ministry must not be credited with them.
INVENTED = "デモ"


def facility_card(
    found: Found, texts: Texts, now: datetime, *, department: str = "", tells_opening: bool = False
) -> Card:
    """Return a card: distance, the day's reported hours, address; call, map, home page; date of the data.

    `department`: the one that was asked for. `tells_opening`: add when the facility opens next.
    """
    facility = found.facility
    rows = (
        *_distance(found, texts),
        Row(_hours_label(found, texts, now), _hours(found, texts)),
        *_reception(found, texts),
        *(_opening(found, texts, now) if tells_opening else ()),
        Row(texts("facility.other_closed"), facility.other_closed),
        Row(texts("facility.address"), facility.address),
    )
    return Card(
        title=facility.name,
        body=(_about(found, texts, department),),
        rows=tuple(row for row in rows if row.value),
        actions=_actions(facility, texts),
        note=_note(facility, texts),
    )


def desk_card(desk: Desk, when: When, texts: Texts, now: datetime) -> Card:
    """Return one of the city's desks with its hours on the day that is asked about."""
    hours = desk_hours(desk, when) or texts("facility.desk.closed")
    rows = (Row(texts("facility.desk.hours", day=day_words(when.day, now)), hours),)
    return Card(
        title=desk.name,
        body=(desk.about,) if desk.about else (),
        rows=rows,
        actions=(Call(texts("facility.call"), desk.number),),
        note=texts("facility.desk.note", date=date_words(date.fromisoformat(desk.checked_on))),
    )


def _about(found: Found, texts: Texts, department: str) -> str:
    kind = texts(f"facility.kind.{found.facility.kind}")
    names = list(dict.fromkeys(d.name for d in found.week.departments if d.name))
    if department in {"", kind} or not names:
        return kind
    if department in names or set(names) & set(departments_meant(department)):
        return f"{kind}・{department}"
    return texts("facility.instead", kind=kind, asked=department, found="、".join(names))


def _note(facility: Facility, texts: Texts) -> str:
    if facility.name.startswith(INVENTED):
        return texts("facility.note_invented")
    return texts("facility.note", date=date_words(facility.data_date))


def _distance(found: Found, texts: Texts) -> list[Row]:
    if found.distance_m is None and found.facility.latitude is not None:
        return []  # no starting point is known
    if found.distance_m is None:
        return [Row(texts("facility.distance.label"), texts("facility.distance.unknown"))]
    if found.distance_m < NEAR_M:
        words = texts("facility.distance.m", value=max(round(found.distance_m / 50) * 50, 50))
    else:
        words = texts("facility.distance.km", value=f"{found.distance_m / 1000:.1f}")
    return [Row(texts("facility.distance.label"), words)]


def _hours_label(found: Found, texts: Texts, now: datetime) -> str:
    is_pharmacy = found.facility.kind == FacilityKind.PHARMACY.value
    key = "facility.hours.pharmacy" if is_pharmacy else "facility.hours.label"
    return texts(key, day=day_words(found.when.day, now))


def _hours(found: Found, texts: Texts) -> str:
    if found.is_emergency_only:
        return texts("facility.hours.emergency")
    day = found.day
    listed = _listed(day.intervals)
    match day.status:
        case DayStatus.OPEN if found.when.is_now and found.is_open:
            return listed + texts("facility.open_now")
        case DayStatus.OPEN if found.when.is_now:
            return listed + texts("facility.closed_now")
        case DayStatus.OPEN:
            return listed
        case DayStatus.DOUBTFUL:
            return texts("facility.hours.doubtful", hours=listed)
        case DayStatus.CLOSED:
            return texts("facility.hours.closed")
        case DayStatus.UNKNOWN:
            return texts("facility.hours.unknown")


def _reception(found: Found, texts: Texts) -> list[Row]:
    """Return the reception hours if shorter than the opening hours: later patients are turned away."""
    day = found.day
    if day.status is not DayStatus.OPEN or not day.reception or day.reception == day.intervals:
        return []
    words = _listed(day.reception)
    if found.when.is_now and found.is_open and not _receives(day.reception, found.when.minute):
        words += texts("facility.reception.over")
    return [Row(texts("facility.reception.label"), words)]


def _receives(reception: tuple[Interval, ...], minute: int) -> bool:
    return any(i.opens <= minute < i.closes for i in reception)


def _opening(found: Found, texts: Texts, now: datetime) -> list[Row]:
    opens = found.opens_next
    if opens is None:
        return []
    local = opens.astimezone(TOKYO)
    words = f"{day_words(local.date(), now)} {clock_words(local.hour, local.minute)}"
    return [Row(texts("facility.opens_next"), words)]


def _listed(intervals: tuple[Interval, ...]) -> str:
    return "、".join(interval.text() for interval in intervals)


def _actions(facility: Facility, texts: Texts) -> tuple[Button, ...]:
    actions: list[Button] = []
    if facility.phone:
        actions.append(Call(texts("facility.call"), facility.phone))
    place = f"{facility.latitude},{facility.longitude}" if facility.latitude is not None else facility.address
    query = urlencode({"api": "1", "query": place}, safe=",")
    if map_page := link_of(f"{MAP_URL}?{query}"):
        actions.append(Open(texts("facility.map"), map_page))
    # Some reported addresses cannot be opened: then the card only lacks that button.
    if site := link_of(facility.url):
        actions.append(Open(texts("facility.site"), site))
    if not facility.phone and not facility.name.startswith(INVENTED):
        actions.append(Open(texts("facility.navii"), navii_page(facility.id)))
    return tuple(actions)


def navii_page(identity: str) -> str:
    """Return the address of a facility's page in ナビイ."""
    parts = {"prefCd": identity[:2], "kikanKbn": identity[2], "kikanCd": identity[3:]}
    return f"{NAVII_PAGE}?{urlencode(parts)}"
