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
    local, until = now.astimezone(TOKYO), (now + within).astimezone(TOKYO)
    name, less = next((name, less) for hour, name, less in reversed(_CALLED) if until.hour >= hour)
    day = texts("triage.by.today" if local.date() == until.date() else "triage.by.tomorrow")
    return texts("triage.by.time", day=day, hour=texts(f"triage.hour.{name}", hour=until.hour - less))
