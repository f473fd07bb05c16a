"""Rows of residents and their talks."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import TextClause, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from core.db.tables import Resident

# One statement for any number of new residents and their talks, always in the same order: two webhooks with
# the same new residents must not deadlock.
MAKE: TextClause = text("""
    with given as (
        select * from unnest(
            cast(:residents as uuid[]), cast(:talks as uuid[]), cast(:users as text[]), cast(:keys as bytea[])
        ) as given (resident_id, conversation_id, line_user_id, wrapped_key)
    ), made as (
        insert into resident (id, municipality_id, line_user_id, key_id, wrapped_key, created_at)
        select resident_id, :municipality_id, line_user_id, :key_id, wrapped_key, :now from given order by line_user_id
        on conflict (municipality_id, line_user_id) do nothing
        returning id
    )
    insert into conversation (id, municipality_id, resident_id, created_at)
    select given.conversation_id, :municipality_id, made.id, :now from made join given on given.resident_id = made.id
""")
FIND: TextClause = text("""
    select resident.line_user_id, conversation.id, resident.key_id, resident.wrapped_key
    from resident join conversation on conversation.resident_id = resident.id
    where resident.municipality_id = :municipality_id and resident.line_user_id = any (cast(:users as text[]))
""")


async def insert_talks(
    conn: AsyncConnection,
    municipality_id: str,
    line_user_ids: Sequence[str],
    wrapped_keys: Sequence[bytes],
    key_id: str,
    now: datetime,
) -> None:
    """Make residents with their keys and talks; who is known by now stays as they are."""
    await conn.execute(
        MAKE,
        {
            "residents": [uuid.uuid4() for _ in line_user_ids],
            "talks": [uuid.uuid4() for _ in line_user_ids],
            "users": line_user_ids,
            "keys": wrapped_keys,
            "key_id": key_id,
            "municipality_id": municipality_id,
            "now": now,
        },
    )


async def read_talks(
    conn: AsyncConnection, municipality_id: str, line_user_ids: Sequence[str]
) -> Sequence[tuple[str, uuid.UUID, str, bytes]]:
    """Return (LINE user id, talk, key id, wrapped key) of those who are known."""
    rows = await conn.execute(FIND, {"municipality_id": municipality_id, "users": list(line_user_ids)})
    return [(user, talk, key_id, key) for user, talk, key_id, key in rows]


async def key_ids(session: AsyncSession) -> Sequence[str]:
    """Return the names of the wrapping keys in use."""
    return (await session.scalars(select(Resident.key_id).distinct())).all()


async def newest_residents_under(session: AsyncSession, key_id: str, limit: int) -> Sequence[Resident]:
    """Return the newest residents whose keys are wrapped with a key."""
    newest = select(Resident).where(Resident.key_id == key_id).order_by(Resident.created_at.desc())
    return (await session.scalars(newest.limit(limit))).all()


async def lock_residents_not_under(
    session: AsyncSession, key_id: str, lost_prefix: str, *, after: uuid.UUID, limit: int
) -> Sequence[Resident]:
    """Lock residents whose keys are wrapped with another key than `key_id` and not lost, by id from `after` on."""
    older = select(Resident).where(
        Resident.key_id != key_id, Resident.key_id.not_like(f"{lost_prefix}%"), Resident.id > after
    )
    found = await session.scalars(older.order_by(Resident.id).limit(limit).with_for_update(key_share=True))
    return found.all()
