"""Hash and check passwords: argon2id, off the event loop."""

import asyncio
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# The library's defaults are RFC 9106's low-memory profile: argon2id, 64 MiB, 3 passes.
_hasher = PasswordHasher()
# Checked for unknown accounts, so that both answers take equally long.
_nobody = _hasher.hash(secrets.token_urlsafe(16))
WORD_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # no i, l, o, 0, 1: they are read aloud and typed


def new_password() -> str:
    """Return a random password that is easy to read and type: four groups of four, 79 bits."""
    return "-".join("".join(secrets.choice(WORD_LETTERS) for _ in range(4)) for _ in range(4))


async def hash_password(password: str) -> str:
    """Return the argon2id hash to store."""
    return await asyncio.to_thread(_hasher.hash, password)


async def is_password(stored: str | None, password: str) -> bool:
    """Whether `password` belongs to the hash; without a hash it takes as long and is False."""
    return await asyncio.to_thread(_verify, stored or _nobody, password) and stored is not None


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
