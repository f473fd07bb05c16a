"""Check that a webhook comes from LINE.

`x-line-signature` is base64(HMAC-SHA256(channel secret, raw body bytes)); it is checked over the bytes as
they came, before anything is parsed (developers.line.biz, "Verify webhook signature").
"""

import base64
import hmac

HEADER = "x-line-signature"


def sign(secret: str, body: bytes) -> bytes:
    """Return the signature LINE sends with `body`."""
    return base64.b64encode(hmac.digest(secret.encode(), body, "sha256"))


def is_signed(secret: str, body: bytes, signature: str) -> bool:
    """Whether `signature` belongs to `body`, in constant time; always False with an empty secret."""
    return bool(secret) and hmac.compare_digest(sign(secret, body), signature.encode(errors="replace"))
