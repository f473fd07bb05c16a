"""Accounts of staff: adding one, and signing in with password and code."""

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pyotp
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.console import audit, lockout
from core.console.codes import code_at, matching_step, new_recovery_codes, recovery_hash, typed
from core.console.passwords import hash_password, is_password, new_password
from core.crypto import KeyRing
from core.db.engine import Sessions
from core.db.tables import Profession, RecoveryCode, Role, Staff, StaffMunicipality
from core.errors import ConfigurationError, Conflict, NotFound, ServiceError
from core.settings import Settings

ISSUER = "HELPO"
TOTP_CONTEXT = "totp"
# Each attempt holds a database connection while argon2 works: a flood must leave some for residents.
_attempts = asyncio.Semaphore(4)


class SignInRefused(ServiceError):
    """Wrong login, password or code: which one is not said."""

    code = "console.sign_in_refused"


class Resting(SignInRefused):
    """Too many wrong attempts: this account or address rests for a while."""

    code = "console.resting"


class AlreadyKnown(Conflict):
    """The login is taken."""

    code = "console.login_taken"


class ProfessionMissing(ConfigurationError):
    """A clinician without a profession: residents could not be told who answers them."""


@dataclass(frozen=True, slots=True)
class NewStaff:
    """An account just made. Password, secret and recovery codes are shown once and stored sealed or hashed."""

    staff: Staff
    password: str = field(repr=False)
    totp_secret: str = field(repr=False)
    otpauth_uri: str = field(repr=False)
    recovery_codes: tuple[str, ...] = field(repr=False)


async def add_staff(
    session: AsyncSession,
    ring: KeyRing,
    *,
    login: str,
    display_name: str,
    roles: Sequence[Role],
    professions: Sequence[Profession] = (),
    municipalities: Sequence[str],
    now: datetime,
    password: str | None = None,
    totp_secret: str | None = None,
) -> NewStaff:
    """Make an account; password and authenticator secret are invented unless given.

    Raises:
        AlreadyKnown: the login is taken.
        ProfessionMissing: a clinician is to have none.
    """
    name = login.strip().lower()
    _must_have_profession(name, [r.value for r in roles], professions)
    if await session.scalar(select(Staff.id).where(Staff.login == name)):
        raise AlreadyKnown(f"there is an account '{name}' already")
    password = password or new_password()
    secret = totp_secret or pyotp.random_base32()
    staff = Staff(
        id=uuid.uuid4(),
        login=name,
        display_name=display_name,
        password_hash=await hash_password(password),
        totp_secret=ring.seal(secret.encode(), TOTP_CONTEXT),
        roles=[r.value for r in roles],
        professions=[p.value for p in professions],
        created_at=now,
    )
    session.add(staff)
    await session.flush()
    session.add_all(StaffMunicipality(staff_id=staff.id, municipality_id=m) for m in municipalities)
    codes = new_recovery_codes()
    session.add_all(RecoveryCode(code_hash=recovery_hash(c), staff_id=staff.id) for c in codes)
    audit.write(session, audit.Action.STAFF_ADDED, now, staff_id=None, subject_id=str(staff.id))
    uri = pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)
    return NewStaff(staff, password, secret, uri, tuple(codes))


def _must_have_profession(login: str, roles: Sequence[str], professions: Sequence[Profession]) -> None:
    if Role.CLINICIAN in roles and not professions:
        known = ", ".join(Profession)
        raise ProfessionMissing(f"'{login}' is a clinician and needs a profession: one or more of {known}")


async def set_professions(
    session: AsyncSession, login: str, professions: Sequence[Profession], now: datetime
) -> None:
    """Give an account these professions instead of those it has; written into the audit log.

    Raises:
        NotFound: there is no such account.
        ProfessionMissing: a clinician is to have none.
    """
    staff = await find_account(session, login)
    _must_have_profession(staff.login, staff.roles, professions)
    staff.professions = [p.value for p in professions]
    audit.write(
        session,
        audit.Action.PROFESSIONS_SET,
        now,
        staff_id=None,
        subject_id=str(staff.id),
        detail={"professions": ",".join(professions)},
    )


async def find_account(session: AsyncSession, login: str) -> Staff:
    """Return an account by its login, typed as people type it.

    Raises:
        NotFound: there is none.
    """
    name = login.strip().lower()
    staff = (await session.scalars(select(Staff).where(Staff.login == name))).one_or_none()
    if staff is None:
        raise NotFound(f"there is no account '{name}'")
    return staff


async def clinicians_without_profession(session: AsyncSession) -> list[str]:
    """Return the logins of clinicians who cannot take talks: accounts made before a profession was needed."""
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


async def current_code(session: AsyncSession, ring: KeyRing, login: str, now: datetime) -> str | None:
    """Return what the authenticator of an account shows now; None when there is no such account."""
    sealed = await session.scalar(select(Staff.totp_secret).where(Staff.login == login))
    return code_at(ring.open(sealed, TOTP_CONTEXT).decode(), now) if sealed else None


async def authenticate(
    sessions: Sessions,
    ring: KeyRing,
    settings: Settings,
    clock: Clock,
    *,
    login: str,
    password: str,
    code: str,
    address: str,
) -> Staff:
    """Check all three at once and write down the attempt. Commits by itself: a refusal must be counted.

    Raises:
        SignInRefused: something is wrong.
        Resting: too many attempts were; nothing was checked.
    """
    async with _attempts:
        error: SignInRefused | None = None
        async with sessions.begin() as session:
            now = clock()
            if await lockout.is_address_resting(session, address, now):
                raise Resting("too many attempts from this address")
            subject = lockout.login_subject(settings, login)
            staff = await _locked_account(session, login)
            await _must_not_rest(session, staff, subject, now)
            try:
                await _check(session, ring, staff, now, password=password, code=typed(code))
            except SignInRefused as exc:
                error = exc
                _count_failure(staff, now)
                audit.write(
                    session,
                    audit.Action.SIGN_IN_FAILED,
                    now,
                    staff_id=staff.id if staff else None,
                    subject_id=subject,
                    address=address,
                )
        if error or staff is None:
            raise error or SignInRefused("refused")
        return staff


async def _locked_account(session: AsyncSession, login: str) -> Staff | None:
    """Lock the account: guesses at one account are checked one after the other."""
    found = await session.scalars(select(Staff).where(Staff.login == login).with_for_update(key_share=True))
    return found.one_or_none()


async def _must_not_rest(session: AsyncSession, staff: Staff | None, subject: str, now: datetime) -> None:
    until = staff.locked_until if staff else await lockout.unknown_login_rests_until(session, subject, now)
    if until and until > now:
        raise Resting("too many attempts at this account")


async def _check(
    session: AsyncSession, ring: KeyRing, staff: Staff | None, now: datetime, *, password: str, code: str
) -> None:
    right = await is_password(staff.password_hash if staff else None, password)
    if staff is None or not right or staff.disabled_at is not None:
        raise SignInRefused("refused")
    secret = ring.open(staff.totp_secret, TOTP_CONTEXT).decode()
    step = matching_step(secret, code, now, staff.totp_step)
    if step is not None:
        staff.totp_step = step
    elif not await _use_recovery_code(session, staff, code, now):
        raise SignInRefused("refused")
    staff.failed_logins = 0
    staff.locked_until = None


async def _use_recovery_code(session: AsyncSession, staff: Staff, code: str, now: datetime) -> bool:
    used = await session.scalar(
        update(RecoveryCode)
        .where(
            RecoveryCode.code_hash == recovery_hash(code),
            RecoveryCode.staff_id == staff.id,
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(RecoveryCode.staff_id)
    )
    if used is not None:
        audit.write(
            session, audit.Action.RECOVERY_CODE_USED, now, staff_id=staff.id, subject_id=str(staff.id)
        )
    return used is not None


def _count_failure(staff: Staff | None, now: datetime) -> None:
    if staff is not None:
        staff.failed_logins += 1
        staff.locked_until = now + lockout.lock_after(staff.failed_logins)
