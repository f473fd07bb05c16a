"""Tables of what was said in a talk, and of its media."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.tables.base import Base, MunicipalityId, RowId, Uuid, one_of


class Speaker(StrEnum):
    """Who said an utterance."""

    RESIDENT = "resident"
    BOT = "bot"
    STAFF = "staff"
    NOTE = "note"  # private: staff to staff, never leaves the inbox
    SYSTEM = "system"  # what happened: claimed, closed, ...


class Utterance(Base):
    """One thing said. Written under the conversation's lock, so ids and versions grow in talk order.

    `body` is JSON by `kind`: `{"text"}` of a text or note, `{"thread", …}` of what happened to a thread;
    `bot.inbound.recorder` writes a resident's other kinds. Null once unsent, and where the words are those of
    outbox row `outbox_id`.
    """

    __tablename__ = "utterance"
    __table_args__ = (CheckConstraint(one_of("speaker", Speaker), name="speaker"),)

    id: Mapped[RowId]
    municipality_id: Mapped[MunicipalityId]
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversation.id"))
    # The conversation's version when this row last changed: pages fetch rows with a greater one.
    version: Mapped[int] = mapped_column(BigInteger)
    speaker: Mapped[str]
    staff_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))
    kind: Mapped[str]
    body: Mapped[bytes | None]  # sealed JSON; null once unsent
    event_id: Mapped[int | None] = mapped_column(ForeignKey("line_event.id"), unique=True)
    outbox_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("outbox.id", deferrable=True, initially="DEFERRED"), unique=True
    )
    line_message_id: Mapped[str | None]
    # What a resident's message quotes; only the place, so that quoted words that are taken back stand nowhere else.
    quoted_id: Mapped[int | None] = mapped_column(ForeignKey("utterance.id"))
    mark_as_read_token: Mapped[str | None]
    read_at: Mapped[datetime | None]
    is_late: Mapped[bool] = mapped_column(server_default=text("false"))
    unsent_at: Mapped[datetime | None]
    said_at: Mapped[datetime]


Index("ix_utterance_conversation", Utterance.conversation_id, Utterance.id)
Index("ix_utterance_line_message", Utterance.conversation_id, Utterance.line_message_id)
Index("ix_utterance_quoted", Utterance.quoted_id, postgresql_where=Utterance.quoted_id.is_not(None))


class Tombstone(Base):
    """An `unsend` that arrived before its message, which is then never shown."""

    __tablename__ = "tombstone"

    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversation.id"), primary_key=True)
    line_message_id: Mapped[str] = mapped_column(primary_key=True)
    unsent_at: Mapped[datetime]


class MediaStatus(StrEnum):
    """Where a file stands on its way from LINE to us."""

    PENDING = "pending"
    STORED = "stored"
    GONE = "gone"  # LINE no longer has it, or it was unsent
    TOO_LARGE = "too_large"
    FAILED = "failed"


class Media(Base):
    """A picture, voice message, video or file; its bytes are sealed in chunks."""

    __tablename__ = "media"
    __table_args__ = (
        CheckConstraint(one_of("status", MediaStatus), name="status"),
        UniqueConstraint("conversation_id", "line_message_id"),
    )

    id: Mapped[Uuid]
    municipality_id: Mapped[MunicipalityId]
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversation.id"))
    utterance_id: Mapped[int | None] = mapped_column(ForeignKey("utterance.id"))
    line_message_id: Mapped[str | None]  # null for pictures that staff send
    kind: Mapped[str]
    status: Mapped[str]
    content_type: Mapped[str] = mapped_column(server_default="application/octet-stream")
    file_name: Mapped[bytes | None]  # sealed
    size: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))  # bytes
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    next_attempt_at: Mapped[datetime]
    created_at: Mapped[datetime]


Index("ix_media_due", Media.next_attempt_at, postgresql_where=Media.status == "pending")


class MediaChunk(Base):
    """A sealed piece of a media file, in order."""

    __tablename__ = "media_chunk"

    media_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[bytes]
