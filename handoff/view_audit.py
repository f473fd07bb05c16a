"""Audit who read which part of a talk: an entry whenever a page shows more than the last view has."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from core.console import audit
from core.console.audit_store import latest_detail
from core.console.deps import Visitor
from handoff.thread_view import Opened

# A page that stays open is audited again this often.
COUNTS_FOR = timedelta(hours=1)
NOTHING = 2**63 - 1


def note_view(session: AsyncSession, visitor: Visitor, opened: Opened, now: datetime) -> None:
    """Audit that a talk was read: from which utterance on, and up to which version."""
    first = min((line.id for line in opened.lines), default=NOTHING)
    audit.write(
        session,
        audit.AuditAction.TALK_VIEWED,
        now,
        staff_id=visitor.staff.id,
        municipality_id=opened.thread.municipality_id,
        subject_id=str(opened.thread.id),
        address=visitor.address,
        detail={"version": str(opened.version), "from": str(first)},
    )


def note_summary_view(session: AsyncSession, visitor: Visitor, opened: Opened, now: datetime) -> None:
    """Audit that a summary was read by itself, as it is printed."""
    audit.write(
        session,
        audit.AuditAction.SUMMARY_VIEWED,
        now,
        staff_id=visitor.staff.id,
        municipality_id=opened.thread.municipality_id,
        subject_id=str(opened.thread.id),
        address=visitor.address,
        detail={"version": str(opened.version)},
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
    view = await latest_detail(
        session,
        audit.AuditAction.TALK_VIEWED.value,
        str(opened.thread.id),
        visitor.staff.id,
        now - COUNTS_FOR,
    )
    is_sequel = view is not None and after >= _number(view, "version")
    if not is_sequel or min(also, default=NOTHING) < _number(view or {}, "from"):
        note_view(session, visitor, opened, now)


def _number(view: dict[str, str], name: str) -> int:
    """Return a number of an entry's detail; an entry without it counts as having shown nothing."""
    return int(view.get(name, NOTHING))
