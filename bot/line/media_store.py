"""Query the files that are to be fetched: claim, postpone, store, finish."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.crypto import DataKey, KeyRing, Unreadable
from core.db.tables import Conversation, Media, MediaChunk, MediaStatus, Resident, Utterance
from core.logging import get_logger
from core.residents.keys import resident_key
from core.talk import lock_talk

log = get_logger()

# Longer than a fetch may take (60 s).
LEASE = timedelta(seconds=90)


class Settled(Exception):
    """The file already has its outcome, from another worker or an unsend."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A file this process fetches now; `attempts` counts this one. Without `key` it cannot be sealed, so not kept."""

    id: uuid.UUID
    municipality_id: str
    conversation_id: uuid.UUID
    line_message_id: str
    attempts: int
    is_unsent: bool
    key: DataKey | None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file as it is stored: `size` in bytes before sealing, `chunks` sealed in order."""

    content_type: str
    size: int
    chunks: Sequence[bytes]


async def claim(
    session: AsyncSession, ring: KeyRing, municipality_ids: Collection[str], now: datetime, limit: int
) -> list[Claimed]:
    """Claim files that are due until the lease ends, and count the attempt."""
    rows = await session.execute(
        select(Media, Resident, Utterance.unsent_at)
        .join(Conversation, Conversation.id == Media.conversation_id)
        .join(Resident, Resident.id == Conversation.resident_id)
        .outerjoin(Utterance, Utterance.id == Media.utterance_id)
        .where(
            Media.status == MediaStatus.PENDING.value,
            Media.next_attempt_at <= now,
            Media.municipality_id.in_(municipality_ids),
            Media.line_message_id.is_not(None),
        )
        .order_by(Media.next_attempt_at)
        .limit(limit)
        .with_for_update(of=Media, skip_locked=True, key_share=True)
    )
    claimed: list[Claimed] = []
    for media, resident, unsent_at in rows:
        media.attempts += 1
        media.next_attempt_at = now + LEASE
        claimed.append(
            Claimed(
                id=media.id,
                municipality_id=media.municipality_id,
                conversation_id=media.conversation_id,
                line_message_id=media.line_message_id or "",
                attempts=media.attempts,
                is_unsent=unsent_at is not None,
                key=_key(ring, resident, media.id),
            )
        )
    return claimed


def _key(ring: KeyRing, resident: Resident, media_id: uuid.UUID) -> DataKey | None:
    try:
        return resident_key(ring, resident)
    except Unreadable:
        log.error("media_key_unreadable", media_id=str(media_id))  # noqa: TRY400 - the trace says no more
        return None


async def postpone(session: AsyncSession, media: Claimed, until: datetime) -> None:
    """Fetch the file again at `until`."""
    await session.execute(
        update(Media)
        .where(Media.id == media.id, Media.status == MediaStatus.PENDING.value)
        .values(next_attempt_at=until)
    )


async def store(session: AsyncSession, media: Claimed, fetched: Fetched) -> None:
    """Write the chunks. Not yet under the talk's lock: megabytes would keep a turn waiting.

    Two workers that fetched the same file (the lease of one ran out) may both come this far; `finish` lets
    one win.

    Raises:
        Settled: the file has its outcome.
    """
    status = await session.scalar(select(Media.status).where(Media.id == media.id))
    if status != MediaStatus.PENDING.value:
        raise Settled
    rows = [{"media_id": media.id, "number": n, "data": data} for n, data in enumerate(fetched.chunks)]
    await session.execute(delete(MediaChunk).where(MediaChunk.media_id == media.id))
    await session.execute(insert(MediaChunk), rows)


async def finish(
    session: AsyncSession, ring: KeyRing, media: Claimed, status: MediaStatus, fetched: Fetched | None
) -> None:
    """Give a file its outcome and wake the pages that show the talk; an unsend that came meanwhile wins.

    Raises:
        NotFound: the talk was erased.
        Settled: the file already has its outcome; this transaction must be rolled back.
    """
    talk = await lock_talk(session, ring, media.conversation_id)
    row = await session.get_one(Media, media.id, with_for_update={"key_share": True}, populate_existing=True)
    if row.status != MediaStatus.PENDING.value:
        raise Settled
    utterance = await session.get(Utterance, row.utterance_id) if row.utterance_id is not None else None
    if utterance and utterance.unsent_at:
        status, fetched = MediaStatus.GONE, None
        await session.execute(delete(MediaChunk).where(MediaChunk.media_id == media.id))
    row.status = status.value
    if fetched:
        row.content_type, row.size = fetched.content_type, fetched.size
    version = talk.touch()
    if utterance:
        utterance.version = version
