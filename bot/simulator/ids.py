"""Make identifiers in the forms of LINE's."""

import re
import secrets
import uuid

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHAT_ID = re.compile(r"[UCR][0-9a-f]{32}")


def user_id() -> str:
    """Return a new user id: U and 32 hexadecimal digits."""
    return "U" + secrets.token_hex(16)


def ulid(timestamp_ms: int) -> str:
    """Return a ULID for `webhookEventId`: 48 bits of time, 80 random bits, in Crockford's base 32."""
    value = (timestamp_ms & (1 << 48) - 1) << 80 | secrets.randbits(80)
    return "".join(CROCKFORD[value >> shift & 31] for shift in range(125, -1, -5))


def token() -> str:
    """Return a new reply, quote or mark-as-read token."""
    return secrets.token_urlsafe(24)


def request_id() -> str:
    """Return the value of an answer's `x-line-request-id`."""
    return str(uuid.uuid4())


def is_retry_key(text: str) -> bool:
    """Whether `text` is a UUID in hexadecimal notation, as a retry key must be."""
    return re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text) is not None


class MessageIds:
    """Message ids: decimal numbers as text, growing."""

    def __init__(self) -> None:
        self._last = 580_000_000_000_000_000 + secrets.randbelow(10**15)

    def new(self) -> str:
        """Return the next id."""
        self._last += 1
        return str(self._last)
