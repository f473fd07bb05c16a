"""Claim talks with rows to send, and use up free replies."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BindParameter, ColumnElement, bindparam, case, or_, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.tables import Conversation, Lane, LineEvent, MunicipalityRow, Outbox, Utterance
from core.db.tables.outgoing import IS_OPEN

# Longer than one request may take, and short: a dead sender's talks are served again within 15 s.
SEND_LEASE_S = 10
# LINE's promise: a reply token is good for a minute after we receive it, at most 20 minutes after the event.
TOKEN_YOUNG_S = 50
TOKEN_EVENT_AGE_S = 19 * 60

LANE_RANK = case({Lane.SAFETY.value: 0, Lane.TALK.value: 1, Lane.BULK.value: 2}, value=Outbox.lane)

# Built once: building a statement anew each time costs more than its round trip.
_lanes: BindParameter[list[str]] = bindparam("lanes", expanding=True)
_heads = (
    select(Outbox.conversation_id, Outbox.position, Outbox.next_attempt_at)
    .where(IS_OPEN, Outbox.lane.in_(_lanes))
    .ext(distinct_on(Outbox.conversation_id))
    .order_by(Outbox.conversation_id, LANE_RANK, Outbox.position)
    .subquery()
)
_due = (
    select(Conversation.id)
    .join(_heads, _heads.c.conversation_id == Conversation.id)
    .join(MunicipalityRow, MunicipalityRow.id == Conversation.municipality_id)
    .where(
        _heads.c.next_attempt_at <= bindparam("now"),
        or_(Conversation.send_lease_until.is_(None), Conversation.send_lease_until < bindparam("now")),
        or_(
            MunicipalityRow.line_paused_until.is_(None), MunicipalityRow.line_paused_until < bindparam("now")
        ),
    )
    .order_by(_heads.c.position)
    .limit(bindparam("limit"))
    .with_for_update(of=Conversation, key_share=True, skip_locked=True)
    .cte("due")
)
LEASE_DUE = (
    update(Conversation)
    .where(Conversation.id == _due.c.id)
    .values(send_lease=bindparam("lease"), send_lease_until=bindparam("until"))
    .returning(Conversation.id)
    .execution_options(synchronize_session=False)
)
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


@dataclass(frozen=True, slots=True)
class SendClaim:
    """A talk whose rows only this sender sends until the lease ends."""

    conversation_id: uuid.UUID
    lease: uuid.UUID
    is_suspect: bool = False
    # Sending a talk ends with a query, under its lock, for the next row.
    leaves_more: bool = False


async def claim_sends(
    session: AsyncSession, now: datetime, limit: int, lanes: Sequence[Lane]
) -> Sequence[SendClaim]:
    """Lease talks whose next row in `lanes` is due, longest waiting first; paused channels are left out.

    One statement, so that a query without result costs one round trip.
    """
    lease = uuid.uuid4()
    values = {
        "lanes": [lane.value for lane in lanes],
        "now": now,
        "limit": limit,
        "lease": lease,
        "until": now + timedelta(seconds=SEND_LEASE_S),
    }
    ids = await session.scalars(LEASE_DUE, values)
    return [SendClaim(conversation_id, lease) for conversation_id in ids]


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
