"""What a resident sees at the end of a consultation, and at once in an emergency. No diagnosis, no disease names."""

from dataclasses import dataclass
from datetime import datetime

from bot.triage.protocol import Result
from core.db.tables import Urgency
from core.hours import is_open
from core.messages import Action, Call, Card, Row, Tone
from core.municipalities import Desk, Municipality
from core.texts import Texts

FIRE = "119"
ADULT_DESK = "7119"
CHILD_DESK = "8000"
SELF_CARE = frozenset({Urgency.GREEN, Urgency.WHITE})
MAX_ACTIONS = 5  # large choices an old reader still takes in


@dataclass(frozen=True, slots=True)
class Onward:
    """Buttons that lead on; the talk knows where they go. The shop is offered for green and white only."""

    facility: Action
    person: Action
    shop: Action


def urgency_card(result: Result, city: Municipality, texts: Texts, now: datetime, onward: Onward) -> Card:
    """Return the card of a finished consultation: how urgent, why, what to do now, where to turn.

    A desk is offered only while it answers (`now`) and for the ages it serves.
    """
    level = result.urgency.value
    return Card(
        title=texts(f"triage.level.{level}.title"),
        tone=Tone(level),
        body=(texts(f"triage.level.{level}.lead"), _listed(texts("triage.now"), result.advice)),
        rows=_rows(result, texts),
        actions=_actions(result, city, texts, now, onward),
        note=_note(result, texts),
    )


def emergency_card(category: str, city: Municipality, texts: Texts) -> Card:
    """Return the 119 card: call first, what to say, what to get ready.

    `category` is one of the screen's, or `first_check` where a question found it.
    """
    return Card(
        title=texts("triage.emergency.title"),
        tone=Tone.RED,
        body=(texts(f"triage.emergency.saw.{category}"), texts("triage.emergency.call")),
        rows=(
            Row(texts("triage.emergency.say.label"), texts("triage.emergency.say.text", city=city.name)),
            Row(texts("triage.emergency.until.label"), texts(f"triage.emergency.until.{_until(category)}")),
            Row(texts("triage.emergency.bring.label"), texts("triage.emergency.bring.text")),
        ),
        actions=(Call(texts("triage.call.119"), FIRE),),
        note=texts("triage.emergency.note"),
    )


def open_desks(city: Municipality, audience: str, now: datetime) -> tuple[Desk, ...]:
    """Return the advice lines of the city that serve these ages (`adult`, `child`) and answer at `now`."""
    wanted = CHILD_DESK if audience == "child" else ADULT_DESK
    return tuple(
        desk
        for desk in city.desks
        if desk.id == wanted and desk.for_ages in {"all", audience} and is_open(desk.hours, now)
    )


def _until(category: str) -> str:
    return category if category in {"no_breathing", "no_pulse", "no_response", "drowning"} else "other"


def _listed(title: str, lines: tuple[str, ...]) -> str:
    return "\n".join([title, *(f"・{line}" for line in lines)])


def _rows(result: Result, texts: Texts) -> tuple[Row, ...]:
    reasons = result.reasons or (texts("triage.no_reason"),)
    rows = [Row(texts("triage.why"), "\n".join(f"・{reason}" for reason in reasons))]
    if result.urgency is not Urgency.RED:
        worse = "\n".join(f"・{sign}" for sign in result.protocol.worse)
        rows.append(Row(texts("triage.worse"), worse))
    if result.urgency in SELF_CARE:
        again = texts("triage.recheck.text", hours=result.protocol.recheck_hours)
        rows.append(Row(texts("triage.recheck.label"), again))
    return tuple(rows)


def _actions(
    result: Result, city: Municipality, texts: Texts, now: datetime, onward: Onward
) -> tuple[Action, ...]:
    call_119 = Call(texts("triage.call.119"), FIRE)
    desks = tuple(
        # A link cannot dial `#7119`: the button dials the desk's ordinary number.
        Call(texts("triage.call.desk", number=desk.number), desk.alternative or desk.number)
        for desk in open_desks(city, result.protocol.audience, now)
    )
    if result.urgency is Urgency.RED:
        return (call_119, onward.person)
    if result.urgency in SELF_CARE:
        return (onward.facility, onward.person, onward.shop, *desks)[:MAX_ACTIONS]
    if result.needs_nurse:
        return (onward.person, onward.facility, *desks, call_119)[:MAX_ACTIONS]
    return (onward.facility, *desks, onward.person, call_119)[:MAX_ACTIONS]


def _note(result: Result, texts: Texts) -> str:
    note = texts("triage.note")
    return f"{texts('triage.draft')}\n{note}" if result.is_draft else note
