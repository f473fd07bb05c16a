"""Check URLs of pictures, sound and links."""

import re
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from bot.simulator.validation.counting import utf16_length
from bot.simulator.validation.problem import Node, Violation, join

MEDIA_URL_LIMIT = 2000
LINK_LIMIT = 1000
LINK_SCHEMES = frozenset({"http", "https", "line", "tel"})

# LINE wants addresses percent-encoded in UTF-8, so anything outside printable ASCII is a mistake.
_ENCODED = re.compile(r"[\x21-\x7e]+")


def check_media_url(node: Node, key: str, path: str) -> Iterator[Violation]:
    """Refuse anything but a short HTTPS address.

    LINE takes HTTPS only. The simulator also takes plain HTTP on loopback: on one machine the pictures
    come from `HELPO_PUBLIC_URL`, which has no certificate there, and nothing leaves the machine.
    """
    value = node.get(key)
    if not isinstance(value, str) or not value:
        yield Violation("May not be empty", join(path, key))
    elif utf16_length(value) > MEDIA_URL_LIMIT:
        yield Violation(f"Length must be between 0 and {MEDIA_URL_LIMIT}", join(path, key))
    elif not _is_https_or_loopback(value):
        yield Violation("Must be a valid HTTPS URL", join(path, key))


def check_link(node: Node, key: str, path: str) -> Iterator[Violation]:
    """Refuse links LINE cannot open: other schemes, over 1000 characters, not percent-encoded."""
    value = node.get(key)
    if not isinstance(value, str) or not value:
        yield Violation("May not be empty", join(path, key))
    elif utf16_length(value) > LINK_LIMIT:
        yield Violation(f"Length must be between 0 and {LINK_LIMIT}", join(path, key))
    elif not _ENCODED.fullmatch(value) or not _opens(value):
        yield Violation("Invalid action URI", join(path, key))


def _opens(value: str) -> bool:
    scheme, _, rest = value.partition(":")
    if scheme not in LINK_SCHEMES:
        return False
    if scheme == "tel":
        return re.fullmatch(r"[+\d][\d\-#*,;.()]*", rest) is not None
    return _host(value) != ""


def _is_https_or_loopback(value: str) -> bool:
    if not _ENCODED.fullmatch(value):
        return False
    host = _host(value)
    if value.startswith("https://"):
        return host != ""
    return value.startswith("http://") and _is_loopback(host)


def _host(value: str) -> str:
    try:
        return urlsplit(value).hostname or ""
    except ValueError:
        return ""


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
