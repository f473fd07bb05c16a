"""What a resident sees of a search: one card a facility, nearest first; nothing that praises or ranks."""

from collections.abc import Sequence
from urllib.parse import urlencode

from core.db.tables.facility import Facility, FacilityKind
from core.messages import Action, Call, Card, Carousel, Message, Open, Row, Text
from core.texts import Texts
from facilities.search import Found
from facilities.today import DayStatus, Today

# Only a link for the resident to press; nothing is fetched from there.
MAP_URL = "https://www.google.com/maps/search/"
NEAR_M = 1000
# The names of the sample begin so; crediting the ministry with them would be untrue.
INVENTED = "デモ"


def facility_messages(
    found: Sequence[Found], texts: Texts, *, department: str = "", kind: str = ""
) -> list[Message]:
    """Return what to say about the facilities that were found, or that there are none."""
    if not found:
        what = department or texts(f"facility.kind.{kind or FacilityKind.CLINIC.value}")
        return [Text(text=texts("facility.none", what=what))]
    return [
        Text(text=texts("facility.found", count=len(found))),
        Carousel(cards=tuple(facility_card(one, texts, department) for one in found)),
    ]


def facility_card(found: Found, texts: Texts, department: str = "") -> Card:
    """Return one facility: distance, today's reported hours, address, map, call or home page, date of the data."""
    facility = found.facility
    rows = [
        Row(texts("facility.distance.label"), _distance(found.distance_m, texts)),
        Row(_hours_label(facility, texts), _hours(found.today, texts)),
    ]
    if facility.other_closed:
        rows.append(Row(texts("facility.other_closed"), facility.other_closed))
    rows.append(Row(texts("facility.address"), facility.address))
    about = texts(f"facility.kind.{facility.kind}")
    return Card(
        title=facility.name,
        body=(f"{about}・{department}" if department and department != about else about,),
        rows=tuple(rows),
        actions=_actions(facility, texts),
        note=_note(facility, texts),
    )


def _note(facility: Facility, texts: Texts) -> str:
    if facility.name.startswith(INVENTED):
        return texts("facility.note_invented")
    day = facility.data_date
    return texts("facility.note", date=f"{day.year}年{day.month}月{day.day}日")


def _distance(metres: float, texts: Texts) -> str:
    if metres < NEAR_M:
        return texts("facility.distance.m", value=max(round(metres / 50) * 50, 50))
    return texts("facility.distance.km", value=f"{metres / 1000:.1f}")


def _hours_label(facility: Facility, texts: Texts) -> str:
    is_pharmacy = facility.kind == FacilityKind.PHARMACY.value
    return texts("facility.today.pharmacy" if is_pharmacy else "facility.today.label")


def _hours(day: Today, texts: Texts) -> str:
    listed = "、".join(interval.text() for interval in day.intervals)
    match day.status:
        case DayStatus.OPEN:
            return listed + (texts("facility.open_now") if day.is_open_now else "")
        case DayStatus.DOUBTFUL:
            return texts("facility.today.doubtful", hours=listed)
        case DayStatus.CLOSED:
            return texts("facility.today.closed")
        case DayStatus.UNKNOWN:
            return texts("facility.today.unknown")


def _actions(facility: Facility, texts: Texts) -> tuple[Action, ...]:
    actions: list[Action] = []
    if facility.phone:
        actions.append(Call(texts("facility.call"), facility.phone))
    if facility.latitude is not None:
        query = urlencode({"api": "1", "query": f"{facility.latitude},{facility.longitude}"}, safe=",")
        actions.append(Open(texts("facility.map"), f"{MAP_URL}?{query}"))
    if facility.url:
        actions.append(Open(texts("facility.site"), facility.url))
    return tuple(actions)
