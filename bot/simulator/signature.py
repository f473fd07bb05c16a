"""Sign webhooks as LINE does."""

import base64
import hashlib
import hmac


def sign(secret: str, body: bytes) -> str:
    """Return the value of `x-line-signature`: base64 of the HMAC-SHA256 over the raw body."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
