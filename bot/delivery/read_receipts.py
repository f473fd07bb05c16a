"""Show 「既読」 (a person has read it) to a resident when the clinician who has the talk opens it."""

import uuid
from dataclasses import dataclass

from bot.delivery import store
from bot.delivery.line_channel import LineChannels
from bot.line.errors import LineError
from core.clock import Clock
from core.db.engine import Sessions
from core.logging import get_logger

log = get_logger()


@dataclass(frozen=True, slots=True)
class ReadReceipts:
    """Sends read receipts to LINE."""

    sessions: Sessions
    clock: Clock
    channels: LineChannels

    async def send(self, conversation_id: uuid.UUID) -> None:
        """Tell LINE that everything up to the newest message was read; one call, only for new messages."""
        async with self.sessions() as session:
            newest = await store.newest_unread(session, conversation_id)
        if newest is None or newest.mark_as_read_token is None:
            return
        try:
            await self.channels.clients[newest.municipality_id].mark_as_read(newest.mark_as_read_token)
        except LineError as error:
            log.info("not_marked_as_read", conversation_id=str(conversation_id), code=error.code)
            return
        async with self.sessions.begin() as session:
            await store.mark_read(session, conversation_id, newest.id, self.clock())
