"""Rotate wrapping keys: wrap everything with the newest one, so that older ones can be removed."""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from bot.app import open_runtime
from core.console.account_store import lock_all_staff
from core.console.accounts import TOTP_CONTEXT
from core.crypto import KeyRing, Unreadable, WrappedKey
from core.db.tables import Resident
from core.logging import get_logger
from core.residents.keys import LOST
from core.residents.store import lock_residents_not_under
from core.settings import Settings

log = get_logger()

BATCH = 500  # residents in one transaction; small, because talks go on meanwhile


async def rotate_keys(settings: Settings) -> str:
    """Wrap every resident's key and every staff secret with the newest key; return what was done.

    Safe to run again and beside a running installation. A key that cannot be opened (an erased resident) is
    set aside.
    """
    async with open_runtime(settings, pool_size=2) as runtime:
        done, left, after = 0, 0, uuid.UUID(int=0)
        while True:
            async with runtime.sessions.begin() as session:
                batch = await lock_residents_not_under(
                    session, runtime.ring.newest, LOST, after=after, limit=BATCH
                )
                for resident in batch:
                    is_done = _rewrap(runtime.ring, resident)
                    done, left = done + is_done, left + (not is_done)
            if not batch:
                break
            after = batch[-1].id
        async with runtime.sessions.begin() as session:
            secrets = await _staff_secrets(session, runtime.ring)
        newest = runtime.ring.newest
    log.info("keys_rotated", residents=done, staff=secrets, unreadable=left, key=newest)
    kept = f"; {left} cannot be opened (erased) and were set aside" if left else ""
    return f"'{newest}' now wraps the keys of {done} residents and {secrets} staff{kept}"


def _rewrap(ring: KeyRing, resident: Resident) -> bool:
    try:
        fresh = ring.rewrap(WrappedKey(resident.key_id, resident.wrapped_key))
    except Unreadable:
        resident.key_id = LOST + resident.key_id
        return False
    resident.key_id, resident.wrapped_key = fresh.key_id, fresh.wrapped
    return True


async def _staff_secrets(session: AsyncSession, ring: KeyRing) -> int:
    done = 0
    for staff in await lock_all_staff(session):
        if staff.totp_secret.startswith(ring.newest.encode() + b":"):
            continue
        try:
            secret = ring.open(staff.totp_secret, TOTP_CONTEXT)
        except Unreadable:
            log.warning("staff_secret_unreadable", staff_id=str(staff.id))
            continue
        staff.totp_secret = ring.seal(secret, TOTP_CONTEXT)
        done += 1
    return done
