"""Tables of threads (talks handed to a person) and safety events."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.tables.base import Base, MunicipalityId, RowId, Uuid, one_of
from core.db.tables.staff import Profession


class Urgency(StrEnum):
    """How urgent a consultation is, most urgent first."""

    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    GREEN = "green"
    WHITE = "white"


class ThreadStatus(StrEnum):
    """Where a thread stands."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    CLOSED = "closed"


class ThreadOutcome(StrEnum):
    """How a thread ended."""

    ADVISED = "advised"
    REFERRED = "referred"  # to a facility
    EMERGENCY = "emergency"  # 119 or emergency department
    UNREACHABLE = "unreachable"  # the resident no longer answered
    WITHDRAWN = "withdrawn"  # the resident no longer asks for a person
    OTHER = "other"
    # Outcomes while words stay unanswered in the talk: each says why no answer is needed.
    BY_PHONE = "by_phone"  # spoken with by telephone or in person
    CALLED_119 = "called_119"  # the ambulance has been called
    SETTLED = "settled"  # thanks or a greeting: nothing to answer


class SafetyOutcome(StrEnum):
    """How a safety event was settled."""

    ANSWERED = "answered"  # a person has answered in the talk
    BY_PHONE = "by_phone"  # spoken with by telephone or in person
    CALLED_119 = "called_119"  # the ambulance has been called
    IN_CARE = "in_care"  # at a hospital or with somebody who cares for them
    NO_CONTACT = "no_contact"  # tried, not reached
    FALSE_ALARM = "false_alarm"  # the words meant no danger


class ToldSince(StrEnum):
    """What a resident has told since a 119 card, asked whether 119 was called; the danger stays open."""

    CALLED = "called"
    NOT_YET = "not_yet"
    CANNOT_CALL = "cannot_call"
    FINE = "fine"


class Thread(Base):
    """A part of a talk handed to a person, from the intent until it is closed; at most one open per talk."""

    __tablename__ = "thread"
    __table_args__ = (
        CheckConstraint(one_of("status", ThreadStatus), name="status"),
        CheckConstraint(one_of("urgency", Urgency), name="urgency"),
        CheckConstraint(one_of("profession", Profession), name="profession"),
        CheckConstraint(f"outcome is null or {one_of('outcome', ThreadOutcome)}", name="outcome"),
    )

    id: Mapped[Uuid]
    municipality_id: Mapped[MunicipalityId]
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversation.id"))
    profession: Mapped[str]
    urgency: Mapped[str]
    summary: Mapped[bytes]  # sealed JSON
    status: Mapped[str] = mapped_column(server_default=ThreadStatus.WAITING.value)
    assignee_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))
    # Red-flag alarm raised while waiting or talking; shown until a person acknowledges it.
    alarm_at: Mapped[datetime | None]
    # Suicidal ideation: first in the queue, for every profession.
    is_despair: Mapped[bool] = mapped_column(server_default=text("false"))
    # Last words of the resident that no person has answered yet.
    unanswered_since: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    requested_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    first_response_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str | None]


Index(
    "uq_thread_open",
    Thread.conversation_id,
    unique=True,
    postgresql_where=Thread.status != "closed",
)
Index(
    "ix_thread_queue",
    Thread.municipality_id,
    Thread.status,
    Thread.requested_at,
    postgresql_where=Thread.status != "closed",
)


class SafetyEvent(Base):
    """A talk that has reached red, or despair, until a person has answered or says how it was settled.

    At most one is open for each category of a talk; the same danger again moves `at`.
    """

    __tablename__ = "safety_event"
    __table_args__ = (
        CheckConstraint(one_of("urgency", Urgency), name="urgency"),
        CheckConstraint(f"outcome is null or {one_of('outcome', SafetyOutcome)}", name="outcome"),
        CheckConstraint("(closed_at is null) = (outcome is null)", name="closed"),
        CheckConstraint(f"told is null or {one_of('told', ToldSince)}", name="told"),
    )

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversation.id"))
    urgency: Mapped[str]
    # A red flag's category, or another way of finding it (handoff.safety_events); never a resident's words.
    category: Mapped[str]
    at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))
    outcome: Mapped[str | None]
    told: Mapped[str | None]
    told_at: Mapped[datetime | None]


Index(
    "uq_safety_event_open",
    SafetyEvent.conversation_id,
    SafetyEvent.category,
    unique=True,
    postgresql_where=SafetyEvent.closed_at.is_(None),
)
Index(
    "ix_safety_event_open",
    SafetyEvent.municipality_id,
    SafetyEvent.at,
    postgresql_where=SafetyEvent.closed_at.is_(None),
)
