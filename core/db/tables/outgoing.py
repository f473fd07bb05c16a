"""Tables of what is to be sent: the outbox, and timers for later."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Text, literal_column, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from core.db.tables.base import Base, MunicipalityId, RowId, Uuid, one_of


class Lane(StrEnum):
    """Which outbox rows go first: `safety` before `talk` within a talk; `bulk` has senders of its own."""

    SAFETY = "safety"
    TALK = "talk"
    BULK = "bulk"


class OutboxStatus(StrEnum):
    """Where a row stands. `queued` and `sending` are open; the rest is a closed list of outcomes."""

    QUEUED = "queued"
    SENDING = "sending"  # the intent is committed; the request may be on its way
    SENT = "sent"
    BLOCKED = "blocked"  # LINE took it, but does not deliver it: the resident has blocked the account
    WITHDRAWN = "withdrawn"  # decided under an owner who no longer speaks
    REJECTED = "rejected"  # LINE will never take it
    UNKNOWN = "unknown"  # may have arrived; a courtesy, or a bot's words beside a new owner
    EXPIRED = "expired"  # 23 h of failures; retry keys live 24 h


class Outbox(Base):
    """One thing to send: one to five messages to one resident. `id` is the retry key."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint(one_of("status", OutboxStatus), name="status"),
        CheckConstraint(one_of("lane", Lane), name="lane"),
    )

    id: Mapped[Uuid]
    position: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    municipality_id: Mapped[MunicipalityId]
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversation.id"))
    lane: Mapped[str]
    speaker: Mapped[str]
    owner_epoch: Mapped[int] = mapped_column(BigInteger)
    # Sent again even if it may arrive twice; a courtesy (thanks, a greeting) ends as `unknown` instead.
    must_arrive: Mapped[bool]
    body: Mapped[bytes]  # sealed channel-neutral messages
    rendered: Mapped[bytes | None]  # sealed request as first sent: a retry must be identical
    status: Mapped[str] = mapped_column(server_default=OutboxStatus.QUEUED.value)
    via: Mapped[str | None]  # reply (free) or push (billed)
    reply_event_id: Mapped[int | None] = mapped_column(ForeignKey("line_event.id"))
    # Set when a request was sent whose outcome is unknown: it may have arrived.
    is_uncertain: Mapped[bool] = mapped_column(server_default=text("false"))
    possibly_doubled: Mapped[bool] = mapped_column(server_default=text("false"))
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    error: Mapped[str | None]
    # LINE's ids of the messages, in order, once it has taken them: a resident may quote one. Null where unknown.
    line_message_ids: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    # The rejected row whose words this row says again, more plainly.
    replaces_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("outbox.id"))
    next_attempt_at: Mapped[datetime]
    first_sent_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


OPEN = ("queued", "sending")
# With constants: a prepared statement with parameters cannot use the indexes of open rows.
IS_OPEN = Outbox.status.in_([literal_column(f"'{status}'") for status in OPEN])

Index(
    "ix_outbox_open",
    Outbox.conversation_id,
    Outbox.position,
    postgresql_where=Outbox.status.in_(OPEN),
)
Index(
    "ix_outbox_troubled",
    Outbox.municipality_id,
    Outbox.finished_at,
    postgresql_where=Outbox.status.in_(("rejected", "unknown", "expired")),
)
Index("ix_outbox_replaces", Outbox.replaces_id, postgresql_where=Outbox.replaces_id.is_not(None))
Index("ix_outbox_due", Outbox.next_attempt_at, postgresql_where=Outbox.status.in_(OPEN))


class TimerOutcome(StrEnum):
    """How a timer ended."""

    FIRED = "fired"
    CANCELLED = "cancelled"  # no longer needed: what it waited for has happened
    FAILED = "failed"


class Timer(Base):
    """Something to be done at a moment; at most one open timer of a kind on a subject.

    The owner of `kind` decides what `subject_id` is: a thread's id, or `<thread>:<category>` for a held card
    (`handoff.held_cards`).
    """

    __tablename__ = "timer"
    __table_args__ = (
        CheckConstraint(f"outcome is null or {one_of('outcome', TimerOutcome)}", name="outcome"),
    )

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    conversation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("conversation.id"))
    kind: Mapped[str]
    subject_id: Mapped[str]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    outcome: Mapped[str | None]
    finished_at: Mapped[datetime | None]


Index("ix_timer_due", Timer.kind, Timer.due_at, postgresql_where=Timer.outcome.is_(None))
Index("uq_timer_open", Timer.kind, Timer.subject_id, unique=True, postgresql_where=Timer.outcome.is_(None))
