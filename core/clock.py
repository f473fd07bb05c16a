"""Give the present time, in aware UTC; the only source of it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]

TOKYO = ZoneInfo("Asia/Tokyo")


def system_clock() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(tz=UTC)


def shifted_clock(path: Path) -> Clock:
    """Return a clock shifted by the whole or decimal seconds written in `path` (tests only).

    The file is read at each call, so one write moves all processes at once.
    """

    def now() -> datetime:
        text = path.read_text().strip() if path.exists() else ""
        return system_clock() + timedelta(seconds=float(text or 0))

    return now
