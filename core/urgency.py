"""Compare levels of urgency; queue, dialogue and triage use the same order."""

from core.db.tables import Urgency

LEVELS = tuple(Urgency)  # most urgent first


def more_urgent(*levels: Urgency) -> Urgency:
    """Return the most urgent of some levels."""
    return min(levels, key=LEVELS.index)


def less_urgent(*levels: Urgency) -> Urgency:
    """Return the least urgent of some levels."""
    return max(levels, key=LEVELS.index)


def one_up(level: Urgency) -> Urgency:
    """Return the next more urgent level; red stays red."""
    return LEVELS[max(LEVELS.index(level) - 1, 0)]


def exceeds(level: Urgency, other: Urgency) -> bool:
    """Whether `level` is more urgent than `other`."""
    return LEVELS.index(level) < LEVELS.index(other)
