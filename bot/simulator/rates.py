"""Limit rates: a token bucket for each channel and endpoint, as LINE describes its own."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Rate:
    """Calls in a period of seconds; the bucket holds one period's calls."""

    calls: int
    period_s: float


# developers.line.biz, Messaging API reference, "Rate limits".
DEFAULT = Rate(2_000, 1)
MULTICAST = Rate(200, 1)
LOADING = Rate(100, 1)
RARE = Rate(60, 3_600)  # narrowcast, broadcast, webhook test
MENU_CHANGE = Rate(100, 3_600)  # create or delete a rich menu, delete an alias
MENU_LIST = Rate(10, 1)
ENDPOINT_SETTING = Rate(1_000, 60)


class Buckets:
    """The level of each bucket at its last use."""

    def __init__(self) -> None:
        self._levels: dict[tuple[str, str], tuple[float, datetime]] = {}

    def take(self, municipality: str, operation: str, rate: Rate, now: datetime) -> bool:
        """Take one call out of the bucket; False when it is empty."""
        level, at = self._levels.get((municipality, operation), (float(rate.calls), now))
        elapsed_s = max(0.0, (now - at).total_seconds())
        level = min(float(rate.calls), level + elapsed_s * rate.calls / rate.period_s)
        allowed = level >= 1
        self._levels[municipality, operation] = (level - 1 if allowed else level, now)
        return allowed
