"""Query what is asked after cards (talk locked)."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.tables import (
    Aftercare,
    AftercareAnswer,
    AftercareKind,
    AftercareOutcome,
    Conversation,
    LineEvent,
    Speaker,
    Thread,
    ThreadStatus,
    Urgency,
    Utterance,
)

IS_OPEN = Aftercare.outcome.is_(None)


async def put(
    session: AsyncSession,
    conversation: Conversation,
    kind: AftercareKind,
    *,
    level: Urgency,
    carded_at: datetime,
    due_at: datetime,
    tables: Collection[str] = (),
    danger: str = "",
) -> None:
    """Add a question; nothing happens where one of its kind is open in the talk."""
    values = {
        "municipality_id": conversation.municipality_id,
        "conversation_id": conversation.id,
        "kind": kind.value,
        "level": level.value,
        "tables": list(tables),
        "danger": danger,
        "carded_at": carded_at,
        "due_at": due_at,
    }
    await session.execute(
        insert(Aftercare)
        .values(values)
        .on_conflict_do_nothing(
            index_elements=[Aftercare.conversation_id, Aftercare.kind], index_where=IS_OPEN
        )
    )


async def replace_open(
    session: AsyncSession,
    conversation_id: uuid.UUID,
    kinds: Collection[AftercareKind],
    now: datetime,
    *,
    of_levels: Collection[Urgency] = tuple(Urgency),
    but_of: datetime | None = None,
) -> None:
    """End open questions of these kinds, about cards of these levels: a newer card is followed instead.

    Not those about the card given at `but_of`.
    """
    await session.execute(
        update(Aftercare)
        .where(
            Aftercare.conversation_id == conversation_id,
            Aftercare.kind.in_([kind.value for kind in kinds]),
            Aftercare.level.in_([level.value for level in of_levels]),
            Aftercare.carded_at.is_distinct_from(but_of),
            IS_OPEN,
        )
        .values(outcome=AftercareOutcome.REPLACED.value, finished_at=now)
    )


async def due(session: AsyncSession, now: datetime, limit: int) -> Sequence[tuple[int, uuid.UUID]]:
    """Return (id, talk) of what is due, oldest first."""
    found = await session.execute(
        select(Aftercare.id, Aftercare.conversation_id)
        .where(IS_OPEN, Aftercare.due_at <= now)
        .order_by(Aftercare.due_at)
        .limit(limit)
    )
    return [(row_id, talk_id) for row_id, talk_id in found]


async def read(session: AsyncSession, row_id: int) -> Aftercare:
    """Return a row as it is now."""
    return await session.get_one(Aftercare, row_id, populate_existing=True)


async def answer(
    session: AsyncSession, conversation_id: uuid.UUID, row_id: int, said: AftercareAnswer, now: datetime
) -> None:
    """Note an answer, and end the question with it unless it has ended before."""
    its = (Aftercare.id == row_id, Aftercare.conversation_id == conversation_id)
    await session.execute(update(Aftercare).where(*its).values(answer=said.value, answered_at=now))
    await session.execute(
        update(Aftercare)
        .where(*its, IS_OPEN)
        .values(outcome=AftercareOutcome.ANSWERED.value, finished_at=now)
    )


async def is_accompanied(session: AsyncSession, conversation_id: uuid.UUID, since: datetime) -> bool:
    """Whether a person has the talk, or has answered in it since a moment."""
    found = await session.scalar(
        select(Thread.id)
        .where(
            Thread.conversation_id == conversation_id,
            or_(Thread.status == ThreadStatus.CLAIMED.value, Thread.first_response_at >= since),
        )
        .limit(1)
    )
    return found is not None


async def wrote_last(session: AsyncSession, conversation_id: uuid.UUID, since: datetime) -> datetime | None:
    """Return when the resident wrote or tapped last after a moment, by our own clock."""
    heard_at = func.coalesce(LineEvent.received_at, Utterance.said_at)
    return await session.scalar(
        select(func.max(heard_at))
        .select_from(Utterance)
        .outerjoin(LineEvent, LineEvent.id == Utterance.event_id)
        .where(
            Utterance.conversation_id == conversation_id,
            Utterance.speaker == Speaker.RESIDENT.value,
            heard_at > since,
        )
    )
