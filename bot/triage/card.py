"""Make the cards at the end of a consultation and in an emergency. No diagnosis, no disease names."""

from dataclasses import dataclass
from datetime import datetime

from bot.triage.by_when import by_when
from bot.triage.calls import call_119, desk_call
from bot.triage.protocols.case import Case
from bot.triage.protocols.result import Result
from core.db.tables import Urgency
from core.hours import is_open
from core.messages import Button, Card, Row, Tone
from core.municipalities import Desk, Municipality
from core.texts import Texts

ADULT_DESK = "7119"
CHILD_DESK = "8000"
SELF_CARE = frozenset({Urgency.GREEN, Urgency.WHITE})
MAX_ACTIONS = 5  # large choices an old reader still takes in


@dataclass(frozen=True, slots=True)
class Onward:
    """Buttons that lead to other flows, given by the talk. The shop is offered for green and white only."""

    facility: Button
    person: Button
    shop: Button


def urgency_card(result: Result, city: Municipality, texts: Texts, now: datetime, onward: Onward) -> Card:
    """Return the card of a consultation that ended below red: how urgent, why, what to do now, where to turn.

    For red see `bot.triage.red_card`. A desk is offered only while it answers (`now`) and for the ages it serves.
    """
    level = result.urgency.value
    is_open = result.case.is_unassessed
    lead = texts("triage.unassessed.lead") if is_open else texts(f"triage.level.{level}.lead")
    if result.urgency is Urgency.YELLOW:
        by = texts("triage.by.go", by=by_when(now, texts))
        lead = f"{lead}\n{by}" if is_open else by
    return Card(
        title=texts(f"triage.level.{level}.title"),
        tone=Tone(level),
        body=(*desk_lines(result.case, texts), lead, _listed(texts("triage.now"), result.advice)),
        rows=_rows(result, texts),
        actions=_actions(result, city, texts, now, onward),
        note=_note(result, city, texts, now),
    )


def desk_lines(case: Case, texts: Texts) -> tuple[str, ...]:
    """Return whom to call before anything else, if a complaint names one: obstetrics."""
    desks = dict.fromkeys(complaint.desk for complaint in case.unassessed if complaint.desk)
    return tuple(texts(f"triage.danger.desk.{desk}") for desk in desks)


def unsure_line(city: Municipality, audience: str, texts: Texts, now: datetime) -> str:
    """Return whom to call in doubt: the advice lines that answer now; nothing while none does."""
    desks = texts("triage.or").join(desk.number for desk in open_desks(city, audience, now))
    return texts("triage.unsure", desk=desks) if desks else ""


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
    return f"{title}\n{_lines(lines)}"


def _lines(lines: tuple[str, ...]) -> str:
    return "\n".join(f"・{line}" for line in lines)


def _rows(result: Result, texts: Texts) -> tuple[Row, ...]:
    is_mild = result.urgency in SELF_CARE
    reasons = result.reasons or (texts("triage.no_reason" if is_mild else "triage.no_reason_higher"),)
    rows = [
        Row(texts("triage.why"), _lines(reasons)),
        Row(texts("triage.department"), "、".join(result.departments)),
        Row(texts("triage.worse"), _lines(result.worse)),
    ]
    if result.soon:
        rows.append(Row(texts("triage.soon"), _lines(result.soon)))
    if result.urgency in SELF_CARE:
        again = texts("triage.recheck.text", hours=result.recheck_hours)
        rows.append(Row(texts("triage.recheck.label"), again))
    return tuple(rows)


def _actions(
    result: Result, city: Municipality, texts: Texts, now: datetime, onward: Onward
) -> tuple[Button, ...]:
    desks = tuple(desk_call(desk, texts) for desk in open_desks(city, result.case.facts.audience, now))
    if result.urgency in SELF_CARE:
        return (onward.facility, onward.person, onward.shop, *desks)[:MAX_ACTIONS]
    if result.needs_nurse or result.case.is_unassessed:
        return (onward.person, onward.facility, *desks, call_119(texts))[:MAX_ACTIONS]
    return (onward.facility, *desks, onward.person, call_119(texts))[:MAX_ACTIONS]


def _note(result: Result, city: Municipality, texts: Texts, now: datetime) -> str:
    """Return what the card is and whom to ask in doubt: a desk that answers now; 119 is for the red signs."""
    draft = [texts("triage.draft")] if result.is_draft else []
    unsure = unsure_line(city, result.case.facts.audience, texts, now)
    return "\n".join([*draft, texts("triage.note") + unsure])
