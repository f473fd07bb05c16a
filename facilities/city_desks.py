"""Find the city's own desk or hotline for a department and time."""

from core.hours import is_open, on_day, parse_hours
from core.municipalities import Desk, Municipality
from facilities.asked_time import When
from facilities.departments import CHILDREN, DENTAL, EMERGENCY_NAME, GENERAL

# Ids in the cities' files, by the departments these desks have.
ADULT_LINE, CHILD_LINE = "7119", "8000"
NIGHT_CLINIC, HOLIDAY_DENTAL, ON_DUTY = "night_clinic", "holiday_dental", "fire_guide"
_SERVES = {
    GENERAL: NIGHT_CLINIC,
    CHILDREN: NIGHT_CLINIC,
    EMERGENCY_NAME: NIGHT_CLINIC,
    DENTAL: HOLIDAY_DENTAL,
    "小児歯科": HOLIDAY_DENTAL,
    "歯科口腔外科": HOLIDAY_DENTAL,
}


def desk_of(city: Municipality, identity: str) -> Desk | None:
    """Return a desk by its id; None if the city has no such desk."""
    return next((desk for desk in city.desks if desk.id == identity), None)


def serving_desk(city: Municipality, department: str, when: When) -> Desk | None:
    """Return the desk for a department that is open at the moment, or on the day, that is asked about."""
    desk = desk_of(city, _SERVES.get(department, ""))
    if desk is None:
        return None
    serves = is_open(desk.hours, when.at) if when.is_moment else bool(desk_hours(desk, when))
    return desk if serves else None


def serving_hotline(city: Municipality, department: str, when: When) -> Desk | None:
    """Return the telephone line that helps to decide whether care can wait, if it answers now."""
    desk = desk_of(city, CHILD_LINE if department == CHILDREN else ADULT_LINE)
    return desk if desk and when.is_now and is_open(desk.hours, when.at) else None


def desk_hours(desk: Desk, when: When) -> str:
    """Return a desk's hours on the day asked about; empty when it is closed all day."""
    return "、".join(i.text() for i in on_day(parse_hours(desk.hours), when.day) or ())
