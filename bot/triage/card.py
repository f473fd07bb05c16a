"""Make the cards at the end of a consultation and in an emergency. No diagnosis, no disease names."""

from dataclasses import dataclass
from datetime import datetime

from bot.triage.calls import call_119, desk_call
from bot.triage.care import listed_hotlines
from bot.triage.protocols.result import Result
from core.db.tables import Urgency
from core.hours import is_open
from core.messages import Button, Card, Row, Tone
from core.municipalities import Desk, Municipality
from core.texts import Texts

ADULT_DESK = "7119"
CHILD_DESK = "8000"
SELF_CARE = frozenset({Urgency.GREEN, Urgency.WHITE})
ALWAYS = "00:00-24:00"
# What to do until help comes; the key under `triage.emergency.until`, `other` where none is named.
UNTIL = {
    "no_breathing": "heart",
    "no_pulse": "heart",
    "no_response": "heart",
    "drowning": "drowning",
    "consciousness": "consciousness",
    "choking": "choking",
    "convulsion": "convulsion",
    "bleeding_burn": "bleeding_burn",
    "accident": "accident",
    "child_head": "head_injury",
    "swallowed": "swallowed",
    "allergy": "allergy",
    "self_harm": "self_harm",
    "cannot_speak": "sudden",
    "face": "sudden",
    "limbs": "sudden",
    "head": "sudden",
    "chest_back": "breath",
    "child_breathing": "breath",
    "belly": "belly",
    "child_belly": "belly",
    "nausea_sweat": "belly",
    "young_baby": "baby",
}
MAX_ACTIONS = 5  # large choices an old reader still takes in


@dataclass(frozen=True, slots=True)
class Onward:
    """Buttons that lead to other flows, given by the talk. The shop is offered for green and white only."""

    facility: Button
    person: Button
    shop: Button


def urgency_card(result: Result, city: Municipality, texts: Texts, now: datetime, onward: Onward) -> Card:
    """Return the card of a finished consultation: how urgent, why, what to do now, where to turn.

    A desk is offered only while it answers (`now`) and for the ages it serves.
    """
    level = result.urgency.value
    is_open = result.case.is_unassessed and result.urgency is not Urgency.RED
    lead = texts("triage.unassessed.lead") if is_open else texts(f"triage.level.{level}.lead")
    return Card(
        title=texts(f"triage.level.{level}.title"),
        tone=Tone(level),
        body=(lead, _listed(texts("triage.now"), result.advice)),
        rows=_rows(result, texts),
        actions=_actions(result, city, texts, now, onward),
        note=_note(result, texts),
    )


def emergency_card(category: str, city: Municipality, texts: Texts) -> Card:
    """Return the 119 card: call 119 first, what to tell the dispatcher, what to do and to get ready.

    `category` is a red one of the screen's, or `first_check` where a question found it.
    """
    until = f"triage.emergency.until.{UNTIL.get(category, 'other')}"
    return Card(
        title=texts("triage.emergency.title"),
        tone=Tone.RED,
        body=(texts(f"triage.emergency.saw.{category}"), texts("triage.emergency.call")),
        rows=(
            Row(texts("triage.emergency.say.label"), texts("triage.emergency.say.text", city=city.name)),
            Row(texts("triage.emergency.until.label"), texts(until)),
            *_afterwards(category, city, texts),
            Row(texts("triage.emergency.bring.label"), texts("triage.emergency.bring.text")),
        ),
        actions=(call_119(texts),),
        note=texts("triage.emergency.note"),
    )


def _afterwards(category: str, city: Municipality, texts: Texts) -> tuple[Row, ...]:
    """Return the row with what to do or call after 119, if the category has one."""
    if category == "swallowed":
        said = texts("triage.emergency.after.swallowed")
    elif category == "self_harm":
        always = tuple(line for line in city.hotlines if line.verified and line.hours == ALWAYS)
        said = listed_hotlines(always, city)
    else:
        said = ""
    return (Row(texts("triage.emergency.after.label"), said),) if said else ()


def open_desks(city: Municipality, audience: str, now: datetime) -> tuple[Desk, ...]:
    """Return the city's advice lines that serve these ages (`adult`, `child`) and answer at `now`.

    With unknown ages (empty), return all that answer.
    """
    wanted = {"child": {CHILD_DESK}, "adult": {ADULT_DESK}}.get(audience, {ADULT_DESK, CHILD_DESK})
    groups = {"all", audience or "adult", audience or "child"}
    return tuple(
        desk
        for desk in city.desks
        if desk.id in wanted and desk.for_ages in groups and is_open(desk.hours, now)
    )


def _listed(title: str, lines: tuple[str, ...]) -> str:
    return "\n".join([title, *(f"・{line}" for line in lines)])


def _rows(result: Result, texts: Texts) -> tuple[Row, ...]:
    reasons = result.reasons or (texts("triage.no_reason"),)
    rows = [Row(texts("triage.why"), "\n".join(f"・{reason}" for reason in reasons))]
    if result.urgency is not Urgency.RED:
        rows.append(Row(texts("triage.department"), "、".join(result.departments)))
        worse = "\n".join(f"・{sign}" for sign in result.worse)
        rows.append(Row(texts("triage.worse"), worse))
    if result.urgency in SELF_CARE:
        again = texts("triage.recheck.text", hours=result.recheck_hours)
        rows.append(Row(texts("triage.recheck.label"), again))
    return tuple(rows)


def _actions(
    result: Result, city: Municipality, texts: Texts, now: datetime, onward: Onward
) -> tuple[Button, ...]:
    desks = tuple(desk_call(desk, texts) for desk in open_desks(city, result.case.facts.audience, now))
    if result.urgency is Urgency.RED:
        return (call_119(texts), onward.person)
    if result.urgency in SELF_CARE:
        return (onward.facility, onward.person, onward.shop, *desks)[:MAX_ACTIONS]
    if result.needs_nurse or result.case.is_unassessed:
        return (onward.person, onward.facility, *desks, call_119(texts))[:MAX_ACTIONS]
    return (onward.facility, *desks, onward.person, call_119(texts))[:MAX_ACTIONS]


def _note(result: Result, texts: Texts) -> str:
    note = texts("triage.note")
    return f"{texts('triage.draft')}\n{note}" if result.is_draft else note
