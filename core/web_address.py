"""Bring web addresses from outside (open data, shops' files) to a form that LINE and browsers open."""

import re
import unicodedata
from ipaddress import IPv6Address
from urllib.parse import SplitResult, quote, urlsplit

# LINE's limit for the address of a button, in characters of the encoded address.
LONGEST_LINK = 1000

_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# Two addresses in one field ("http://a.jp/ http://b.jp/") are no address.
_SECOND = re.compile(r"\s.*://", re.DOTALL)
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
# Characters that may stand unencoded in a path, a query or a fragment (RFC 3986, 3.3 to 3.5).
_PATH = "/%:@!$&'()*+,;=~"
_QUERY = _PATH + "?"


def link_of(text: str) -> str | None:
    """Return `text` as an http or https address that LINE takes for a button; None if it is none.

    The host is written in punycode, everything else that is not plain ASCII is percent-encoded (UTF-8), full-width
    letters are understood. None: another scheme or none, no proper host or port, a user name before the host,
    control characters, two addresses, more than 1,000 characters once it is encoded.
    """
    text = text.strip()
    if not _SCHEME.match(text):
        text = unicodedata.normalize("NFKC", text)
    if len(text) > LONGEST_LINK or not _SCHEME.match(text) or _CONTROL.search(text) or _SECOND.search(text):
        return None
    try:
        parts = urlsplit(text)
        link = _encoded(parts)
    except ValueError:  # UnicodeError is one
        return None
    return link if link and len(link) <= LONGEST_LINK else None


def _encoded(parts: SplitResult) -> str | None:
    host = _host(parts.hostname or "")
    if not host or "@" in parts.netloc:
        return None
    port = f":{parts.port}" if parts.port is not None else ""
    path = _quoted(parts.path, _PATH)
    query = f"?{_quoted(parts.query, _QUERY)}" if parts.query else ""
    fragment = f"#{_quoted(parts.fragment, _QUERY)}" if parts.fragment else ""
    return f"{parts.scheme}://{host}{port}{path}{query}{fragment}"


def _host(name: str) -> str | None:
    """Return a host as it is looked up; raises ValueError for an impossible name."""
    if ":" in name:
        return f"[{IPv6Address(name)}]"
    host = name.encode("idna").decode().lower()
    is_bare = "." not in host
    return host if _HOST.fullmatch(host) and not (is_bare and host != name) else None


def _quoted(part: str, safe: str) -> str:
    return quote(_STRAY_PERCENT.sub("%25", part), safe=safe)
