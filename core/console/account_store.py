"""Rows of staff and of their recovery codes."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.tables import RecoveryCode, Role, Staff


async def find_staff(session: AsyncSession, login: str) -> Staff | None:
    """Return the account of a login as it is stored: without spaces around it, in small letters."""
    return (await session.scalars(select(Staff).where(Staff.login == login))).one_or_none()


async def lock_all_staff(session: AsyncSession) -> Sequence[Staff]:
    """Lock every account for the rest of the transaction."""
    return (await session.scalars(select(Staff).with_for_update(key_share=True))).all()


async def clinicians_without_profession(session: AsyncSession) -> list[str]:
    """Return logins of clinicians without a profession, who cannot take talks (made by earlier releases)."""
    found = await session.scalars(
        select(Staff.login)
        .where(
            Staff.roles.contains([Role.CLINICIAN.value]),
            func.cardinality(Staff.professions) == 0,
            Staff.disabled_at.is_(None),
        )
        .order_by(Staff.login)
    )
    return list(found)


async def unused_recovery_code(session: AsyncSession, code_hash: bytes) -> RecoveryCode | None:
    """Return the recovery code with a hash, whosever it is, if nobody has used it."""
    found = await session.scalars(
        select(RecoveryCode).where(RecoveryCode.code_hash == code_hash, RecoveryCode.used_at.is_(None))
    )
    return found.one_or_none()


async def use_totp_step(session: AsyncSession, staff_id: uuid.UUID, step: int) -> bool:
    """Use up a time step; False when it or a later one was used. Of two browsers with one code, one gets in."""
    used = await session.scalar(
        update(Staff)
        .where(Staff.id == staff_id, Staff.totp_step < step)
        .values(totp_step=step)
        .returning(Staff.id)
    )
    return used is not None


async def use_recovery_code(session: AsyncSession, code_hash: bytes, now: datetime) -> uuid.UUID | None:
    """Use up a recovery code; returns whose it was, None when it was used before."""
    return await session.scalar(
        update(RecoveryCode)
        .where(RecoveryCode.code_hash == code_hash, RecoveryCode.used_at.is_(None))
        .values(used_at=now)
        .returning(RecoveryCode.staff_id)
    )
