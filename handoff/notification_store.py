"""Query what a clinician has seen of what waits for her."""

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.console.audit import AuditAction
from core.db.tables import AuditEntry, Speaker, Utterance


class View(NamedTuple):
    """When a clinician last opened a thread or a danger, and the talk's version she was shown."""

    at: datetime
    version: int


async def latest_views(
    session: AsyncSession, subjects: Collection[str]
) -> Mapping[tuple[uuid.UUID | None, str], View]:
    """Return the last view of each thread or danger (by id) by each member of staff, by (staff, subject)."""
    last = (
        select(func.max(AuditEntry.id))
        .where(
            AuditEntry.subject_id.in_(subjects),
            AuditEntry.action.in_([AuditAction.TALK_VIEWED.value, AuditAction.DANGER_VIEWED.value]),
        )
        .group_by(AuditEntry.staff_id, AuditEntry.subject_id)
    )
    found = await session.execute(
        select(AuditEntry.staff_id, AuditEntry.subject_id, AuditEntry.at, AuditEntry.detail).where(
            AuditEntry.id.in_(last)
        )
    )
    return {
        (staff_id, subject): View(at, int(detail.get("version", 0)))
        for staff_id, subject, at, detail in found
    }


async def newest_words(
    session: AsyncSession, conversation_ids: Collection[uuid.UUID]
) -> Mapping[uuid.UUID, int]:
    """Return the id of the last thing each resident has said, by talk."""
    found = await session.execute(
        select(Utterance.conversation_id, func.max(Utterance.id))
        .where(Utterance.conversation_id.in_(conversation_ids), Utterance.speaker == Speaker.RESIDENT.value)
        .group_by(Utterance.conversation_id)
    )
    return {row[0]: row[1] for row in found}
