"""Questions about entries of the audit log; they are written by `core.console.audit`."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.tables import AuditEntry


async def is_submitted(session: AsyncSession, action: str, subject_id: str, submission: str) -> bool:
    """Whether there is an entry of an action on a subject that came with this `submission`."""
    found = await session.scalar(
        select(AuditEntry.id)
        .where(
            AuditEntry.subject_id == subject_id,
            AuditEntry.action == action,
            AuditEntry.detail["submission"].astext == submission,
        )
        .limit(1)
    )
    return found is not None


async def latest_detail(
    session: AsyncSession, action: str, subject_id: str, staff_id: uuid.UUID, since: datetime
) -> dict[str, Any] | None:
    """Return what the newest entry of an action of somebody on a subject says; None when there is none since."""
    return await session.scalar(
        select(AuditEntry.detail)
        .where(
            AuditEntry.subject_id == subject_id,
            AuditEntry.staff_id == staff_id,
            AuditEntry.action == action,
            AuditEntry.at > since,
        )
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
