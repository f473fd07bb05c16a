"""Seal and read shop links `/s/{token}`: an address does not reveal who searched what, and cannot be forged."""

import base64
import binascii
import hashlib
import hmac
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.clock import TOKYO
from core.crypto import DataKey, Unreadable

_CONTEXT = "helpo shop link v2"
_SEPARATOR = "\n"
VISITOR_BYTES = 12
# Long enough to come back the next morning; short enough for the resident's answers to still hold.
VALID_FOR = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class ShopLink:
    """Content of a link. `visitor` is a pseudonym: the same for one person, shop, kind and month, otherwise another."""

    municipality_id: str
    shop_id: str
    kind_id: str
    visitor: bytes
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LinkMaker:
    """Makes and reads links. Its keys are derived from the installation's secret, for links only."""

    _seal: DataKey
    _visitor_key: bytes
    _public_url: str

    @classmethod
    def of(cls, secret: str, public_url: str) -> "LinkMaker":
        """Return the maker of an installation: `HELPO_SESSION_SECRET`, `HELPO_PUBLIC_URL`."""
        seal, visitors = (
            hmac.digest(secret.encode(), f"{_CONTEXT} {purpose}".encode(), hashlib.sha256)
            for purpose in ("seal", "visitors")
        )
        return cls(DataKey(seal), visitors, public_url.rstrip("/"))

    def link(
        self, municipality_id: str, shop_id: str, kind_id: str, conversation_id: uuid.UUID, now: datetime
    ) -> ShopLink:
        """Return the link of one resident to one shop for one kind."""
        month = now.astimezone(TOKYO).strftime("%Y-%m")
        whose = _SEPARATOR.join((str(conversation_id), municipality_id, shop_id, kind_id, month)).encode()
        visitor = hmac.digest(self._visitor_key, whose, hashlib.sha256)[:VISITOR_BYTES]
        expires_at = (now + VALID_FOR).astimezone(UTC).replace(microsecond=0)
        return ShopLink(municipality_id, shop_id, kind_id, visitor, expires_at)

    def url(self, link: ShopLink) -> str:
        """Return the address behind a resident's button."""
        return f"{self._public_url}/s/{self.token(link)}"

    def token(self, link: ShopLink) -> str:
        """Return a token of a link; tokens of the same link differ, and all are read alike."""
        parts = (
            link.municipality_id,
            link.shop_id,
            link.kind_id,
            link.visitor.hex(),
            str(int(link.expires_at.timestamp())),
        )
        return _written(self._seal.seal(_SEPARATOR.join(parts).encode(), _CONTEXT))

    def read(self, token: str) -> ShopLink | None:
        """Return a token's link, expired or not; None unless it is exactly as we made it."""
        try:
            sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
            plain = self._seal.open(sealed, _CONTEXT).decode()
        except (binascii.Error, ValueError, Unreadable):
            return None
        # Base64 has spare bits: reject other spellings of the same bytes.
        if _written(sealed) != token:
            return None
        municipality_id, shop_id, kind_id, visitor, expires = plain.split(_SEPARATOR)
        expires_at = datetime.fromtimestamp(int(expires), tz=UTC)
        return ShopLink(municipality_id, shop_id, kind_id, bytes.fromhex(visitor), expires_at)


def _written(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()
