"""Tables of staff, their sessions, and the audit log."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from core.db.tables.base import Base, RowId, Uuid


class Role(StrEnum):
    """What a staff member may do."""

    CLINICIAN = "clinician"
    HEALTH_CENTER = "health_center"
    SUPPORT = "support"
    PARTNER = "partner"
    ADMIN = "admin"
    AUDITOR = "auditor"


class Profession(StrEnum):
    """What a clinician is licensed as."""

    DOCTOR = "doctor"
    NURSE = "nurse"
    PHARMACIST = "pharmacist"
    MIDWIFE = "midwife"
    COUNSELLOR = "counsellor"
    PUBLIC_HEALTH_NURSE = "public_health_nurse"
    DIETITIAN = "dietitian"


def _subset(column: str, values: type[StrEnum]) -> str:
    listed = ", ".join(f"'{v.value}'" for v in values)
    return f"{column} <@ array[{listed}]::text[]"


class Staff(Base):
    """An account; secrets are hashed (argon2id) or sealed with the key ring."""

    __tablename__ = "staff"
    __table_args__ = (
        CheckConstraint(_subset("roles", Role), name="roles"),
        CheckConstraint(_subset("professions", Profession), name="professions"),
    )

    id: Mapped[Uuid]
    login: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str]
    password_hash: Mapped[str]
    totp_secret: Mapped[bytes]
    # The last accepted time step, so that a code works once.
    totp_step: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    professions: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class StaffMunicipality(Base):
    """Which cities a staff member works for; usually one."""

    __tablename__ = "staff_municipality"

    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True)
    municipality_id: Mapped[str] = mapped_column(ForeignKey("municipality.id"), primary_key=True)


class RecoveryCode(Base):
    """A one-time code that stands in for a lost authenticator; stored hashed."""

    __tablename__ = "recovery_code"

    code_hash: Mapped[bytes] = mapped_column(primary_key=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"))
    used_at: Mapped[datetime | None]


class StaffSession(Base):
    """A signed-in browser; the cookie's token is stored hashed."""

    __tablename__ = "staff_session"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"))
    csrf: Mapped[str]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]


Index("ix_staff_session_staff", StaffSession.staff_id)


class SignInFailures(Base):
    """How often signing in failed, by login and source.

    `subject` is the login as a keyed hash, empty for a source's count over all logins; `source` is a network,
    a browser known for the login, or `strangers`.
    """

    __tablename__ = "sign_in_failures"

    subject: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime]


Index("ix_sign_in_failures_last_at", SignInFailures.last_at)


class AuditEntry(Base):
    """Who did or saw what. The app's database role may insert and read rows, never change or delete them."""

    __tablename__ = "audit_log"

    id: Mapped[RowId]
    at: Mapped[datetime]
    municipality_id: Mapped[str | None] = mapped_column(ForeignKey("municipality.id"))
    staff_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))
    action: Mapped[str]  # source:subject:verb, see core.console.audit
    subject_id: Mapped[str] = mapped_column(server_default="")
    address: Mapped[str] = mapped_column(server_default="")
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")


Index("ix_audit_log_at", AuditEntry.at)
Index("ix_audit_log_subject", AuditEntry.subject_id, AuditEntry.id)
