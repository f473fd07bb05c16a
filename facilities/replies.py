"""Compose the answer to a search: a sentence, the cards, buttons for the next step."""

from collections.abc import Sequence
from datetime import datetime

from core.db.tables.facility import FacilityKind
from core.messages import Action, Card, Carousel, Message, Open, Text
from core.municipalities import Municipality
from core.texts import Texts
from facilities.asked_time import HOUR, When
from facilities.cards import NAVII_URL, desk_card, facility_card
from facilities.dates import clock_words, day_words
from facilities.departments import EMERGENCY_NAME
from facilities.model import Wanted
from facilities.service import Looked, Outcome


def tell(
    looked: Looked,
    city: Municipality,
    texts: Texts,
    now: datetime,
    *,
    more: Action,
    onward: Sequence[Action],
) -> list[Message]:
    """Return the messages; `more` is the button for further results, offered where there are any."""
    quick = (more, *onward) if looked.has_more else tuple(onward)
    match looked.outcome:
        case Outcome.OUTSIDE:
            return [_elsewhere("outside", texts, quick, city=city.name)]
        case Outcome.UNKNOWN_NAME:
            return [_elsewhere("unknown_name", texts, quick, name=looked.wanted.name)]
        case Outcome.NOTHING if looked.desk is None:
            return [Text(text=texts("facility.none", what=what_words(looked.wanted, texts)), quick=quick)]
        case _:
            return _cards(looked, texts, now, quick)


def what_words(wanted: Wanted, texts: Texts) -> str:
    """Return a phrase for what is searched for."""
    if wanted.department:
        return wanted.department
    return texts(f"facility.kind.{wanted.kind}") if wanted.kind else texts("facility.kind.any")


def when_words(when: When, now: datetime) -> str:
    """Return a phrase for the time asked about."""
    if when.is_now:
        return "いま"
    day = day_words(when.day, now)
    return (
        f"{day}の{clock_words(when.minute // HOUR, when.minute % HOUR)}に" if when.is_moment else f"{day}に"
    )


def _start(wanted: Wanted, texts: Texts) -> str:
    """Return a phrase for the place that distances are measured from."""
    if wanted.district:
        return texts("facility.from_district", district=wanted.district)
    return texts("facility.from_here")


def _elsewhere(key: str, texts: Texts, quick: tuple[Action, ...], **fields: str) -> Message:
    return Card(
        title=texts(f"facility.{key}.title", **fields),
        body=(texts(f"facility.{key}.text", **fields),),
        actions=(Open(texts("facility.navii_search"), NAVII_URL),),
        quick=quick,
    )


def _cards(looked: Looked, texts: Texts, now: datetime, quick: tuple[Action, ...]) -> list[Message]:
    department = looked.wanted.department
    tells_opening = looked.outcome is Outcome.NOT_OPEN
    cards = [desk_card(looked.desk, looked.when, texts, now)] if looked.desk else []
    cards += [
        facility_card(one, texts, now, department=department, tells_opening=tells_opening)
        for one in looked.found
    ]
    return [Text(text=_lead(looked, texts, now)), Carousel(cards=tuple(cards), quick=quick)]


def _lead(looked: Looked, texts: Texts, now: datetime) -> str:
    fields = {
        "what": what_words(looked.wanted, texts),
        "when": when_words(looked.when, now),
        "start": _start(looked.wanted, texts),
    }
    is_filtered = looked.is_filtered and looked.wanted.department != EMERGENCY_NAME
    match looked.outcome:
        case Outcome.NOT_OPEN:
            is_known = any(one.opens_next for one in looked.found)
            key = "not_open" if is_known else "not_open_unknown"
        case Outcome.INSTEAD:
            key = "instead_lead"
        case Outcome.NOTHING:
            key = "desk_only"
        case _:
            key = "named" if looked.wanted.name else ("open" if is_filtered else "found")
    sentences = [texts(f"facility.{key}", count=len(looked.found), **fields)]
    if looked.desk and looked.outcome is Outcome.NOT_OPEN:
        sentences.append(texts("facility.desk.lead"))
    if looked.hotline and looked.wanted.kind != FacilityKind.PHARMACY.value:
        sentences.append(texts("facility.desk.hotline", number=looked.hotline.number))
    if looked.wanted.department == EMERGENCY_NAME:
        sentences.append(texts("facility.emergency"))
    if looked.when.is_year_end:
        sentences.append(texts("facility.year_end"))
    return "\n".join(sentences)
