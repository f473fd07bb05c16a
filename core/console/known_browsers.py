"""Know browsers that have signed in before, by a signed cookie that names the logins.

The cookie gives no access. Attempts from a known browser are only counted apart from those of strangers.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import struct
from datetime import datetime, timedelta

from core.settings import Settings

COOKIE = "helpo_browser"
LIFETIME = timedelta(days=180)
# A ward's computer has several users.
MOST_LOGINS = 10
SEPARATOR = "."
ID_BYTES = 9
MAC_BYTES = 15
BODY = struct.Struct(
    f">{ID_BYTES}sI"
)  # the browser's number, and when it last signed in (seconds since 1970)
MARK_LENGTH = -(-(BODY.size + MAC_BYTES) * 4 // 3)  # characters of base64 without padding


def known_browser(settings: Settings, cookie: str, subject: str, now: datetime) -> str:
    """Return the number of a browser that has signed in to the login `subject`; empty for an unknown one."""
    for mark in _marks(cookie):
        if found := _opened(settings, mark, subject, now):
            return found.hex()
    return ""


def remember_login(settings: Settings, cookie: str, subject: str, now: datetime) -> str:
    """Return the cookie with a fresh mark for the login that was just signed in to, the newest first."""
    others, number = [], b""
    for mark in _marks(cookie):
        found = _opened(settings, mark, subject, now)
        number = number or found
        if not found:
            others.append(mark)
    body = BODY.pack(number or secrets.token_bytes(ID_BYTES), int(now.timestamp()))
    mark = base64.urlsafe_b64encode(body + _mac(settings, body, subject)).decode().rstrip("=")
    return SEPARATOR.join([mark, *others][:MOST_LOGINS])


def _marks(cookie: str) -> list[str]:
    return [mark for mark in cookie.split(SEPARATOR)[:MOST_LOGINS] if len(mark) == MARK_LENGTH]


def _opened(settings: Settings, mark: str, subject: str, now: datetime) -> bytes:
    """Return the browser's number if the mark is genuine, for this login and not too old; else nothing."""
    try:
        raw = base64.b64decode(mark + "=" * (-len(mark) % 4), altchars=b"-_", validate=True)
        body, mac = raw[: BODY.size], raw[BODY.size :]
        number, at = BODY.unpack(body)
    except (binascii.Error, struct.error, ValueError):
        return b""
    is_ours = hmac.compare_digest(mac, _mac(settings, body, subject))
    is_fresh = at > (now - LIFETIME).timestamp()
    found: bytes = number
    return found if is_ours and is_fresh else b""


def _mac(settings: Settings, body: bytes, subject: str) -> bytes:
    key = hmac.digest(settings.session_secret.get_secret_value().encode(), b"known-browser", hashlib.sha256)
    return hmac.digest(key, body + subject.encode(), hashlib.sha256)[:MAC_BYTES]
