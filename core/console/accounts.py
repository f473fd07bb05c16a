"""Add accounts of staff, and sign in with password and code."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pyotp
from sqlalchemy.ext.asyncio import AsyncSession

from core.console import audit, lockout
from core.console.account_store import find_staff, unused_recovery_code, use_recovery_code, use_totp_step
from core.console.codes import code_at, matching_step, new_recovery_codes, normalised_code, recovery_hash
from core.console.deps import ConsoleDeps
from core.console.lockout import Attempt
from core.console.passwords import hash_password, is_password, new_password
from core.console.sign_in_store import forget_login
from core.console.turnstile import Turnstiles
from core.crypto import KeyRing
from core.db.tables import Profession, RecoveryCode, Role, Staff, StaffMunicipality
from core.errors import ConfigurationError, Conflict, NotFound, ServiceError
from core.settings import Settings

ISSUER = "HELPO"
TOTP_CONTEXT = "totp"


class SignInRefused(ServiceError):
    """Login, password or code is wrong; which one is not told."""

    code = "console.sign_in_refused"


class Resting(SignInRefused):
    """Too many wrong attempts: this login is locked for attempts from that network or browser."""

    code = "console.resting"

    def __init__(self, wait: timedelta) -> None:
        super().__init__("too many attempts")
        self.wait = wait


class AlreadyKnown(Conflict):
    """The login is taken."""

    code = "console.login_taken"


class ProfessionMissing(ConfigurationError):
    """A clinician without a profession: residents could not be told who answers them."""


@dataclass(frozen=True, slots=True)
class NewStaff:
    """A new account. Password, secret and recovery codes are shown once and stored sealed or hashed."""

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
    """Make an account; password and authenticator secret are generated unless given.

    Raises:
        AlreadyKnown: the login is taken.
        ProfessionMissing: a clinician without a profession.
    """
    name = login.strip().lower()
    _must_have_profession(name, [r.value for r in roles], professions)
    if await find_staff(session, name):
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
    audit.write(session, audit.AuditAction.STAFF_ADDED, now, staff_id=None, subject_id=str(staff.id))
    uri = pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)
    return NewStaff(staff, password, secret, uri, tuple(codes))


def _must_have_profession(login: str, roles: Sequence[str], professions: Sequence[Profession]) -> None:
    if Role.CLINICIAN in roles and not professions:
        known = ", ".join(Profession)
        raise ProfessionMissing(f"'{login}' is a clinician and needs a profession: one or more of {known}")


async def set_professions(
    session: AsyncSession, login: str, professions: Sequence[Profession], now: datetime
) -> None:
    """Replace an account's professions; written into the audit log.

    Raises:
        NotFound: there is no such account.
        ProfessionMissing: a clinician without a profession.
    """
    staff = await find_account(session, login)
    _must_have_profession(staff.login, staff.roles, professions)
    staff.professions = [p.value for p in professions]
    audit.write(
        session,
        audit.AuditAction.PROFESSIONS_SET,
        now,
        staff_id=None,
        subject_id=str(staff.id),
        detail={"professions": ",".join(professions)},
    )


async def find_account(session: AsyncSession, login: str) -> Staff:
    """Return an account by its login; spaces around it and capitals do not matter.

    Raises:
        NotFound: there is none.
    """
    name = login.strip().lower()
    staff = await find_staff(session, name)
    if staff is None:
        raise NotFound(f"there is no account '{name}'")
    return staff


async def unlock(session: AsyncSession, settings: Settings, login: str, now: datetime) -> None:
    """Forget all failed attempts at an account, from every source; written into the audit log.

    Raises:
        NotFound: there is no such account.
    """
    staff = await find_account(session, login)
    await forget_login(session, lockout.login_subject(settings, staff.login))
    audit.write(session, audit.AuditAction.STAFF_UNLOCKED, now, staff_id=None, subject_id=str(staff.id))


async def current_code(session: AsyncSession, ring: KeyRing, login: str, now: datetime) -> str | None:
    """Return the code that an account's authenticator shows now; None when there is no such account."""
    staff = await find_staff(session, login)
    return code_at(ring.open(staff.totp_secret, TOTP_CONTEXT).decode(), now) if staff else None


async def authenticate(
    deps: ConsoleDeps, turnstiles: Turnstiles, attempt: Attempt, *, login: str, password: str, code: str
) -> Staff:
    """Check login, password and code together; a failure is counted and audited. Commits by itself for that.

    Takes the same steps, in the same line, for a login that exists and for one that does not.

    Raises:
        SignInRefused: something is wrong.
        Resting: too many attempts failed before; nothing was checked.
        LineTooLong: too many attempts from the same place wait to be checked.
    """
    async with deps.sessions() as session:
        await _must_not_rest(session, attempt, deps.clock())
    turnstile = turnstiles.known if attempt.browser else turnstiles.strangers
    async with turnstile.turn(attempt.source):
        async with deps.sessions() as session:
            # Check again: an attempt that was ahead in the line may have failed.
            await _must_not_rest(session, attempt, deps.clock())
            staff = await find_staff(session, login)
            # SearchResult up for everybody, known or not.
            recovery = await unused_recovery_code(session, recovery_hash(normalised_code(code)))
        # No connection is held while argon2 works: under a flood residents' requests need the connections.
        is_right = await is_password(staff.password_hash if staff else None, password)
        async with deps.sessions.begin() as session:
            now = deps.clock()
            is_open = staff and is_right and not staff.disabled_at
            if staff and is_open and await _use_code(session, deps, staff, normalised_code(code), recovery):
                await lockout.forgive(session, attempt)
                return staff
            await lockout.count_failure(session, attempt, now)
            audit.write(
                session,
                audit.AuditAction.SIGN_IN_FAILED,
                now,
                staff_id=staff.id if staff else None,
                subject_id=attempt.subject,
                address=attempt.address,
            )
    raise SignInRefused("refused")


async def _must_not_rest(session: AsyncSession, attempt: Attempt, now: datetime) -> None:
    wait = await lockout.rests_for(session, attempt, now)
    if wait > timedelta(0):
        raise Resting(wait)


async def _use_code(
    session: AsyncSession, deps: ConsoleDeps, staff: Staff, code: str, recovery: RecoveryCode | None
) -> bool:
    """Use up the second factor that was typed; False when it is wrong or was used before."""
    if recovery and recovery.staff_id == staff.id:
        return await _use_recovery_code(session, recovery, deps.clock())
    secret = deps.ring.open(staff.totp_secret, TOTP_CONTEXT).decode()
    step = matching_step(secret, code, deps.clock(), staff.totp_step)
    return step is not None and await use_totp_step(session, staff.id, step)


async def _use_recovery_code(session: AsyncSession, recovery: RecoveryCode, now: datetime) -> bool:
    used = await use_recovery_code(session, recovery.code_hash, now)
    if used is not None:
        audit.write(session, audit.AuditAction.RECOVERY_CODE_USED, now, staff_id=used, subject_id=str(used))
    return used is not None
