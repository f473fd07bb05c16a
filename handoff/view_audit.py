"""Who read which part of a talk: an entry whenever somebody is shown more than her page has shown her."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from core.console import audit
from core.console.audit_store import latest_detail
from core.console.deps import Visitor
from handoff.thread_view import Opened

# A page that stays open is written down again this often.
COUNTS_FOR = timedelta(hours=1)
NOTHING = 2**63 - 1


def note_view(session: AsyncSession, visitor: Visitor, opened: Opened, now: datetime) -> None:
    """Write down that a talk was read: from which utterance on, and up to which version."""
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


async def note_further_view(
    session: AsyncSession,
    visitor: Visitor,
    opened: Opened,
    now: datetime,
    *,
    after: int,
    also: Collection[int] = (),
) -> None:
    """Write down a read that is no sequel to the last view: one of words older than that view has shown.

    What came after a view (versions above `after`, and utterances `also` of those shown) belongs to it.
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
    """Return a number of an entry; one written without it has shown nothing."""
    return int(view.get(name, NOTHING))
