"""Keep signed-in browsers: a row in the database, a random token in a cookie."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from core.console.deps import Visitor
from core.console.session_store import (
    clear_over,
    drop_session,
    find_session,
    open_rights,
    set_seen,
)
from core.db.tables import Staff, StaffSession
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
    await clear_over(session, staff.id, now)
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

    Requests that a page makes by itself (`is_background`) do not keep the session alive. Commits where it writes:
    nearly all requests only read.
    """
    row = await find_session(session, _hash(token), now, now - IDLE)
    if row is None:
        return None
    found, staff, cities = row
    if not is_background and now - found.seen_at > SEEN_EVERY:
        await set_seen(session, found.token_hash, now)
        await session.commit()
    return Visitor(
        staff=staff,
        municipalities=cities,
        csrf=found.csrf,
        token_hash=found.token_hash,
        address=address,
    )


async def rights_of(
    session: AsyncSession, token_hashes: Collection[bytes], now: datetime
) -> dict[bytes, tuple[frozenset[str], frozenset[str]]]:
    """Return roles and cities by session's token hash, as `Visitor.rights`; ended sessions are left out."""
    return await open_rights(session, token_hashes, now, now - IDLE)


async def end_session(session: AsyncSession, visitor: Visitor) -> None:
    """Sign a browser out."""
    await drop_session(session, visitor.token_hash)


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
