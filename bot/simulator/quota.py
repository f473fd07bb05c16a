"""Count billed messages: one a recipient of a push, multicast, broadcast or narrowcast; replies are free."""

from collections import Counter
from datetime import datetime

from core.clock import TOKYO


class QuotaLedger:
    """What each channel sent this month and on each day (Asia/Tokyo, as LINE counts)."""

    def __init__(self, monthly_limit: int | None) -> None:
        self.monthly_limit = monthly_limit
        self._billed: Counter[tuple[str, str]] = Counter()
        self._daily: Counter[tuple[str, str, str]] = Counter()

    def allows(self, municipality: str, count: int, now: datetime) -> bool:
        """Whether `count` more messages fit into the month."""
        return self.monthly_limit is None or self.used(municipality, now) + count <= self.monthly_limit

    def add(self, municipality: str, kind: str, count: int, now: datetime) -> None:
        """Count messages that were sent; `kind` is `reply`, `push`, `multicast`, `narrowcast` or `broadcast`."""
        local = now.astimezone(TOKYO)
        self._daily[municipality, kind, f"{local:%Y%m%d}"] += count
        if kind != "reply":
            self._billed[municipality, f"{local:%Y%m}"] += count

    def used(self, municipality: str, now: datetime) -> int:
        """Return the messages billed in the present month."""
        return self._billed[municipality, f"{now.astimezone(TOKYO):%Y%m}"]

    def on_day(self, municipality: str, kind: str, date: str) -> int:
        """Return the messages of one kind sent on `date` (yyyyMMdd)."""
        return self._daily[municipality, kind, date]
