"""Query threads and what was said in their talks."""

import uuid
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.db.tables import (
    Conversation,
    Media,
    Outbox,
    Resident,
    Speaker,
    Staff,
    Thread,
    ThreadStatus,
    Utterance,
)
from core.errors import NotFound

# An utterance, the outbox row that sent it, its file, the name of the colleague who said it, and what it quotes: an
# utterance with its outbox row.
Said = tuple[Utterance, Outbox | None, Media | None, str | None, Utterance | None, Outbox | None]
_QuotedUtterance = aliased(Utterance)
_QuotedRow = aliased(Outbox)
# Kinds that residents did rather than said.
NOT_SAID = frozenset({"follow", "unfollow", "other"})
MOST_UNANSWERED = 5
# Kinds of utterances that open a thread (`handoff.thread_lifecycle.record_thread_event`).
OPENINGS = ("handoff.opened", "handoff.reached_out")


async def open_thread_of(
    session: AsyncSession, conversation_id: uuid.UUID, *, lock: bool = False
) -> Thread | None:
    """Return the talk's open thread, if it has one."""
    stmt = select(Thread).where(
        Thread.conversation_id == conversation_id, Thread.status != ThreadStatus.CLOSED.value
    )
    if lock:
        stmt = stmt.with_for_update(key_share=True).execution_options(populate_existing=True)
    return (await session.scalars(stmt)).one_or_none()


async def lock_thread(session: AsyncSession, thread_id: uuid.UUID) -> Thread:
    """Lock a thread for the rest of the transaction and read it afresh; the talk is locked before.

    Raises:
        NotFound: there is no such thread.
    """
    stmt = (
        select(Thread)
        .where(Thread.id == thread_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    thread = (await session.scalars(stmt)).one_or_none()
    if thread is None:
        raise NotFound("no such thread")
    return thread


async def lock_threads(session: AsyncSession, conversation_id: uuid.UUID) -> Sequence[Thread]:
    """Lock all threads of a talk, open and closed; the talk is locked before."""
    stmt = select(Thread).where(Thread.conversation_id == conversation_id).with_for_update(key_share=True)
    return (await session.scalars(stmt)).all()


async def find_thread(session: AsyncSession, thread_id: uuid.UUID, cities: Collection[str]) -> Thread:
    """Return a thread of one of `cities`.

    Raises:
        NotFound: there is none, or it belongs to another city: the two look the same.
    """
    stmt = select(Thread).where(Thread.id == thread_id, Thread.municipality_id.in_(cities))
    thread = (await session.scalars(stmt)).one_or_none()
    if thread is None:
        raise NotFound("no such thread")
    return thread


async def latest_thread(session: AsyncSession, conversation_id: uuid.UUID) -> Thread | None:
    """Return the talk's newest thread, open or not."""
    stmt = select(Thread).where(Thread.conversation_id == conversation_id)
    return (await session.scalars(stmt.order_by(Thread.requested_at.desc()).limit(1))).one_or_none()


QUEUE_COLUMNS = (
    Thread.id,
    Thread.conversation_id,
    Thread.municipality_id,
    Thread.profession,
    Thread.urgency,
    Thread.status,
    Thread.assignee_id,
    Thread.claimed_at,
    Thread.alarm_at,
    Thread.unanswered_since,
    Thread.requested_at,
    Thread.version,
    Thread.is_despair,
    Resident.is_following,
)


async def open_threads(session: AsyncSession, city: str) -> Sequence[tuple[Any, ...]]:
    """Return a city's open threads as rows: `QUEUE_COLUMNS` (nothing sealed), then the assignee's name."""
    found = await session.execute(
        select(*QUEUE_COLUMNS, Staff.display_name.label("assignee"))
        .join(Conversation, Conversation.id == Thread.conversation_id)
        .join(Resident, Resident.id == Conversation.resident_id)
        .outerjoin(Staff, Staff.id == Thread.assignee_id)
        .where(Thread.municipality_id == city, Thread.status != ThreadStatus.CLOSED.value)
    )
    return [tuple(row) for row in found]


async def sealed_summaries(
    session: AsyncSession, thread_ids: Collection[uuid.UUID]
) -> Sequence[tuple[uuid.UUID, bytes, Resident]]:
    """Return summaries with the residents whose keys open them."""
    found = await session.execute(
        select(Thread.id, Thread.summary, Resident)
        .join(Conversation, Conversation.id == Thread.conversation_id)
        .join(Resident, Resident.id == Conversation.resident_id)
        .where(Thread.id.in_(thread_ids))
    )
    return [(thread_id, sealed, resident) for thread_id, sealed, resident in found]


async def resident_of(session: AsyncSession, conversation_id: uuid.UUID) -> Resident:
    """Return the resident of a talk."""
    found = await session.scalars(
        select(Resident)
        .join(Conversation, Conversation.resident_id == Resident.id)
        .where(Conversation.id == conversation_id)
    )
    return found.one()


async def version_of(session: AsyncSession, conversation_id: uuid.UUID) -> int:
    """Return the talk's version."""
    found = await session.scalar(select(Conversation.version).where(Conversation.id == conversation_id))
    return found or 0


async def utterances(
    session: AsyncSession,
    conversation_id: uuid.UUID,
    *,
    after_version: int = -1,
    also: Collection[int] = (),
    before_id: int | None = None,
    limit: int = 200,
) -> Sequence[Said]:
    """Return what was said, oldest first: the last `limit` that changed after a version or are in `also`."""
    changed = or_(Utterance.version > after_version, Utterance.id.in_(also))
    stmt = _said_in(conversation_id).where(changed).limit(limit)
    if before_id is not None:
        stmt = stmt.where(Utterance.id < before_id)
    return await _oldest_first(session, stmt)


async def unanswered_words(session: AsyncSession, conversation_id: uuid.UUID) -> Sequence[Said]:
    """Return what the resident has said since a person's last words, oldest first."""
    answered = (
        select(func.coalesce(func.max(Utterance.id), 0))
        .where(
            Utterance.conversation_id == conversation_id,
            Utterance.speaker == Speaker.STAFF.value,
            Utterance.outbox_id.is_not(None),
        )
        .scalar_subquery()
    )
    stmt = _said_in(conversation_id).where(_is_residents(), Utterance.id > answered).limit(MOST_UNANSWERED)
    return await _oldest_first(session, stmt)


async def later_words(session: AsyncSession, thread: Thread, limit: int) -> Sequence[Said]:
    """Return the last of what the resident has said since a thread was opened, oldest first; nothing taken back."""
    opened = (
        select(func.max(Utterance.id))
        .where(
            Utterance.conversation_id == thread.conversation_id,
            Utterance.kind.in_(OPENINGS),
            Utterance.said_at <= thread.requested_at,
        )
        .scalar_subquery()
    )
    stmt = _said_in(thread.conversation_id).where(
        _is_residents(), Utterance.unsent_at.is_(None), Utterance.id > opened
    )
    if thread.closed_at is not None:
        stmt = stmt.where(Utterance.said_at <= thread.closed_at)
    return await _oldest_first(session, stmt.limit(limit))


async def newest_words_version(session: AsyncSession, conversation_id: uuid.UUID) -> int:
    """Return the talk's version at the resident's newest words; 0 if they have said nothing."""
    found = await session.scalar(
        select(func.max(Utterance.version)).where(
            Utterance.conversation_id == conversation_id, _is_residents()
        )
    )
    return found or 0


def _is_residents() -> ColumnElement[bool]:
    return (Utterance.speaker == Speaker.RESIDENT.value) & Utterance.kind.not_in(NOT_SAID)


def _said_in(conversation_id: uuid.UUID) -> Select[Utterance, Outbox, Media, str, Utterance, Outbox]:
    """Return the query for what was said in a talk, newest first."""
    return (
        select(Utterance, Outbox, Media, Staff.display_name, _QuotedUtterance, _QuotedRow)
        .outerjoin(Outbox, Outbox.id == Utterance.outbox_id)
        .outerjoin(Media, Media.utterance_id == Utterance.id)
        .outerjoin(Staff, Staff.id == Utterance.staff_id)
        .outerjoin(_QuotedUtterance, _QuotedUtterance.id == Utterance.quoted_id)
        .outerjoin(_QuotedRow, _QuotedRow.id == _QuotedUtterance.outbox_id)
        .where(Utterance.conversation_id == conversation_id)
        .order_by(Utterance.id.desc())
    )


async def _oldest_first(
    session: AsyncSession, stmt: Select[Utterance, Outbox, Media, str, Utterance, Outbox]
) -> Sequence[Said]:
    rows = (await session.execute(stmt)).all()
    return [(said, sent, media, name, quoted, row) for said, sent, media, name, quoted, row in reversed(rows)]
