"""Signed shop links `/s/{token}`: which shop, for which kind, from which city; nothing about the resident."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

_CONTEXT = b"helpo shop link v1"
_SEPARATOR = "\n"
SIGNATURE_BYTES = 16


@dataclass(frozen=True, slots=True)
class ShopLink:
    """Where a link leads; `kind_id` is empty when no kind was named."""

    municipality_id: str
    shop_id: str
    kind_id: str


@dataclass(frozen=True, slots=True)
class LinkSigner:
    """Makes and reads tokens. The key is derived from the installation's secret, for this purpose alone."""

    _key: bytes
    _public_url: str

    @classmethod
    def of(cls, secret: str, public_url: str) -> "LinkSigner":
        """Return the signer of an installation: `HELPO_SESSION_SECRET`, `HELPO_PUBLIC_URL`."""
        key = hmac.digest(secret.encode(), _CONTEXT, hashlib.sha256)
        return cls(key, public_url.rstrip("/"))

    def url(self, link: ShopLink) -> str:
        """Return the address a resident presses."""
        return f"{self._public_url}/s/{self.token(link)}"

    def token(self, link: ShopLink) -> str:
        """Return the token of a link."""
        payload = _SEPARATOR.join((link.municipality_id, link.shop_id, link.kind_id)).encode()
        return base64.urlsafe_b64encode(self._signature(payload) + payload).rstrip(b"=").decode()

    def read(self, token: str) -> ShopLink | None:
        """Return what a token stands for; None unless it is exactly as we made it."""
        try:
            value = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
            parts = value[SIGNATURE_BYTES:].decode().split(_SEPARATOR)
        except (binascii.Error, ValueError):
            return None
        if not hmac.compare_digest(value[:SIGNATURE_BYTES], self._signature(value[SIGNATURE_BYTES:])):
            return None
        link = ShopLink(*parts)
        # Base64 has spare bits: another spelling of the same bytes is not our link.
        return link if self.token(link) == token else None

    def _signature(self, payload: bytes) -> bytes:
        return hmac.digest(self._key, payload, hashlib.sha256)[:SIGNATURE_BYTES]
