"""Write the audit log (who did or saw what): the app's database role may add and read rows, not change them."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from core.console.audit_store import is_submitted
from core.db.tables import AuditEntry


class AuditAction(StrEnum):
    """Everything that is audited, as `source:subject:verb`."""

    STAFF_ADDED = "console:staff:added"
    STAFF_UNLOCKED = "console:staff:unlocked"
    PROFESSIONS_SET = "console:staff:professions_set"
    SIGNED_IN = "console:session:started"
    SIGN_IN_FAILED = "console:session:refused"
    SIGNED_OUT = "console:session:ended"
    RECOVERY_CODE_USED = "console:recovery_code:used"
    INBOX_VIEWED = "inbox:queue:viewed"
    TALK_VIEWED = "inbox:talk:viewed"
    SUMMARY_VIEWED = "inbox:summary:viewed"
    MEDIA_VIEWED = "inbox:media:viewed"
    THREAD_CLAIMED = "inbox:thread:claimed"
    THREAD_CLOSED = "inbox:thread:closed"
    REPLY_SENT = "inbox:reply:sent"
    NOTE_ADDED = "inbox:note:added"
    ALARM_SEEN = "inbox:alarm:acknowledged"
    ALARM_HANDLED = "inbox:alarm:handled"
    COMMAND_RUN = "inbox:command:run"
    DANGER_VIEWED = "inbox:danger:viewed"
    DANGER_SETTLED = "inbox:danger:settled"


def write(
    session: AsyncSession,
    action: AuditAction,
    at: datetime,
    *,
    staff_id: uuid.UUID | None,
    municipality_id: str | None = None,
    subject_id: str = "",
    address: str = "",
    detail: dict[str, str] | None = None,
) -> None:
    """Add an entry to this transaction. `detail` holds identifiers and codes, never words of a resident."""
    session.add(
        AuditEntry(
            at=at,
            municipality_id=municipality_id,
            staff_id=staff_id,
            action=action.value,
            subject_id=subject_id,
            address=address,
            detail=detail or {},
        )
    )


async def is_done(session: AsyncSession, action: AuditAction, subject_id: str, submission: str) -> bool:
    """Whether a form with this one-time `submission` id has done `action` on the subject before."""
    return await is_submitted(session, action.value, subject_id, submission)
