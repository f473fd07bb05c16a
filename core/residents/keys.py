"""Find residents and open the keys that seal what they said."""

import json
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from core.crypto import DataKey, KeyRing, Unreadable, WrappedKey
from core.db.tables import Resident
from core.errors import ConfigurationError
from core.residents.store import insert_talks, key_ids, newest_residents_under, read_talks

TRIED = 20  # residents tried for each key
# Marks keys that a rotation could not open (erased residents): they count for no wrapping key.
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
    """A resident's talk as the intake needs it: ids and key."""

    __slots__ = ("conversation_id", "key")

    def __init__(self, conversation_id: uuid.UUID, key: DataKey) -> None:
        self.conversation_id = conversation_id
        self.key = key


async def find_or_create_talk(
    conn: AsyncConnection, ring: KeyRing, municipality_id: str, line_user_id: str, now: datetime
) -> KnownTalk:
    """Return the talk of a LINE user; created at the first event."""
    return (await find_or_create_talks(conn, ring, municipality_id, [line_user_id], now))[line_user_id]


async def find_or_create_talks(
    conn: AsyncConnection, ring: KeyRing, municipality_id: str, line_user_ids: Iterable[str], now: datetime
) -> dict[str, KnownTalk]:
    """Return the talks of LINE users by user id; created at the first event.

    Two intakes may meet the same new user at once: the first insert wins, both return it.
    """
    wanted = sorted(set(line_user_ids))
    found = await _find_talks(conn, ring, municipality_id, wanted)
    new = [user for user in wanted if user not in found]
    if new:
        wrapped = [ring.new_data_key()[1] for _ in new]
        await insert_talks(conn, municipality_id, new, [key.wrapped for key in wrapped], ring.newest, now)
        found |= await _find_talks(conn, ring, municipality_id, new)
    return found


async def _find_talks(
    conn: AsyncConnection, ring: KeyRing, municipality_id: str, line_user_ids: Sequence[str]
) -> dict[str, KnownTalk]:
    rows = await read_talks(conn, municipality_id, line_user_ids)
    return {user: KnownTalk(talk, ring.unwrap(WrappedKey(key_id, key))) for user, talk, key_id, key in rows}


async def check_keys(session: AsyncSession, ring: KeyRing) -> None:
    """Check that the configured keys open what is stored, before anything is written with a wrong one.

    A few of the newest residents of each key are tried: one that does not open is a damaged row, all of them
    mean another key under the same name.

    Raises:
        ConfigurationError: a key that residents need is missing or another.
    """
    for key_id in await key_ids(session):
        if key_id.startswith(LOST):
            continue
        residents = await newest_residents_under(session, key_id, TRIED)
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
