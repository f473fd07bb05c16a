"""Brakes on guessing: for an account and for a network address, whether the account exists or not."""

import hashlib
import hmac
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from core.console.audit import Action, count_from, latest_of
from core.settings import Settings

FREE_TRIES = 5
FIRST_LOCK = timedelta(seconds=30)
LONGEST_LOCK = timedelta(minutes=15)
# A ward shares one address: this stops a machine, not a shift with thick fingers.
ADDRESS_TRIES = 30
ADDRESS_WINDOW = timedelta(minutes=15)
MEMORY = timedelta(hours=24)


def lock_after(failures: int) -> timedelta:
    """Return how long an account rests after so many failures: nothing, then 30 s doubling to 15 min."""
    if failures < FREE_TRIES:
        return timedelta(0)
    doublings = min(failures - FREE_TRIES, 10)
    return min(FIRST_LOCK * (1 << doublings), LONGEST_LOCK)


def login_subject(settings: Settings, login: str) -> str:
    """Return how a typed login is written into the audit log: some people type their password there."""
    key = settings.session_secret.get_secret_value().encode()
    return "login:" + hmac.digest(key, f"login:{login}".encode(), hashlib.sha256).hex()[:32]


async def is_address_resting(session: AsyncSession, address: str, now: datetime) -> bool:
    """Whether too many failures came from a network address."""
    failures = await count_from(session, Action.SIGN_IN_FAILED, address, now - ADDRESS_WINDOW)
    return failures >= ADDRESS_TRIES


async def unknown_login_rests_until(session: AsyncSession, subject: str, now: datetime) -> datetime | None:
    """Return until when a login that no account has rests, so that it behaves like one that exists."""
    failures, last_at = await latest_of(session, Action.SIGN_IN_FAILED, subject, now - MEMORY)
    return last_at + lock_after(failures) if last_at else None
