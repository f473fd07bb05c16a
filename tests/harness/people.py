"""Make residents and staff for tests."""

import uuid
from collections.abc import Sequence

import pyotp

from core.clock import Clock
from core.crypto import KeyRing
from core.db.engine import Sessions
from core.db.tables import Profession, Role, Staff, StaffMunicipality
from core.residents.keys import find_or_create_talk

TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def line_user_id(number: int) -> str:
    """Return a LINE user id that looks invented."""
    return f"U{number:032x}"


async def make_talk(
    sessions: Sessions, ring: KeyRing, clock: Clock, municipality: str = "iwaki", number: int = 1
) -> uuid.UUID:
    """Return the conversation of a made-up resident."""
    async with sessions.begin() as session:
        conn = await session.connection()
        talk = await find_or_create_talk(conn, ring, municipality, line_user_id(number), clock())
    return talk.conversation_id


async def make_staff(
    sessions: Sessions,
    ring: KeyRing,
    clock: Clock,
    login: str = "demo-nurse",
    professions: Sequence[Profession] = (Profession.NURSE,),
    municipalities: Sequence[str] = ("iwaki",),
    roles: Sequence[Role] = (Role.CLINICIAN,),
    password_hash: str = "",
) -> Staff:
    """Return a staff member with a known authenticator secret; signing in needs a real password hash."""
    staff = Staff(
        id=uuid.uuid4(),
        login=login,
        display_name=f"デモ {login}",
        password_hash=password_hash,
        totp_secret=ring.seal(TOTP_SECRET.encode(), "totp"),
        roles=[r.value for r in roles],
        professions=[p.value for p in professions],
        created_at=clock(),
    )
    async with sessions.begin() as session:
        session.add(staff)
        await session.flush()
        session.add_all(StaffMunicipality(staff_id=staff.id, municipality_id=m) for m in municipalities)
    return staff


def totp_code(clock: Clock) -> str:
    """Return the code the authenticator shows now."""
    return pyotp.TOTP(TOTP_SECRET).at(clock())
