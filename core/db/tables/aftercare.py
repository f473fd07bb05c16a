"""Table of what is asked after a card: whether 119 was called, whether somebody can go, how it went on."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from core.db.tables.base import Base, MunicipalityId, RowId, one_of
from core.db.tables.handoff import Urgency


class AftercareKind(StrEnum):
    """What is asked."""

    CALLED = "called"  # after red: whether 119 was called
    GOING = "going"  # after orange, in silence: whether somebody can go
    LOOK_AGAIN = "look_again"  # at the time the card named, if the resident agreed
    NEXT_DAY = "next_day"  # what happened, for the review of levels


class AftercareAnswer(StrEnum):
    """What the resident answered."""

    CALLED = "called"  # 119 was called
    NOT_YET = "not_yet"
    CANNOT_CALL = "cannot_call"
    FINE = "fine"
    ON_THE_WAY = "on_the_way"
    ARRIVED = "arrived"
    CANNOT_GO = "cannot_go"
    BETTER = "better"
    SAME = "same"
    WORSE = "worse"
    SEEN = "seen"  # by a doctor
    WATCHED = "watched"  # stayed at home


class AftercareOutcome(StrEnum):
    """How a row ended; a late answer is still noted in `answer`."""

    ANSWERED = "answered"
    UNANSWERED = "unanswered"
    ACCOMPANIED = "accompanied"  # a person has the talk, or has answered or looked into it
    REPLACED = "replaced"  # a newer card is followed instead
    BLOCKED = "blocked"  # the resident has blocked the account
    LATE = "late"  # not asked while it made sense: nothing ran
    FAILED = "failed"


class Aftercare(Base):
    """One question after a card, due at a moment; at most one of a kind is open in a talk.

    `due_at` is when it is asked; once it was, when no answer counts as none. No words of a resident: `level`, `tables`
    and `danger` (ids of content) say what the card was.
    """

    __tablename__ = "aftercare"
    __table_args__ = (
        CheckConstraint(one_of("kind", AftercareKind), name="kind"),
        CheckConstraint(one_of("level", Urgency), name="level"),
        CheckConstraint(f"answer is null or {one_of('answer', AftercareAnswer)}", name="answer"),
        CheckConstraint(f"outcome is null or {one_of('outcome', AftercareOutcome)}", name="outcome"),
        CheckConstraint("(outcome is null) = (finished_at is null)", name="finished"),
        CheckConstraint("(answer is null) = (answered_at is null)", name="answered"),
    )

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversation.id"))
    kind: Mapped[str]
    level: Mapped[str]
    tables: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    danger: Mapped[str] = mapped_column(server_default=text("''"))
    carded_at: Mapped[datetime]
    due_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    finished_at: Mapped[datetime | None]


Index("ix_aftercare_due", Aftercare.due_at, postgresql_where=Aftercare.outcome.is_(None))
Index(
    "uq_aftercare_open",
    Aftercare.conversation_id,
    Aftercare.kind,
    unique=True,
    postgresql_where=Aftercare.outcome.is_(None),
)
Index("ix_aftercare_review", Aftercare.municipality_id, Aftercare.kind, Aftercare.carded_at)
