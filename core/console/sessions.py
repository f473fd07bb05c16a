"""Keep signed-in browsers: a row in the database, a random token in a cookie."""

import hashlib
import secrets
import uuid
from collections.abc import Collection
from datetime import datetime, timedelta

from aiohttp import web
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.console.deps import Visitor
from core.db.tables import Staff, StaffMunicipality, StaffSession
from core.settings import Settings

COOKIE = "helpo_session"
# Duties last up to 24 h; a session that was unused for a whole shift has been left.
ABSOLUTE = timedelta(hours=24)
IDLE = timedelta(hours=8)
# The time of last use is written at most this often: most requests only read.
SEEN_EVERY = timedelta(minutes=1)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


async def start_session(session: AsyncSession, staff: Staff, now: datetime) -> str:
    """Sign a browser in; return the cookie's token. Expired sessions of this account are deleted."""
    await session.execute(
        delete(StaffSession).where(StaffSession.staff_id == staff.id, StaffSession.expires_at < now)
    )
    token = secrets.token_urlsafe(32)
    session.add(
        StaffSession(
            token_hash=_hash(token),
            staff_id=staff.id,
            csrf=secrets.token_urlsafe(24),
            created_at=now,
            seen_at=now,
            expires_at=now + ABSOLUTE,
        )
    )
    return token


async def find_visitor(
    session: AsyncSession, token: str, address: str, now: datetime, *, is_background: bool
) -> Visitor | None:
    """Return the visitor of a token; None when it expired, was idle too long, or the account was disabled.

    Requests that a page makes by itself (`is_background`) do not keep the session alive.
    """
    row = (
        await session.execute(
            select(StaffSession, Staff)
            .join(Staff, Staff.id == StaffSession.staff_id)
            .where(
                StaffSession.token_hash == _hash(token),
                StaffSession.expires_at > now,
                StaffSession.seen_at > now - IDLE,
                Staff.disabled_at.is_(None),
            )
        )
    ).one_or_none()
    if row is None:
        return None
    found, staff = row
    if not is_background and now - found.seen_at > SEEN_EVERY:
        await session.execute(
            update(StaffSession).where(StaffSession.token_hash == found.token_hash).values(seen_at=now)
        )
    return Visitor(
        staff=staff,
        municipalities=await _cities(session, staff.id),
        csrf=found.csrf,
        token_hash=found.token_hash,
        address=address,
    )


async def _cities(session: AsyncSession, staff_id: uuid.UUID) -> frozenset[str]:
    found = await session.scalars(
        select(StaffMunicipality.municipality_id).where(StaffMunicipality.staff_id == staff_id)
    )
    return frozenset(found)


async def rights_of(
    session: AsyncSession, token_hashes: Collection[bytes], now: datetime
) -> dict[bytes, tuple[frozenset[str], frozenset[str]]]:
    """Return roles and cities by session's token hash, as `Visitor.rights`; ended sessions are left out."""
    cities = (
        select(func.array_agg(StaffMunicipality.municipality_id))
        .where(StaffMunicipality.staff_id == Staff.id)
        .scalar_subquery()
    )
    rows = await session.execute(
        select(StaffSession.token_hash, Staff.roles, cities)
        .join(Staff, Staff.id == StaffSession.staff_id)
        .where(
            StaffSession.token_hash.in_(token_hashes),
            StaffSession.expires_at > now,
            StaffSession.seen_at > now - IDLE,
            Staff.disabled_at.is_(None),
        )
    )
    return {token_hash: (frozenset(roles), frozenset(found or ())) for token_hash, roles, found in rows}


async def end_session(session: AsyncSession, visitor: Visitor) -> None:
    """Sign a browser out."""
    await session.execute(delete(StaffSession).where(StaffSession.token_hash == visitor.token_hash))


def set_cookie(response: web.StreamResponse, settings: Settings, name: str, value: str, max_age: int) -> None:
    """Set a cookie that scripts cannot read and that other sites' forms do not send along."""
    response.set_cookie(
        name,
        value,
        max_age=max_age,
        path="/console",
        httponly=True,
        samesite="Lax",
        secure=settings.public_url.startswith("https://"),
    )
