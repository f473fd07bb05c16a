"""Say until when to go, as people say the time: 「今日の午後4時ごろ」, 「あしたの朝5時ごろ」."""

from datetime import datetime, timedelta

from core.clock import TOKYO
from core.texts import Texts

YELLOW_WITHIN = timedelta(hours=6)
# From each hour of the day on: how it is called, and what is taken from the number.
_CALLED = (
    (0, "night", 0),
    (5, "morning", 0),
    (11, "forenoon", 0),
    (12, "noon", 0),
    (13, "afternoon", 12),
    (18, "evening", 12),
)


def by_when(now: datetime, texts: Texts, within: timedelta = YELLOW_WITHIN) -> str:
    """Return the moment `within` from `now` by the clock, the hour begun: it is never later than that."""
    return moment_text(now + within, now, texts)


def moment_text(at: datetime, now: datetime, texts: Texts) -> str:
    """Return a moment of the next two days by the clock, the hour begun."""
    until = at.astimezone(TOKYO)
    name, less = next((name, less) for hour, name, less in reversed(_CALLED) if until.hour >= hour)
    days = (until.date() - now.astimezone(TOKYO).date()).days
    later = "triage.by.tomorrow" if days == 1 else "triage.by.day_after"
    key = later if days else "triage.by.today"
    day = texts(key)
    return texts("triage.by.time", day=day, hour=texts(f"triage.hour.{name}", hour=until.hour - less))
