"""What a talk remembers of its last consultation, for as long as it can matter."""

from datetime import datetime, timedelta
from typing import Any

from bot.conversation.turn import State
from core.db.tables import Urgency

# An urgency found yesterday says little about today.
RELEVANT_FOR = timedelta(hours=24)


def recent(state: State, now: datetime) -> dict[str, Any]:
    """Return the last consultation while it is relevant, else nothing."""
    last: dict[str, Any] = state.memory.get("consultation", {})
    if not last or now - datetime.fromisoformat(last["at"]) > RELEVANT_FOR:
        return {}
    return last


def recent_urgency(state: State, now: datetime) -> Urgency | None:
    """Return the urgency found in the last consultation while it is relevant."""
    last = recent(state, now)
    return Urgency(last["urgency"]) if last else None
