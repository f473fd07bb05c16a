"""Rows of signed-in browsers."""

import uuid
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.tables import Staff, StaffMunicipality, StaffSession


async def clear_over(session: AsyncSession, staff_id: uuid.UUID, now: datetime) -> None:
    """Delete the sessions of an account that have run out."""
    await session.execute(
        delete(StaffSession).where(StaffSession.staff_id == staff_id, StaffSession.expires_at < now)
    )


async def find_session(
    session: AsyncSession, token_hash: bytes, now: datetime, seen_after: datetime
) -> tuple[StaffSession, Staff] | None:
    """Return a session that is open, with its account."""
    row = (
        await session.execute(
            select(StaffSession, Staff)
            .join(Staff, Staff.id == StaffSession.staff_id)
            .where(StaffSession.token_hash == token_hash, _is_open(now, seen_after))
        )
    ).one_or_none()
    return (row[0], row[1]) if row else None


async def set_seen(session: AsyncSession, token_hash: bytes, now: datetime) -> None:
    """Write down that a browser was seen."""
    await session.execute(
        update(StaffSession).where(StaffSession.token_hash == token_hash).values(seen_at=now)
    )


async def cities_of(session: AsyncSession, staff_id: uuid.UUID) -> frozenset[str]:
    """Return the cities an account works for."""
    found = await session.scalars(
        select(StaffMunicipality.municipality_id).where(StaffMunicipality.staff_id == staff_id)
    )
    return frozenset(found)


async def open_rights(
    session: AsyncSession, token_hashes: Collection[bytes], now: datetime, seen_after: datetime
) -> dict[bytes, tuple[frozenset[str], frozenset[str]]]:
    """Return roles and cities by session, of those that are open."""
    cities = (
        select(func.array_agg(StaffMunicipality.municipality_id))
        .where(StaffMunicipality.staff_id == Staff.id)
        .scalar_subquery()
    )
    rows = await session.execute(
        select(StaffSession.token_hash, Staff.roles, cities)
        .join(Staff, Staff.id == StaffSession.staff_id)
        .where(StaffSession.token_hash.in_(token_hashes), _is_open(now, seen_after))
    )
    return {token_hash: (frozenset(roles), frozenset(found or ())) for token_hash, roles, found in rows}


async def drop_session(session: AsyncSession, token_hash: bytes) -> None:
    """Delete a session."""
    await session.execute(delete(StaffSession).where(StaffSession.token_hash == token_hash))


def _is_open(now: datetime, seen_after: datetime) -> ColumnElement[bool]:
    return and_(StaffSession.expires_at > now, StaffSession.seen_at > seen_after, Staff.disabled_at.is_(None))
