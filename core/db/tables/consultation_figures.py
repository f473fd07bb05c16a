"""Table of figures: what became of consultations, without anything that leads to a person."""

import uuid
from datetime import date

from sqlalchemy import CheckConstraint, Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from core.db.tables.base import Base, MunicipalityId, one_of
from core.db.tables.handoff import Urgency


class ConsultationFigure(Base):
    """A consultation that has ended (`level`) or was left (`left_at`, the kind of the open question).

    No talk, no resident, no words, and no time finer than the hour. The id is random, so that rows do not tell
    in which order they came.
    """

    __tablename__ = "consultation_figure"
    __table_args__ = (
        CheckConstraint(f"level is null or {one_of('level', Urgency)}", name="level"),
        CheckConstraint("(level is null) <> (left_at is null)", name="ended_or_left"),
        CheckConstraint("hour between 0 and 23", name="hour"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
    municipality_id: Mapped[MunicipalityId]
    day: Mapped[date]
    hour: Mapped[int] = mapped_column(SmallInteger)
    # Ids of the tables that were asked; empty for a complaint that was never told.
    tables: Mapped[list[str]] = mapped_column(ARRAY(Text))
    level: Mapped[str | None]
    # One of the city's districts, where the resident has named or sent a place; else empty.
    district: Mapped[str]
    questions: Mapped[int] = mapped_column(SmallInteger)
    left_at: Mapped[str | None]


Index("ix_consultation_figure_day", ConsultationFigure.municipality_id, ConsultationFigure.day)
