"""Make and check second factors: the authenticator's six digits, and recovery codes for a lost one."""

import hashlib
import hmac
import secrets
import unicodedata
from datetime import datetime

import pyotp

STEP_S = 30
DIGITS = 6
# Steps of 30 s: a phone's clock may be half a minute off either way.
STEPS = (-1, 0, 1)
RECOVERY_CODES = 10
RECOVERY_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def code_at(secret: str, now: datetime) -> str:
    """Return the code an authenticator with `secret` shows at `now`."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP_S).at(now)


def matching_step(secret: str, code: str, now: datetime, last_step: int) -> int | None:
    """Return the time step whose code this is, if it is newer than the last one used (RFC 6238, 5.2)."""
    present = int(now.timestamp()) // STEP_S
    totp = pyotp.TOTP(secret, digits=DIGITS, interval=STEP_S)
    for step in (present + offset for offset in STEPS):
        if hmac.compare_digest(totp.at(step * STEP_S), code) and step > last_step:
            return step
    return None


def new_recovery_codes() -> list[str]:
    """Return ten one-time codes of 59 bits."""
    groups = ("".join(secrets.choice(RECOVERY_LETTERS) for _ in range(12)) for _ in range(RECOVERY_CODES))
    return [f"{g[:4]}-{g[4:8]}-{g[8:]}" for g in groups]


def recovery_hash(code: str) -> bytes:
    """Return the stored hash of a recovery code; the code is random, so a plain hash is enough."""
    return hashlib.sha256(code.replace("-", "").encode()).digest()


def normalised_code(code: str) -> str:
    """Return a typed code in plain form: full-width digits, spaces and capitals are accepted."""
    return unicodedata.normalize("NFKC", code).replace(" ", "").strip().lower()
