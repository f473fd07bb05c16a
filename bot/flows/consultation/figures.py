"""What is recorded of a consultation that has ended or was left: nothing that leads to a person."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from bot.dialogue.flow import Context
from bot.dialogue.memory import Memory
from bot.dialogue.memory_entries import PLACE_RELEVANT_FOR, is_current
from bot.dialogue.turn import Effect, RunEnded
from bot.flows.consultation.interview import Interview
from bot.triage.tables.engine import Question
from core.db.tables import Urgency
from core.municipalities import Municipality
from facilities.places import covers, nearest_district

# The kinds of open questions that are none of a table: the complaint, and whom it is about.
WHAT, WHO = "what", "who"


@dataclass(frozen=True, slots=True)
class RecordConsultation(RunEnded):
    """Record how a consultation ended (`level`), or at which kind of question it was left."""

    tables: tuple[str, ...] = ()
    level: Urgency | None = None
    district: str = ""
    questions: int = 0
    left_at: str | None = None


@dataclass(frozen=True, slots=True)
class AwaitEnd(Effect):
    """Notice when the consultation of this instance is never gone on with."""

    speaks: ClassVar[bool] = False
    instance: str


def left_figure(
    interview: Interview, instance: str, district: str, ended_by: Urgency | None = None
) -> RecordConsultation | None:
    """Return what is recorded of a consultation without a result; None where it has been recorded.

    `ended_by`: it was over because of a danger of this level.
    """
    if interview.data.is_counted:
        return None
    return RecordConsultation(
        instance,
        tables=tuple(table.id for table in interview.case.tables) if interview.is_asking else (),
        level=ended_by,
        district=district,
        questions=len(interview.answers),
        left_at=None if ended_by else _open_question(interview),
    )


def _open_question(interview: Interview) -> str:
    if not interview.is_asking:
        return WHAT
    if interview.needs_who:
        return WHO
    step = interview.step
    return (step.need or step.kind) if isinstance(step, Question) else WHAT


def district_in(ctx: Context, memory: Memory) -> str:
    """Return the district of the resident's place, as `district_of`."""
    return district_of(memory, ctx.city, ctx.now)


def district_of(memory: Memory, city: Municipality, now: datetime) -> str:
    """Return the district of the place that was sent or searched for lately; empty when none is known."""
    search, place = memory.search, memory.last_location(now)
    wanted = search.wanted if search and is_current(search.at, now, PLACE_RELEVANT_FOR) else {}
    if wanted.get("district"):
        return str(wanted["district"])
    latitude = place.latitude if place else wanted.get("latitude")
    longitude = place.longitude if place else wanted.get("longitude")
    if latitude is None or longitude is None or not covers(city, latitude, longitude):
        return ""
    district = nearest_district(city, latitude, longitude)
    return district.name if district else ""
