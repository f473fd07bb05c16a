"""Query safety events."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.tables import (
    Conversation,
    LineEvent,
    Resident,
    SafetyEvent,
    SafetyOutcome,
    Speaker,
    Thread,
    ThreadStatus,
    ToldSince,
    Urgency,
    Utterance,
)
from core.errors import NotFound
from handoff.store import NOT_SAID

MOST = 200


async def put_open(
    session: AsyncSession, conversation: Conversation, urgency: Urgency, category: str, at: datetime
) -> None:
    """Open an event, or move the open one of this category to `at`."""
    values = {
        "municipality_id": conversation.municipality_id,
        "conversation_id": conversation.id,
        "urgency": urgency.value,
        "category": category,
        "at": at,
    }
    await session.execute(
        insert(SafetyEvent)
        .values(values)
        .on_conflict_do_update(
            index_elements=[SafetyEvent.conversation_id, SafetyEvent.category],
            index_where=SafetyEvent.closed_at.is_(None),
            set_={"at": at, "urgency": urgency.value},
        )
    )


async def close_open(
    session: AsyncSession,
    conversation_id: uuid.UUID,
    outcome: SafetyOutcome,
    staff_id: uuid.UUID,
    now: datetime,
) -> None:
    """Close all open events of a talk."""
    await session.execute(
        update(SafetyEvent)
        .where(SafetyEvent.conversation_id == conversation_id, SafetyEvent.closed_at.is_(None))
        .values(closed_at=now, closed_by=staff_id, outcome=outcome.value)
    )


async def tell_open(
    session: AsyncSession, conversation_id: uuid.UUID, told: ToldSince, now: datetime
) -> None:
    """Write what a resident has told since beside all open events of a talk."""
    await session.execute(
        update(SafetyEvent)
        .where(SafetyEvent.conversation_id == conversation_id, SafetyEvent.closed_at.is_(None))
        .values(told=told.value, told_at=now)
    )


async def open_events(session: AsyncSession, conversation_id: uuid.UUID) -> Sequence[SafetyEvent]:
    """Return the open events of a talk, the newest first."""
    found = await session.scalars(
        select(SafetyEvent)
        .where(SafetyEvent.conversation_id == conversation_id, SafetyEvent.closed_at.is_(None))
        .order_by(SafetyEvent.at.desc(), SafetyEvent.id.desc())
        .execution_options(populate_existing=True)
    )
    return found.all()


async def find_event(session: AsyncSession, event_id: int, cities: Collection[str]) -> SafetyEvent:
    """Return an event of one of `cities`.

    Raises:
        NotFound: there is none, or it belongs to another city: the two look the same.
    """
    stmt = select(SafetyEvent).where(SafetyEvent.id == event_id, SafetyEvent.municipality_id.in_(cities))
    event = (await session.scalars(stmt)).one_or_none()
    if event is None:
        raise NotFound("no such event")
    return event


async def unaccompanied(session: AsyncSession, city: str, since: datetime) -> Sequence[tuple[Any, ...]]:
    """Return the open events of a city since a moment whose talks have no open thread, the newest first.

    Each as (id, conversation, municipality, urgency, category, at, when the resident wrote last since then,
    whether the resident follows the account, what was told since, when).
    """
    has_thread = (
        select(Thread.id)
        .where(
            Thread.conversation_id == SafetyEvent.conversation_id,
            Thread.status != ThreadStatus.CLOSED.value,
        )
        .exists()
    )
    # By our own clock: LINE's may be ahead, and the words that carried the sign must not count as newer.
    heard_at = func.coalesce(LineEvent.received_at, Utterance.said_at)
    wrote_at = (
        select(func.max(Utterance.said_at))
        .outerjoin(LineEvent, LineEvent.id == Utterance.event_id)
        .where(
            Utterance.conversation_id == SafetyEvent.conversation_id,
            Utterance.speaker == Speaker.RESIDENT.value,
            Utterance.kind.not_in(NOT_SAID),
            heard_at > SafetyEvent.at,
        )
        .scalar_subquery()
    )
    found = await session.execute(
        select(
            SafetyEvent.id,
            SafetyEvent.conversation_id,
            SafetyEvent.municipality_id,
            SafetyEvent.urgency,
            SafetyEvent.category,
            SafetyEvent.at,
            wrote_at,
            Resident.is_following,
            SafetyEvent.told,
            SafetyEvent.told_at,
        )
        .join(Conversation, Conversation.id == SafetyEvent.conversation_id)
        .join(Resident, Resident.id == Conversation.resident_id)
        .where(
            SafetyEvent.municipality_id == city,
            SafetyEvent.closed_at.is_(None),
            SafetyEvent.at > since,
            ~has_thread,
        )
        .order_by(SafetyEvent.at.desc(), SafetyEvent.id.desc())
        .limit(MOST)
    )
    return [tuple(row) for row in found]
