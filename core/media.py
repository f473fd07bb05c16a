"""Store files of a talk: sealed in chunks, read in pieces, shown outside only by a signed address.

Pictures that staff send are decoded and encoded again, which drops EXIF (place, device, owner) and
anything hidden behind the picture.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import io
import struct
import uuid
from collections.abc import AsyncGenerator, AsyncIterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from PIL import Image, ImageOps
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.crypto import DataKey, KeyRing
from core.db.engine import Sessions
from core.db.tables import Conversation, Media, MediaChunk, MediaStatus, Resident, Utterance
from core.errors import NotFound, ServiceError
from core.residents.keys import resident_key
from core.settings import Settings
from core.talk import Talk

CHUNK_BYTES = 256 * 1024
FILE_NAME = "file-name"  # the context under which names of files are sealed
PREVIEW_NUMBER = -1  # the one chunk that holds the preview
# LINE: original JPEG or PNG up to 10 MB, preview up to 1 MB (Messaging API, image message).
LARGEST_PICTURE = 10 * 1024 * 1024  # bytes
LARGEST_SIDE = 4096  # pixels
PREVIEW_SIDE = 800  # pixels; always fits one chunk
# A small file can decode to gigabytes; a 48-megapixel photo of a phone must pass.
MOST_PIXELS = 60_000_000
# A resident may look at a picture again weeks later.
URL_LIFETIME = timedelta(days=90)
MAC_BYTES = 16
# Two pictures at a time: decoding one can take 200 MB.
_decoders = asyncio.Semaphore(2)


class BadPicture(ServiceError):
    """Not a JPEG or PNG picture, or larger than LINE takes."""

    code = "media.bad_picture"


class TooLarge(ServiceError):
    """A file is larger than allowed."""

    code = "media.too_large"


class Variant(StrEnum):
    """Which form of a picture."""

    ORIGINAL = "original"
    PREVIEW = "preview"


def chunk_context(media_id: uuid.UUID, number: int) -> str:
    """Return the sealing context of a chunk, so that it opens at its own place only."""
    return f"media:{media_id}:{number}"


async def store_chunks(
    session: AsyncSession, key: DataKey, media_id: uuid.UUID, pieces: AsyncIterable[bytes], limit: int
) -> int:
    """Seal a file as it arrives, in chunks of 256 KiB; return its size in bytes.

    Raises:
        TooLarge: more than `limit` bytes came.
    """
    size, number, waiting = 0, 0, bytearray()

    async def put() -> None:
        data = bytes(waiting[:CHUNK_BYTES])
        del waiting[:CHUNK_BYTES]
        session.add(
            MediaChunk(media_id=media_id, number=number, data=key.seal(data, chunk_context(media_id, number)))
        )
        await session.flush()

    async for piece in pieces:
        size += len(piece)
        if size > limit:
            raise TooLarge(f"a file is larger than {limit} bytes")
        waiting += piece
        while len(waiting) >= CHUNK_BYTES:
            await put()
            number += 1
    if waiting:
        await put()
    return size


@dataclass(frozen=True, slots=True)
class NewPicture:
    """A picture ready to be stored and sent: two JPEG files."""

    original: bytes
    preview: bytes


async def prepare_picture(data: bytes) -> NewPicture:
    """Decode and encode a picture again, off the loop. Takes a second: call it before taking any lock.

    Raises:
        BadPicture: it cannot be sent.
    """
    if len(data) > LARGEST_PICTURE:
        raise BadPicture("a picture may have 10 MB")
    async with _decoders:
        return await asyncio.to_thread(_encode_again, data)


async def store_picture(talk: Talk, picture: NewPicture, now: datetime) -> Media:
    """Store a picture that staff send, with its preview."""
    media = Media(
        id=uuid.uuid4(),
        municipality_id=talk.conversation.municipality_id,
        conversation_id=talk.conversation.id,
        kind="image",
        status=MediaStatus.STORED.value,
        content_type="image/jpeg",
        size=len(picture.original),
        next_attempt_at=now,
        created_at=now,
    )
    talk.session.add(media)
    await talk.session.flush()
    await store_chunks(talk.session, talk.key, media.id, _once(picture.original), LARGEST_PICTURE)
    sealed = talk.key.seal(picture.preview, chunk_context(media.id, PREVIEW_NUMBER))
    talk.session.add(MediaChunk(media_id=media.id, number=PREVIEW_NUMBER, data=sealed))
    return media


async def _once(data: bytes) -> AsyncGenerator[bytes]:
    yield data


def _encode_again(data: bytes) -> NewPicture:
    try:
        picture = _decoded(data)
    except BadPicture:
        raise
    except Exception as exc:
        # Pillow's readers of broken EXIF and chunks raise exceptions of any type.
        raise BadPicture("this is no JPEG or PNG picture") from exc
    picture.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
    small = picture.copy()
    small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    return NewPicture(_jpeg(picture, LARGEST_PICTURE), _jpeg(small, CHUNK_BYTES))


def _decoded(data: bytes) -> Image.Image:
    """Return the picture upright and on white, without its metadata."""
    with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as found:
        if found.width * found.height > MOST_PIXELS:
            raise BadPicture("a picture has too many pixels")
        return _flat(_upright(found))


def _upright(picture: Image.Image) -> Image.Image:
    """Return the picture turned as its EXIF says; as it is when the EXIF is broken."""
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # noqa: BLE001 - Pillow's readers of broken EXIF raise exceptions of any type
        picture.load()
        return picture


def _flat(picture: Image.Image) -> Image.Image:
    """Return the picture on white: JPEG has no transparency."""
    if picture.mode in {"RGB", "L"}:
        return picture.convert("RGB")
    rgba = picture.convert("RGBA")
    white = Image.new("RGB", rgba.size, "white")
    white.paste(rgba, mask=rgba.getchannel("A"))
    return white


def _jpeg(picture: Image.Image, limit: int) -> bytes:
    for quality in (88, 70, 50, 30):
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=quality, optimize=True)
        if out.tell() <= limit:
            return out.getvalue()
    raise BadPicture("a picture cannot be made small enough")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An opened file: its metadata, and its bytes on demand."""

    media: Media
    variant: Variant
    size: int  # bytes
    file_name: str
    _sessions: Sessions
    _key: DataKey

    async def read(self, start: int = 0, stop: int | None = None) -> AsyncGenerator[bytes]:
        """Yield bytes `start` to `stop` (exclusive) in chunks; no transaction stays open in between."""
        end = self.size if stop is None else stop
        for number in range(start // CHUNK_BYTES, -(-end // CHUNK_BYTES)):
            offset = number * CHUNK_BYTES
            stored = PREVIEW_NUMBER if self.variant is Variant.PREVIEW else number
            data = await self._chunk(stored)
            yield data[max(start - offset, 0) : end - offset]

    async def _chunk(self, number: int) -> bytes:
        async with self._sessions() as session:
            sealed = await session.scalar(
                select(MediaChunk.data).where(
                    MediaChunk.media_id == self.media.id, MediaChunk.number == number
                )
            )
        if sealed is None:
            raise NotFound("a piece of this file is missing")
        return self._key.open(sealed, chunk_context(self.media.id, number))


async def open_media(
    sessions: Sessions, ring: KeyRing, media_id: uuid.UUID, variant: Variant = Variant.ORIGINAL
) -> StoredFile:
    """Open a stored file; the caller checks who may see it. Without a preview the original opens.

    Raises:
        NotFound: no such file, not stored (yet, any more), or its message was unsent.
    """
    async with sessions() as session:
        row = (
            await session.execute(
                select(Media, Resident)
                .join(Conversation, Conversation.id == Media.conversation_id)
                .join(Resident, Resident.id == Conversation.resident_id)
                .outerjoin(Utterance, Utterance.id == Media.utterance_id)
                .where(
                    Media.id == media_id,
                    Media.status == MediaStatus.STORED.value,
                    Utterance.unsent_at.is_(None),
                )
            )
        ).one_or_none()
        if row is None:
            raise NotFound("no such file")
        media, resident = row
        key = resident_key(ring, resident)
        name = key.open(media.file_name, FILE_NAME).decode() if media.file_name else ""
        if variant is Variant.ORIGINAL:
            return StoredFile(media, variant, media.size, name, sessions, key)
        preview = await session.scalar(
            select(MediaChunk.data).where(
                MediaChunk.media_id == media_id, MediaChunk.number == PREVIEW_NUMBER
            )
        )
    if preview is None:
        return StoredFile(media, Variant.ORIGINAL, media.size, name, sessions, key)
    plain = key.open(preview, chunk_context(media_id, PREVIEW_NUMBER))
    return StoredFile(media, variant, len(plain), name, sessions, key)


def signed_media_url(settings: Settings, media_id: uuid.UUID, variant: Variant, now: datetime) -> str:
    """Return an address under which LINE can fetch a picture for 90 days."""
    expires = int((now + URL_LIFETIME).timestamp())
    body = media_id.bytes + struct.pack(">BI", list(Variant).index(variant), expires)
    token = base64.urlsafe_b64encode(body + _mac(settings, body)).decode().rstrip("=")
    return f"{settings.public_url.rstrip('/')}/m/{token}"


def verify_media_token(settings: Settings, token: str, now: datetime) -> tuple[uuid.UUID, Variant]:
    """Return the picture that a token of `signed_media_url` gives access to.

    Raises:
        NotFound: forged, cut or expired; the three look the same.
    """
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        body, mac = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
        if not hmac.compare_digest(mac, _mac(settings, body)):
            raise NotFound("no such file")
        variant, expires = struct.unpack(">BI", body[16:])
    except (binascii.Error, struct.error, ValueError) as exc:
        raise NotFound("no such file") from exc
    if datetime.fromtimestamp(expires, tz=UTC) < now:
        raise NotFound("no such file")
    return uuid.UUID(bytes=body[:16]), list(Variant)[variant]


def _mac(settings: Settings, body: bytes) -> bytes:
    key = hmac.digest(settings.session_secret.get_secret_value().encode(), b"media-url", hashlib.sha256)
    return hmac.digest(key, body, hashlib.sha256)[:MAC_BYTES]
