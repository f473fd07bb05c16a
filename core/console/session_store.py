"""Rows of signed-in browsers."""

import uuid
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import and_, bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.tables import Staff, StaffMunicipality, StaffSession

_IS_OPEN = and_(
    StaffSession.expires_at > bindparam("now"),
    StaffSession.seen_at > bindparam("seen_after"),
    Staff.disabled_at.is_(None),
)
_CITIES = (
    select(func.array_agg(StaffMunicipality.municipality_id))
    .where(StaffMunicipality.staff_id == Staff.id)
    .scalar_subquery()
)
# Built once: every request asks it, and building a statement anew costs more than its round trip.
SESSION = (
    select(StaffSession, Staff, _CITIES)
    .join(Staff, Staff.id == StaffSession.staff_id)
    .where(StaffSession.token_hash == bindparam("token_hash"), _IS_OPEN)
)


async def clear_over(session: AsyncSession, staff_id: uuid.UUID, now: datetime) -> None:
    """Delete the sessions of an account that have run out."""
    await session.execute(
        delete(StaffSession).where(StaffSession.staff_id == staff_id, StaffSession.expires_at < now)
    )


async def find_session(
    session: AsyncSession, token_hash: bytes, now: datetime, seen_after: datetime
) -> tuple[StaffSession, Staff, frozenset[str]] | None:
    """Return a session that is open, with its account and the cities it works for."""
    values = {"token_hash": token_hash, "now": now, "seen_after": seen_after}
    row = (await session.execute(SESSION, values)).one_or_none()
    return (row[0], row[1], frozenset(row[2] or ())) if row else None


async def set_seen(session: AsyncSession, token_hash: bytes, now: datetime) -> None:
    """Write down that a browser was seen."""
    await session.execute(
        update(StaffSession).where(StaffSession.token_hash == token_hash).values(seen_at=now)
    )


async def open_rights(
    session: AsyncSession, token_hashes: Collection[bytes], now: datetime, seen_after: datetime
) -> dict[bytes, tuple[frozenset[str], frozenset[str]]]:
    """Return roles and cities by session, of those that are open."""
    rows = await session.execute(
        select(StaffSession.token_hash, Staff.roles, _CITIES)
        .join(Staff, Staff.id == StaffSession.staff_id)
        .where(StaffSession.token_hash.in_(token_hashes), _IS_OPEN),
        {"now": now, "seen_after": seen_after},
    )
    return {token_hash: (frozenset(roles), frozenset(found or ())) for token_hash, roles, found in rows}


async def drop_session(session: AsyncSession, token_hash: bytes) -> None:
    """Delete a session."""
    await session.execute(delete(StaffSession).where(StaffSession.token_hash == token_hash))
