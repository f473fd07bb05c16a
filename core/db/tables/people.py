"""Tables of cities, residents and their one talk each."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.tables.base import Base, MunicipalityId, Uuid, one_of


class MunicipalityRow(Base):
    """A city as far as it changes while it runs; everything else about it is in its file."""

    __tablename__ = "municipality"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    # Set while LINE refuses the channel's token: nothing is sent until it is cleared, rows stay queued.
    line_paused_until: Mapped[datetime | None]
    line_pause_error: Mapped[str | None]


class Resident(Base):
    """Anyone who wrote to a city's account: (municipality, LINE user id)."""

    __tablename__ = "resident"
    __table_args__ = (UniqueConstraint("municipality_id", "line_user_id"),)

    id: Mapped[Uuid]
    municipality_id: Mapped[MunicipalityId]
    line_user_id: Mapped[str]
    key_id: Mapped[str]
    wrapped_key: Mapped[bytes]
    is_following: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[datetime]


class Owner(StrEnum):
    """Who speaks to the resident in a talk."""

    BOT = "bot"
    CLINICIAN = "clinician"


class Conversation(Base):
    """A resident's talk: its state, its owner, and the leases of the processes that work on it.

    Lock order everywhere: conversation, thread, outbox, event; `FOR NO KEY UPDATE` only.
    """

    __tablename__ = "conversation"
    __table_args__ = (CheckConstraint(one_of("owner", Owner), name="owner"),)

    id: Mapped[Uuid]
    municipality_id: Mapped[MunicipalityId]
    resident_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("resident.id"), unique=True)
    # Sealed JSON of the running flow; null while none runs.
    state: Mapped[bytes | None]
    owner: Mapped[str] = mapped_column(server_default=Owner.BOT.value)
    # Grows with each change of owner: rows decided under an older epoch are withdrawn, not sent.
    owner_epoch: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    owner_staff_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))
    # Grows with each change of the talk; live pages ask for rows with a greater version.
    version: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    # LINE's time of the newest event served: an older one that arrives later is marked late.
    served_until: Mapped[datetime | None]
    turn_lease: Mapped[uuid.UUID | None]
    turn_lease_until: Mapped[datetime | None]
    send_lease: Mapped[uuid.UUID | None]
    send_lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime]


Index("ix_conversation_municipality", Conversation.municipality_id)
