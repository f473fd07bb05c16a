"""Encrypt health data: AES-256-GCM with a data key per resident, wrapped by rotating keys.

Destroying one resident's wrapped key makes everything sealed with it unreadable.
"""

import base64
import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.errors import ServiceError

NONCE_BYTES = 12
KEY_BYTES = 32


class Unreadable(ServiceError):
    """A sealed value cannot be opened: wrong or destroyed key, or altered bytes."""

    code = "crypto.unreadable"


class DataKey:
    """One resident's key. Sealed values are nonce + ciphertext + tag."""

    __slots__ = ("_aead",)

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)

    def seal(self, plain: bytes, context: str) -> bytes:
        """Encrypt `plain`; it opens only with the same `context` (what the value is, not whose)."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, plain, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """Decrypt what `seal` returned.

        Raises:
            Unreadable: the key or the context is another, or the bytes were altered.
        """
        try:
            return self._aead.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context.encode())
        except InvalidTag as exc:
            raise Unreadable("a sealed value cannot be opened") from exc


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A data key as it is stored: the id of the wrapping key and the wrapped bytes."""

    key_id: str
    wrapped: bytes


class KeyRing:
    """The installation's wrapping keys; the newest wraps, all of them unwrap."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        self._keys = {key_id: DataKey(key) for key_id, key in keys.items()}
        self.newest = next(iter(keys))

    @classmethod
    def parse(cls, text: str) -> "KeyRing":
        """Read `HELPO_ENCRYPTION_KEYS`: `id:base64`, newest first, separated by commas."""
        pairs = (entry.strip().partition(":") for entry in text.split(","))
        return cls({key_id: base64.b64decode(value) for key_id, _, value in pairs})

    def new_data_key(self) -> tuple[DataKey, WrappedKey]:
        """Make a data key, and its wrapped form to store."""
        key = os.urandom(KEY_BYTES)
        return DataKey(key), WrappedKey(self.newest, self._keys[self.newest].seal(key, "data-key"))

    def unwrap(self, stored: WrappedKey) -> DataKey:
        """Open a stored data key.

        Raises:
            Unreadable: its wrapping key is no longer configured, or the bytes were altered.
        """
        if stored.key_id not in self._keys:
            raise Unreadable(f"wrapping key '{stored.key_id}' is not in HELPO_ENCRYPTION_KEYS")
        return DataKey(self._keys[stored.key_id].open(stored.wrapped, "data-key"))

    def rewrap(self, stored: WrappedKey) -> WrappedKey:
        """Wrap a stored data key anew with the newest wrapping key (rotation).

        Raises:
            Unreadable: as `unwrap`.
        """
        if stored.key_id not in self._keys:
            raise Unreadable(f"wrapping key '{stored.key_id}' is not in HELPO_ENCRYPTION_KEYS")
        key = self._keys[stored.key_id].open(stored.wrapped, "data-key")
        return WrappedKey(self.newest, self._keys[self.newest].seal(key, "data-key"))

    def seal(self, plain: bytes, context: str) -> bytes:
        """Encrypt a value that belongs to no resident (a staff secret, an event without a user)."""
        return self.newest.encode() + b":" + self._keys[self.newest].seal(plain, context)

    def open(self, sealed: bytes, context: str) -> bytes:
        """Decrypt what `seal` of this class returned.

        Raises:
            Unreadable: as `DataKey.open`, or the wrapping key is no longer configured.
        """
        key_id, _, rest = sealed.partition(b":")
        if key_id.decode(errors="replace") not in self._keys:
            raise Unreadable("the wrapping key of a sealed value is not in HELPO_ENCRYPTION_KEYS")
        return self._keys[key_id.decode()].open(rest, context)
