"""Statements of a turn about what was said and sent before it."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.tables import Media, MediaChunk, MediaStatus, Outbox, OutboxStatus, Speaker, Tombstone, Utterance
from core.db.tables.outgoing import IS_OPEN


async def try_waiting_rows(session: AsyncSession, conversation_id: uuid.UUID, now: datetime) -> None:
    """Make rows of a talk due that wait for a later attempt."""
    await session.execute(
        update(Outbox)
        .where(Outbox.conversation_id == conversation_id, IS_OPEN, Outbox.next_attempt_at > now)
        .values(next_attempt_at=now)
    )


async def mark_blocked(
    session: AsyncSession, conversation_id: uuid.UUID, since: datetime
) -> Sequence[uuid.UUID]:
    """Say of rows that were sent after `since` that they did not arrive; returns their ids."""
    rows = await session.scalars(
        update(Outbox)
        .where(
            Outbox.conversation_id == conversation_id,
            Outbox.status == OutboxStatus.SENT.value,
            Outbox.finished_at > since,
        )
        .values(status=OutboxStatus.BLOCKED.value)
        .returning(Outbox.id)
    )
    return rows.all()


async def show_rows(session: AsyncSession, row_ids: Sequence[uuid.UUID], version: int) -> None:
    """Give the utterances of outbox rows a new version, so that pages fetch them again."""
    await session.execute(update(Utterance).where(Utterance.outbox_id.in_(row_ids)).values(version=version))


async def recent_messages(
    session: AsyncSession, conversation_id: uuid.UUID, limit: int
) -> Sequence[tuple[Utterance, Outbox | None]]:
    """Return our newest messages in a talk, latest first, each with its outbox row if there still is one."""
    found = await session.execute(
        select(Utterance, Outbox)
        .outerjoin(Outbox, Outbox.id == Utterance.outbox_id)
        .where(Utterance.conversation_id == conversation_id, Utterance.kind == "messages")
        .order_by(Utterance.id.desc())
        .limit(limit)
    )
    return [(utterance, sent) for utterance, sent in found]


async def answers_since(
    session: AsyncSession, conversation_id: uuid.UUID, utterance_id: int, limit: int
) -> Sequence[tuple[Utterance, Outbox]]:
    """Return our messages after something that was said, the oldest first, each with its outbox row (locked)."""
    found = await session.execute(
        select(Utterance, Outbox)
        .join(Outbox, Outbox.id == Utterance.outbox_id)
        .where(
            Utterance.conversation_id == conversation_id,
            Utterance.kind == "messages",
            Utterance.speaker == Speaker.BOT.value,
            Utterance.id > utterance_id,
        )
        .order_by(Utterance.id)
        .limit(limit)
        .with_for_update(of=Outbox, key_share=True)
    )
    return [(utterance, sent) for utterance, sent in found]


async def utterances_of_message(
    session: AsyncSession, conversation_id: uuid.UUID, line_message_id: str
) -> Sequence[Utterance]:
    """Return what was written down of a message of LINE's."""
    found = await session.scalars(
        select(Utterance).where(
            Utterance.conversation_id == conversation_id, Utterance.line_message_id == line_message_id
        )
    )
    return found.all()


async def message_with_id(
    session: AsyncSession, conversation_id: uuid.UUID, line_message_id: str
) -> tuple[Utterance, Outbox | None] | None:
    """Return what was said as a message of LINE's, by the resident or by us, with the outbox row of ours."""
    found = await session.execute(
        select(Utterance, Outbox)
        .outerjoin(Outbox, Outbox.id == Utterance.outbox_id)
        .where(
            Utterance.conversation_id == conversation_id,
            or_(
                Utterance.line_message_id == line_message_id,
                Outbox.line_message_ids.any_() == line_message_id,
            ),
        )
        .order_by(Utterance.id.desc())
        .limit(1)
    )
    return next(((utterance, row) for utterance, row in found), None)


async def show_quotes(session: AsyncSession, utterance_id: int, version: int) -> None:
    """Give what quotes an utterance a new version, so that pages fetch it again."""
    await session.execute(
        update(Utterance).where(Utterance.quoted_id == utterance_id).values(version=version)
    )


async def add_tombstone(
    session: AsyncSession, conversation_id: uuid.UUID, line_message_id: str, now: datetime
) -> None:
    """Remember that a message was taken back: one that comes later is never shown."""
    await session.execute(
        insert(Tombstone)
        .values(conversation_id=conversation_id, line_message_id=line_message_id, unsent_at=now)
        .on_conflict_do_nothing()
    )


async def forget_media(session: AsyncSession, utterance_id: int) -> None:
    """Delete what an utterance brought: its bytes and its file's name."""
    media = select(Media.id).where(Media.utterance_id == utterance_id)
    await session.execute(delete(MediaChunk).where(MediaChunk.media_id.in_(media)))
    await session.execute(
        update(Media)
        .where(Media.utterance_id == utterance_id)
        .values(status=MediaStatus.GONE.value, file_name=None)
    )
