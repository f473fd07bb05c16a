"""Compose the answer to a search: a sentence, the cards, buttons for the next step."""

from collections.abc import Sequence
from datetime import datetime

from core.db.tables.facility import FacilityKind
from core.messages import Button, Card, Carousel, Message, Open, Text
from core.municipalities import Municipality
from core.texts import Texts
from facilities.asked_time import HOUR, When
from facilities.cards import NAVII_URL, desk_card, facility_card
from facilities.dates import clock_words, day_words
from facilities.departments import EMERGENCY_NAME
from facilities.model import Wanted
from facilities.service import Outcome, SearchResult


def search_reply(
    result: SearchResult,
    city: Municipality,
    texts: Texts,
    now: datetime,
    *,
    more: Button,
    onward: Sequence[Button],
) -> list[Message]:
    """Return the messages; `more` is the button for further results, offered where there are any."""
    quick = (more, *onward) if result.has_more else tuple(onward)
    match result.outcome:
        case Outcome.OUTSIDE:
            title = texts("facility.outside.title", city=city.name)
            return [_elsewhere(title, texts("facility.outside.text", city=city.name), texts, quick)]
        case Outcome.UNKNOWN_NAME:
            title = texts("facility.unknown_name.title", name=result.wanted.name)
            return [_elsewhere(title, texts("facility.unknown_name.text"), texts, quick)]
        case Outcome.NOTHING if result.desk is None:
            return [Text(text=texts("facility.none", what=what_words(result.wanted, texts)), quick=quick)]
        case _:
            return _cards(result, texts, now, quick)


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
    if wanted.landmark:
        return texts("facility.from_landmark", place=wanted.landmark)
    if wanted.district:
        return texts("facility.from_district", district=wanted.district)
    return texts("facility.from_here")


def _elsewhere(title: str, words: str, texts: Texts, quick: tuple[Button, ...]) -> Message:
    return Card(
        title=title,
        body=(words,),
        actions=(Open(texts("facility.navii_search"), NAVII_URL),),
        quick=quick,
    )


def _cards(result: SearchResult, texts: Texts, now: datetime, quick: tuple[Button, ...]) -> list[Message]:
    department = result.wanted.department
    tells_opening = result.outcome is Outcome.NOT_OPEN
    cards = [desk_card(result.desk, result.when, texts, now)] if result.desk else []
    cards += [
        facility_card(one, texts, now, department=department, tells_opening=tells_opening)
        for one in result.found
    ]
    return [Text(text=_lead(result, texts, now)), Carousel(cards=tuple(cards), quick=quick)]


def _lead(result: SearchResult, texts: Texts, now: datetime) -> str:
    sentences = [_found_words(result, texts, now)]
    if result.desk and result.outcome is Outcome.NOT_OPEN:
        sentences.append(texts("facility.desk.lead"))
    if result.hotline and result.wanted.kind != FacilityKind.PHARMACY.value:
        sentences.append(texts("facility.desk.hotline", number=result.hotline.number))
    if result.wanted.department == EMERGENCY_NAME:
        sentences.append(texts("facility.emergency"))
    if result.when.is_year_end:
        sentences.append(texts("facility.year_end"))
    return "\n".join(sentences)


def _found_words(result: SearchResult, texts: Texts, now: datetime) -> str:
    """Return the sentence that says what was found."""
    what, when = what_words(result.wanted, texts), when_words(result.when, now)
    start, count = _start(result.wanted, texts), len(result.found)
    is_filtered = result.is_filtered and result.wanted.department != EMERGENCY_NAME
    match result.outcome:
        case Outcome.NOT_OPEN:
            is_known = any(one.opens_next for one in result.found)
            key = "not_open" if is_known else "not_open_unknown"
            return texts(f"facility.{key}", when=when, what=what, count=count)
        case Outcome.INSTEAD:
            return texts("facility.instead_lead", what=what, start=start, count=count)
        case Outcome.NOTHING:
            return texts("facility.desk_only", what=what)
        case _ if result.wanted.name:
            return texts("facility.named", count=count)
        case _ if is_filtered:
            return texts("facility.open", when=when, what=what, start=start, count=count)
        case _:
            return texts("facility.found", what=what, start=start, count=count)
