"""Fetch the files that residents sent from LINE and store them sealed.

A file is claimed (committed, with a lease), fetched with no transaction open, and stored in one transaction
under the lock of its talk, so that an unsend that came meanwhile wins.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy.exc import IntegrityError

from bot.line.client import LineClient
from bot.line.errors import ContentGone, ContentNotReady, ContentTooLarge, LineError
from bot.line.media_store import Claimed, Fetched, Settled, claim, finish, postpone, store
from core.clock import Clock
from core.crypto import DataKey, KeyRing
from core.db.engine import Sessions
from core.db.tables import MediaStatus
from core.errors import NotFound
from core.logging import get_logger
from core.media import CHUNK_BYTES, chunk_context

log = get_logger()

FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE_NOT_READY = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(minutes=30)
# With these pauses the attempts last about a day while LINE is away.
MOST_ATTEMPTS = 50


async def serve_media(
    sessions: Sessions, ring: KeyRing, clients: Mapping[str, LineClient], clock: Clock, limit: int = 4
) -> int:
    """Fetch up to `limit` due files concurrently; return how many there were."""
    async with sessions.begin() as session:
        claimed = await claim(session, ring, clients.keys(), clock(), limit)
    async with asyncio.TaskGroup() as tasks:
        for media in claimed:
            tasks.create_task(_serve(sessions, ring, clients[media.municipality_id], clock, media))
    return len(claimed)


async def _serve(sessions: Sessions, ring: KeyRing, client: LineClient, clock: Clock, media: Claimed) -> None:
    try:
        await _serve_one(sessions, ring, client, clock, media)
    except Exception as exc:
        # The other files go on; this one is tried again when its lease runs out.
        log.warning("media_interrupted", media_id=str(media.id), attempt=media.attempts, exc_info=exc)


async def _serve_one(
    sessions: Sessions, ring: KeyRing, client: LineClient, clock: Clock, media: Claimed
) -> None:
    try:
        status, fetched = await _outcome(client, media)
    except LineError as exc:
        log.info("media_not_fetched", media_id=str(media.id), attempt=media.attempts, error=exc.code)
        if exc.retryable and media.attempts < MOST_ATTEMPTS:
            async with sessions.begin() as session:
                await postpone(session, media, clock() + _pause(exc, media.attempts))
            return
        fetched, status = None, _final(exc)
    try:
        async with sessions.begin() as session:
            if fetched:
                await store(session, media, fetched)
            await finish(session, ring, media, status, fetched)
    except Settled:
        log.info("media_settled_meanwhile", media_id=str(media.id))
    except (IntegrityError, NotFound):
        log.info("media_of_nobody", media_id=str(media.id))


async def _outcome(client: LineClient, media: Claimed) -> tuple[MediaStatus, Fetched | None]:
    if media.is_unsent:
        return MediaStatus.GONE, None
    # More attempts than that were begun: the file kills each process that fetches it.
    if media.key is None or media.attempts > MOST_ATTEMPTS:
        return MediaStatus.FAILED, None
    return MediaStatus.STORED, await _fetch(client, media, media.key)


async def _fetch(client: LineClient, media: Claimed, key: DataKey) -> Fetched:
    """Fetch a file, sealing each piece as it arrives: no words or faces are stored in clear."""
    sealed: list[bytes] = []
    size = 0
    waiting = bytearray()
    async with client.content(media.line_message_id) as content:
        async for chunk in content.chunks():
            size += len(chunk)
            waiting += chunk
            while len(waiting) >= CHUNK_BYTES:
                sealed.append(_sealed(media, key, len(sealed), bytes(waiting[:CHUNK_BYTES])))
                del waiting[:CHUNK_BYTES]
        if waiting or not sealed:
            sealed.append(_sealed(media, key, len(sealed), bytes(waiting)))
        return Fetched(content.content_type, size, sealed)


def _sealed(media: Claimed, key: DataKey, number: int, piece: bytes) -> bytes:
    return key.seal(piece, chunk_context(media.id, number))


def _final(error: LineError) -> MediaStatus:
    if isinstance(error, ContentGone):
        return MediaStatus.GONE
    return MediaStatus.TOO_LARGE if isinstance(error, ContentTooLarge) else MediaStatus.FAILED


def _pause(error: LineError, attempts: int) -> timedelta:
    longest = LONGEST_PAUSE_NOT_READY if isinstance(error, ContentNotReady) else LONGEST_PAUSE
    doubled: timedelta = FIRST_PAUSE * 2 ** min(attempts - 1, 20)
    return min(doubled, longest)
