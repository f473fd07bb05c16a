"""Residents and the keys that seal what they said."""

import json
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from core.crypto import DataKey, KeyRing, Unreadable, WrappedKey
from core.db.tables import Conversation, Resident
from core.errors import ConfigurationError

TRIED = 20  # residents for each key
# What a rotation could not open (an erased resident) is no longer under any key, and keeps none in use.
LOST = "lost:"


def resident_key(ring: KeyRing, resident: Resident) -> DataKey:
    """Open a resident's data key."""
    return ring.unwrap(WrappedKey(resident.key_id, resident.wrapped_key))


def seal_json(key: DataKey, value: Any, context: str) -> bytes:  # noqa: ANN401 - any JSON value
    """Seal a JSON value."""
    return key.seal(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), context)


def open_json(key: DataKey, sealed: bytes, context: str) -> Any:  # noqa: ANN401 - any JSON value
    """Open what `seal_json` sealed."""
    return json.loads(key.open(sealed, context))


class KnownTalk:
    """A resident's talk as the intake needs it: where events go and how they are sealed."""

    __slots__ = ("conversation_id", "key")

    def __init__(self, conversation_id: uuid.UUID, key: DataKey) -> None:
        self.conversation_id = conversation_id
        self.key = key


async def find_or_create_talk(
    conn: AsyncConnection, ring: KeyRing, municipality_id: str, line_user_id: str, now: datetime
) -> KnownTalk:
    """Return the talk of a LINE user, made at the first word.

    Two intakes may meet the same new user at once: the first insert wins, both return it.
    """
    known = await _find_talk(conn, ring, municipality_id, line_user_id)
    if known:
        return known
    _, wrapped = ring.new_data_key()
    resident_id = await conn.scalar(
        insert(Resident)
        .values(
            id=uuid.uuid4(),
            municipality_id=municipality_id,
            line_user_id=line_user_id,
            key_id=wrapped.key_id,
            wrapped_key=wrapped.wrapped,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["municipality_id", "line_user_id"])
        .returning(Resident.id)
    )
    if resident_id is not None:
        await conn.execute(
            insert(Conversation).values(
                id=uuid.uuid4(), municipality_id=municipality_id, resident_id=resident_id, created_at=now
            )
        )
    found = await _find_talk(conn, ring, municipality_id, line_user_id)
    assert found is not None
    return found


async def _find_talk(
    conn: AsyncConnection, ring: KeyRing, municipality_id: str, line_user_id: str
) -> KnownTalk | None:
    row = (
        await conn.execute(
            select(Conversation.id, Resident.key_id, Resident.wrapped_key)
            .join(Resident, Resident.id == Conversation.resident_id)
            .where(Resident.municipality_id == municipality_id, Resident.line_user_id == line_user_id)
        )
    ).one_or_none()
    return KnownTalk(row[0], ring.unwrap(WrappedKey(row[1], row[2]))) if row else None


async def check_keys(session: AsyncSession, ring: KeyRing) -> None:
    """Make sure that the configured keys open what is stored, before anybody writes with a wrong one.

    A few of the newest residents of each key are tried: one damaged row is that row's trouble, all of them are
    another key under the same name.

    Raises:
        ConfigurationError: a key that residents need is missing or another.
    """
    for key_id in await session.scalars(select(Resident.key_id).distinct()):
        if key_id.startswith(LOST):
            continue
        newest = select(Resident).where(Resident.key_id == key_id).order_by(Resident.created_at.desc())
        residents = await session.scalars(newest.limit(TRIED))
        if not any(_opens(ring, resident) for resident in residents):
            raise ConfigurationError(
                f"HELPO_ENCRYPTION_KEYS: '{key_id}' is missing or is not the key this database was written with; "
                "put the old value back (a new key goes in front of it, under another name)"
            )


def _opens(ring: KeyRing, resident: Resident) -> bool:
    try:
        resident_key(ring, resident)
    except Unreadable:
        return False
    return True
