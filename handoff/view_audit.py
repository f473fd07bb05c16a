"""Audit who read which part of a talk: an entry whenever a page shows more than the last view has."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.console import audit
from core.console.deps import Visitor
from core.db.tables import AuditEntry
from handoff.thread_view import Opened

# A page that stays open is audited again this often.
COUNTS_FOR = timedelta(hours=1)
NOTHING = 2**63 - 1


def note_view(session: AsyncSession, visitor: Visitor, opened: Opened, now: datetime) -> None:
    """Audit that a talk was read: from which utterance on, and up to which version."""
    first = min((line.id for line in opened.lines), default=NOTHING)
    audit.write(
        session,
        audit.Action.TALK_VIEWED,
        now,
        staff_id=visitor.staff.id,
        municipality_id=opened.thread.municipality_id,
        subject_id=str(opened.thread.id),
        address=visitor.address,
        detail={"version": str(opened.version), "from": str(first)},
    )


async def note_further_view(
    session: AsyncSession,
    visitor: Visitor,
    opened: Opened,
    now: datetime,
    *,
    after: int,
    also: Collection[int] = (),
) -> None:
    """Audit a read unless it only continues the last view; one that shows older words does not.

    What came after a view (versions above `after`, and utterances `also` of those shown) continues it.
    """
    view = await session.scalar(
        select(AuditEntry.detail)
        .where(
            AuditEntry.subject_id == str(opened.thread.id),
            AuditEntry.staff_id == visitor.staff.id,
            AuditEntry.action == audit.Action.TALK_VIEWED.value,
            AuditEntry.at > now - COUNTS_FOR,
        )
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
    is_sequel = view is not None and after >= _number(view, "version")
    if not is_sequel or min(also, default=NOTHING) < _number(view or {}, "from"):
        note_view(session, visitor, opened, now)


def _number(view: dict[str, str], name: str) -> int:
    """Return a number of an entry's detail; an entry without it counts as having shown nothing."""
    return int(view.get(name, NOTHING))
