"""Recognise `X-Line-Retry-Key`: a request that was accepted is not accepted again for 24 hours."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

KEPT_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The first accepted request with a key."""

    at: datetime
    request_id: str
    digest: bytes
    sent: list[dict[str, str]] | None


class RetryKeys:
    """Accepted keys of all channels."""

    def __init__(self) -> None:
        self._accepted: dict[tuple[str, str], Accepted] = {}

    def find(self, municipality: str, key: str, now: datetime) -> Accepted | None:
        """Return what was accepted under `key` within 24 hours."""
        self._forget(now - KEPT_FOR)
        return self._accepted.get((municipality, key.lower()))

    def accept(self, municipality: str, key: str, accepted: Accepted) -> None:
        """Remember an accepted request."""
        self._accepted[municipality, key.lower()] = accepted

    def _forget(self, before: datetime) -> None:
        while self._accepted:
            name, oldest = next(iter(self._accepted.items()))
            if oldest.at > before:
                return
            del self._accepted[name]


def digest_of(operation: str, body: dict[str, Any]) -> bytes:
    """Return a digest of a request: equal for the same operation with the same body."""
    dumped = json.dumps([operation, body], sort_keys=True).encode()
    return hashlib.blake2b(dumped, digest_size=16).digest()
