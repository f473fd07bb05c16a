"""A talk's next row, and the ledger of free replies."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import BindParameter, ColumnElement, bindparam, case, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.tables import Lane, LineEvent, MunicipalityRow, Outbox, Utterance
from core.db.tables.inbound import TOKEN_EVENT_AGE_S, TOKEN_YOUNG_S
from core.db.tables.outgoing import IS_OPEN

# Longer than one request may take, and short: a dead sender's talks are served again within 15 s.
SEND_LEASE_S = 10

LANE_RANK = case({Lane.SAFETY.value: 0, Lane.TALK.value: 1, Lane.BULK.value: 2}, value=Outbox.lane)

# Built once: building a statement anew each time costs more than its round trip.
_lanes: BindParameter[list[str]] = bindparam("lanes", expanding=True)
NEXT_ROW = (
    select(Outbox)
    .where(
        Outbox.conversation_id == bindparam("conversation_id"),
        IS_OPEN,
        Outbox.lane.in_(_lanes),
    )
    .order_by(LANE_RANK, Outbox.position)
    .limit(1)
    .with_for_update(key_share=True)
)
_free_reply = (
    select(LineEvent.id)
    .where(
        LineEvent.conversation_id == bindparam("talk_id"),
        LineEvent.reply_token.is_not(None),
        LineEvent.reply_token_used_at.is_(None),
        LineEvent.received_at > bindparam("received_after"),
        LineEvent.occurred_at > bindparam("occurred_after"),
    )
    .order_by(LineEvent.received_at, LineEvent.id)
    .limit(1)
    .with_for_update(key_share=True, skip_locked=True)
    .cte("free")
)
USE_FREE_REPLY = (
    update(LineEvent)
    .where(LineEvent.id == _free_reply.c.id)
    .values(reply_token_used_at=bindparam("used_at"))
    .returning(LineEvent)
    .execution_options(synchronize_session=False, populate_existing=True)
)


async def next_row(session: AsyncSession, conversation_id: uuid.UUID, lanes: Sequence[Lane]) -> Outbox | None:
    """Return the talk's next open row: the safety lane first, then in the order in which rows were queued."""
    values = {"conversation_id": conversation_id, "lanes": [lane.value for lane in lanes]}
    row: Outbox | None = await session.scalar(NEXT_ROW, values)
    return row


async def take_free_reply(
    session: AsyncSession, conversation_id: uuid.UUID, now: datetime
) -> LineEvent | None:
    """Use up the oldest reply token that is still good; None when only a billed push is left."""
    values = {
        "talk_id": conversation_id,
        "received_after": now - timedelta(seconds=TOKEN_YOUNG_S),
        "occurred_after": now - timedelta(seconds=TOKEN_EVENT_AGE_S),
        "used_at": now,
    }
    event: LineEvent | None = await session.scalar(USE_FREE_REPLY, values)
    return event


async def free_reply_token(session: AsyncSession, event_id: int) -> None:
    """Say that an event's reply token was not used after all."""
    await session.execute(update(LineEvent).where(LineEvent.id == event_id).values(reply_token_used_at=None))


async def show_row(session: AsyncSession, row_id: uuid.UUID, version: int) -> None:
    """Give a row's utterance a new version, so that pages fetch it again."""
    await session.execute(update(Utterance).where(Utterance.outbox_id == row_id).values(version=version))


async def staff_who_said(session: AsyncSession, row_id: uuid.UUID) -> uuid.UUID | None:
    """Return the member of staff who wrote a row."""
    return await session.scalar(select(Utterance.staff_id).where(Utterance.outbox_id == row_id))


def is_young(event: LineEvent, now: datetime) -> bool:
    """Whether the event's reply token is still good."""
    return event.received_at > now - timedelta(seconds=TOKEN_YOUNG_S) and event.occurred_at > now - timedelta(
        seconds=TOKEN_EVENT_AGE_S
    )


async def pause_channel(session: AsyncSession, municipality_id: str, until: datetime, error: str) -> None:
    """Send nothing on a channel for a while, because LINE refuses its token. Staff see it."""
    await session.execute(
        update(MunicipalityRow)
        .where(MunicipalityRow.id == municipality_id)
        .values(line_paused_until=until, line_pause_error=error)
    )


async def newest_unread(session: AsyncSession, conversation_id: uuid.UUID) -> Utterance | None:
    """Return the resident's newest message that was not reported to LINE as read."""
    found: Utterance | None = await session.scalar(
        select(Utterance).where(*_unread(conversation_id)).order_by(Utterance.id.desc()).limit(1)
    )
    return found


async def mark_read(session: AsyncSession, conversation_id: uuid.UUID, up_to: int, now: datetime) -> None:
    """Record that everything up to an utterance (its id) was reported as read."""
    await session.execute(
        update(Utterance).where(*_unread(conversation_id), Utterance.id <= up_to).values(read_at=now)
    )


def _unread(conversation_id: uuid.UUID) -> tuple[ColumnElement[bool], ...]:
    return (
        Utterance.conversation_id == conversation_id,
        Utterance.mark_as_read_token.is_not(None),
        Utterance.read_at.is_(None),
    )
