"""「既読」 means that a person has read: shown only when a clinician opens the talk she has."""

import uuid

from sqlalchemy import select, update

from bot.app import Parts
from bot.delivery.line_channel import LineChannels
from bot.line.errors import LineError
from core.db.tables import Utterance
from core.logging import get_logger

log = get_logger()


async def mark_read(parts: Parts, channels: LineChannels, conversation_id: uuid.UUID) -> None:
    """Tell LINE that everything up to the newest message was read; one call, and only when there is news."""
    async with parts.sessions() as session:
        newest = await session.scalar(
            select(Utterance)
            .where(
                Utterance.conversation_id == conversation_id,
                Utterance.mark_as_read_token.is_not(None),
                Utterance.read_at.is_(None),
            )
            .order_by(Utterance.id.desc())
            .limit(1)
        )
    if newest is None or newest.mark_as_read_token is None:
        return
    try:
        await channels.clients[newest.municipality_id].mark_as_read(newest.mark_as_read_token)
    except LineError as error:
        log.info("not_marked_as_read", conversation_id=str(conversation_id), code=error.code)
        return
    async with parts.sessions.begin() as session:
        await session.execute(
            update(Utterance)
            .where(
                Utterance.conversation_id == conversation_id,
                Utterance.id <= newest.id,
                Utterance.mark_as_read_token.is_not(None),
                Utterance.read_at.is_(None),
            )
            .values(read_at=parts.clock())
        )
