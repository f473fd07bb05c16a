"""Tables of LINE's events, each with exactly one outcome, and of the free replies they allow."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.tables.base import Base, MunicipalityId, RowId, one_of

# LINE's promise: a reply token is good for a minute after we receive it, at most 20 minutes after the event.
TOKEN_YOUNG_S = 50
TOKEN_EVENT_AGE_S = 19 * 60


class EventOutcome(StrEnum):
    """How an event ended. A closed list; null means that it waits to be served."""

    SERVED = "served"  # a turn was taken
    RELAYED = "relayed"  # handed to the person who has the talk
    RECORDED = "recorded"  # kept, nothing to answer (unfollow, unsend, odd types)
    LEFT_GROUP = "left_group"  # a group or room, which the bot has left
    FAILED = "failed"  # given up after five attempts; staff see it


class LineEvent(Base):
    """One webhook event. `payload` is sealed with the resident's key; without a resident, by the key ring."""

    __tablename__ = "line_event"
    __table_args__ = (
        UniqueConstraint("municipality_id", "webhook_event_id"),
        CheckConstraint(f"outcome is null or {one_of('outcome', EventOutcome)}", name="outcome"),
    )

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    webhook_event_id: Mapped[str]
    conversation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("conversation.id"))
    kind: Mapped[str]
    payload: Mapped[bytes | None]
    occurred_at: Mapped[datetime]  # LINE's timestamp
    received_at: Mapped[datetime]  # ours; the free reply's minute counts from here
    reply_token: Mapped[bytes | None]
    reply_token_used_at: Mapped[datetime | None]
    # The red-flag category that was answered for this event, so that a retry does not answer it again.
    red_flag: Mapped[str | None]
    is_late: Mapped[bool] = mapped_column(server_default=text("false"))
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    next_attempt_at: Mapped[datetime]
    outcome: Mapped[str | None]
    finished_at: Mapped[datetime | None]


Index(
    "ix_line_event_pending",
    LineEvent.conversation_id,
    LineEvent.occurred_at,
    LineEvent.id,
    postgresql_where=LineEvent.outcome.is_(None),
)
Index("ix_line_event_due", LineEvent.next_attempt_at, postgresql_where=LineEvent.outcome.is_(None))
Index(
    "ix_line_event_free_reply",
    LineEvent.conversation_id,
    LineEvent.received_at,
    postgresql_where=LineEvent.reply_token_used_at.is_(None) & LineEvent.reply_token.is_not(None),
)
Index("ix_line_event_failed", LineEvent.municipality_id, postgresql_where=LineEvent.outcome == "failed")
