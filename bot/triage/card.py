"""Make the cards at the end of a consultation and in an emergency. No diagnosis, no disease names."""

from dataclasses import dataclass
from datetime import datetime

from bot.triage.by_when import by_when
from bot.triage.calls import call_119, desk_call
from bot.triage.tables.case import Case
from bot.triage.tables.result import Result
from core.db.tables import Urgency
from core.hours import is_open
from core.messages import Button, Card, Row, Tone
from core.municipalities import Desk, Municipality
from core.texts import Texts
from core.urgency import exceeds

ADULT_DESK = "7119"
CHILD_DESK = "8000"
SELF_CARE = frozenset({Urgency.GREEN, Urgency.WHITE})
MAX_REASONS = 3
MINUTES, DAY = 60, 24
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
    lead = texts(f"triage.level.{level}.lead")
    if result.urgency is Urgency.YELLOW:
        lead = texts("triage.by.go", by=by_when(now, texts))
    # Obstetrics is named where going, or asking, is what the card is about.
    desks = desk_lines(result.case, texts) if result.urgency is not Urgency.WHITE else ()
    return Card(
        title=texts(f"triage.level.{level}.title"),
        tone=Tone(level),
        body=(*desks, lead, _listed(texts("triage.now"), result.advice)),
        rows=_rows(result, texts),
        actions=_actions(result, city, texts, now, onward),
        note=_note(result, city, texts, now),
    )


def desk_lines(case: Case, texts: Texts) -> tuple[str, ...]:
    """Return whom to call before anything else, if a complaint names one: obstetrics."""
    desks = dict.fromkeys(table.first_call for table in case.tables if table.first_call)
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
    rows = [
        Row(texts("triage.why"), _lines(reasons(result, texts))),
        Row(texts("triage.worse"), _lines(result.worse)),
    ]
    if result.urgency is not Urgency.WHITE:
        rows.insert(1, Row(texts("triage.department"), "、".join(result.departments)))
    if result.sooner and exceeds(Urgency.ORANGE, result.urgency):
        rows.append(Row(texts("triage.soon"), _lines(result.sooner)))
    if result.urgency in SELF_CARE:
        again = texts("triage.recheck.text", hours=spoken_hours(result.look_again_hours, texts))
        rows.append(Row(texts("triage.recheck.label"), again))
    return tuple(rows)


def reasons(result: Result, texts: Texts) -> tuple[str, ...]:
    """Return why the card says this: the resident's own findings first."""
    deciding = [one for one, level in result.found if level in {result.urgency, result.found[0][1]}]
    picked = set(result.answered.picked)
    said = [
        texts("triage.reason.answered" if one.name in picked else "triage.reason.told", item=one.item.text)
        for one in deciding[:MAX_REASONS]
    ]
    said += result.ended_by
    said += [texts("triage.reason.raised", item=one.item.text) for one in result.raising[:1]]
    if result.was_higher:
        said.append(texts("triage.reason.before"))
    if result.answered.unsure and not said:
        said.append(texts("triage.reason.unsure"))
    return tuple(said) or (texts("triage.no_reason"),)


def spoken_hours(hours: float, texts: Texts) -> str:
    """Return a length of time as people say it: 30分, 4時間, 1日, 7日."""
    if hours < 1:
        return texts("triage.recheck.minutes", count=round(hours * MINUTES))
    if hours < DAY:
        return texts("triage.recheck.hours", count=round(hours))
    return texts("triage.recheck.days", count=round(hours / DAY))


def _actions(
    result: Result, city: Municipality, texts: Texts, now: datetime, onward: Onward
) -> tuple[Button, ...]:
    desks = tuple(desk_call(desk, texts) for desk in open_desks(city, result.facts.audience, now))
    if result.urgency in SELF_CARE:
        shop = (onward.shop,) if result.shop_kinds else ()
        return (onward.facility, onward.person, *shop, *desks)[:MAX_ACTIONS]
    if result.needs_nurse:
        return (onward.person, onward.facility, *desks, call_119(texts))[:MAX_ACTIONS]
    return (onward.facility, *desks, onward.person, call_119(texts))[:MAX_ACTIONS]


def _note(result: Result, city: Municipality, texts: Texts, now: datetime) -> str:
    """Return what the card is and whom to ask in doubt: a desk that answers now; 119 is for the red signs."""
    draft = [texts("triage.draft")] if result.is_draft else []
    unsure = unsure_line(city, result.facts.audience, texts, now)
    return "\n".join([*draft, texts("triage.note") + unsure])
