"""Collect everything of one resident that is still readable with that resident's own key."""

import json
from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.crypto import DataKey, KeyRing
from core.db.engine import Sessions
from core.db.tables import Conversation, LineEvent, Media, Outbox, Resident, Thread, Utterance
from core.residents.keys import resident_key

# (where it stands, what it says)
Readable = tuple[str, str]


async def readable(sessions: Sessions, ring: KeyRing, line_user_id: str) -> list[Readable]:
    """Open every sealed column that belongs to a resident; a column that does not open fails the test."""
    async with sessions() as session:
        resident = (
            await session.scalars(select(Resident).where(Resident.line_user_id == line_user_id))
        ).one_or_none()
        if resident is None:
            return []
        talk = (
            await session.scalars(select(Conversation).where(Conversation.resident_id == resident.id))
        ).one()
        key = resident_key(ring, resident)
        return [
            (where, _opened(key, sealed, context)) async for where, sealed, context in _sealed(session, talk)
        ]


async def _sealed(session: AsyncSession, talk: Conversation) -> AsyncIterator[tuple[str, bytes, str]]:
    if talk.state:
        yield "conversation.state", talk.state, "state"
    columns: tuple[tuple[Any, Any, str], ...] = (
        (LineEvent, LineEvent.payload, "event"),
        (Utterance, Utterance.body, "utterance"),
        (Outbox, Outbox.body, "outbox"),
        (Outbox, Outbox.rendered, "rendered"),
        (Thread, Thread.summary, "summary"),
        (Media, Media.file_name, "file-name"),
    )
    for table, column, context in columns:
        found = await session.scalars(
            select(column).where(table.conversation_id == talk.id, column.is_not(None)).order_by(table.id)
        )
        for sealed in found:
            yield f"{table.__tablename__}.{column.key}", sealed, context


def _opened(key: DataKey, sealed: bytes, context: str) -> str:
    text = key.open(sealed, context).decode(errors="surrogatepass")
    # Stored JSON may escape what it holds; what is compared are the words.
    return json.dumps(json.loads(text), ensure_ascii=False) if text[:1] in '{["' else text
