"""What a talk remembers for later flows and for the person who takes over, for as long as it can matter."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.conversation.turn import State
from core.db.tables import Urgency

# What was said or found yesterday tells little about today.
RELEVANT_FOR = timedelta(hours=24)


def consulted(
    complaint: str,
    urgency: Urgency,
    now: datetime,
    findings: Sequence[tuple[str, str]] = (),
    advised: Sequence[str] = (),
) -> dict[str, Any]:
    """Return what to remember of a consultation or an emergency."""
    return {
        "consultation": {
            "complaint": complaint,
            "urgency": urgency.value,
            "findings": [list(pair) for pair in findings],
            "advised": list(advised),
            "at": now.isoformat(),
        }
    }


def told(words: str, now: datetime) -> dict[str, Any]:
    """Return what to remember of words that no flow could use: a person may."""
    return {"told": {"complaint": words, "at": now.isoformat()}} if words else {}


def recent(state: State, now: datetime) -> dict[str, Any]:
    """Return the last consultation while it is relevant, else nothing."""
    return _relevant(state.memory.get("consultation", {}), now)


def recent_words(state: State, now: datetime) -> str:
    """Return words that no flow could use, while they are relevant."""
    words: str = _relevant(state.memory.get("told", {}), now).get("complaint", "")
    return words


def recent_urgency(state: State, now: datetime) -> Urgency | None:
    """Return the urgency found last while it is relevant."""
    last = recent(state, now)
    return Urgency(last["urgency"]) if last else None


def _relevant(remembered: dict[str, Any], now: datetime) -> dict[str, Any]:
    if not remembered or now - datetime.fromisoformat(remembered["at"]) > RELEVANT_FOR:
        return {}
    return remembered
