"""Rows of webhook events as the LINE surface writes and reads them; what belongs to a talk is claimed elsewhere."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import TextClause, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from core.db.tables import LineEvent

# One statement, the same text for any number of events, so that it is one round trip and stays cached. Rows go in
# by LINE's time, which keeps the order of a batch in the ids and lets two copies of a batch wait for each other.
# A redelivery renews the time of an unused reply token (another minute); it changes nothing else.
INSERT: TextClause = text("""
    insert into line_event (
        municipality_id, webhook_event_id, conversation_id, kind, payload, occurred_at, received_at,
        reply_token, next_attempt_at, outcome, finished_at
    )
    select :municipality_id, id, conversation_id, kind, payload, occurred_at, :received_at,
        reply_token, :received_at, outcome, case when outcome is not null then cast(:received_at as timestamptz) end
    from unnest(
        cast(:ids as text[]), cast(:conversation_ids as uuid[]), cast(:kinds as text[]), cast(:payloads as bytea[]),
        cast(:occurred_ats as timestamptz[]), cast(:reply_tokens as bytea[]), cast(:outcomes as text[])
    ) with ordinality as event (id, conversation_id, kind, payload, occurred_at, reply_token, outcome, position)
    order by occurred_at, position
    on conflict (municipality_id, webhook_event_id) do update set received_at = excluded.received_at
    where line_event.webhook_event_id = any (cast(:redelivered as text[]))
        and line_event.reply_token is not null and line_event.reply_token_used_at is null
""")

# The same for a webhook of one event (nearly all): packing arrays of one is an eighth of the intake's work.
INSERT_ONE: TextClause = text("""
    insert into line_event (
        municipality_id, webhook_event_id, conversation_id, kind, payload, occurred_at, received_at,
        reply_token, next_attempt_at, outcome, finished_at
    )
    values (
        :municipality_id, :id, :conversation_id, :kind, :payload, :occurred_at, :received_at,
        :reply_token, :received_at, :outcome,
        case when cast(:outcome as text) is not null then cast(:received_at as timestamptz) end
    )
    on conflict (municipality_id, webhook_event_id) do update set received_at = excluded.received_at
    where cast(:is_redelivery as boolean)
        and line_event.reply_token is not null and line_event.reply_token_used_at is null
""")


async def insert_events(conn: AsyncConnection, values: Mapping[str, Any]) -> None:
    """Store events once each: one array for each column, and which ids were `redelivered`."""
    await conn.execute(INSERT, values)


async def insert_event(conn: AsyncConnection, values: Mapping[str, Any]) -> None:
    """Store one event once."""
    await conn.execute(INSERT_ONE, values)


async def lock_events_without_talk(session: AsyncSession, now: datetime, limit: int) -> Sequence[LineEvent]:
    """Lock events of groups, rooms and of nobody that are due and that no other worker has."""
    rows = await session.scalars(
        select(LineEvent)
        .where(
            LineEvent.conversation_id.is_(None), LineEvent.outcome.is_(None), LineEvent.next_attempt_at <= now
        )
        .order_by(LineEvent.id)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return rows.all()
