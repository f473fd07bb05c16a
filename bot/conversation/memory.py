"""What a talk remembers for later flows and for the person who takes over, for as long as it can matter."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.conversation.turn import State
from bot.triage.levels import more_urgent
from core.db.tables import Profession, Urgency

# What was said or found yesterday tells little about today.
RELEVANT_FOR = timedelta(hours=24)
# Where somebody was then says little about where to go now.
PLACE_RELEVANT_FOR = timedelta(hours=3)


def consulted(
    complaint: str,
    urgency: Urgency,
    now: datetime,
    findings: Sequence[tuple[str, str]] = (),
    advised: Sequence[str] = (),
    *,
    who: str = "",
    protocols: Sequence[str] = (),
    departments: Sequence[str] = (),
) -> dict[str, Any]:
    """Return what to remember of a consultation or an emergency.

    `protocols` are the ids of those that were asked to their end: without one the urgency is a guess on the safe
    side, and a clinician is told so.
    """
    return {
        "consultation": {
            "complaint": complaint,
            "urgency": urgency.value,
            "findings": [list(pair) for pair in findings],
            "advised": list(advised),
            "who": who,
            "protocols": list(protocols),
            "departments": list(departments),
            "at": now.isoformat(),
        }
    }


def worsened(state: State, words: str, urgency: Urgency, now: datetime) -> dict[str, Any]:
    """Return what to remember of a sign that nobody has assessed: what was found before stays, the level only rises."""
    last = recent(state, now)
    if not last:
        return consulted(words, urgency, now)
    lines = dict.fromkeys(line for line in (words, last["complaint"]) if line)
    level = more_urgent(urgency, Urgency(last["urgency"]))
    return {
        "consultation": {
            **last,
            "complaint": "\n".join(lines),
            "urgency": level.value,
            "at": now.isoformat(),
        }
    }


def told(words: str, now: datetime, profession: Profession | None = None) -> dict[str, Any]:
    """Return what to remember of words that no flow could assess: a person may; `profession` is whom they suit."""
    if not words:
        return {}
    return {"told": {"complaint": words, "profession": profession or "", "at": now.isoformat()}}


def recent(state: State, now: datetime) -> dict[str, Any]:
    """Return the last consultation while it is relevant, else nothing."""
    return _relevant(state.memory.get("consultation", {}), now)


def recent_words(state: State, now: datetime) -> str:
    """Return words that no flow could use, while they are relevant."""
    words: str = _relevant(state.memory.get("told", {}), now).get("complaint", "")
    return words


def recent_profession(state: State, now: datetime) -> Profession | None:
    """Return whom the last worry suits, while it is relevant."""
    name = _relevant(state.memory.get("told", {}), now).get("profession", "")
    return Profession(name) if name else None


def recent_urgency(state: State, now: datetime) -> Urgency | None:
    """Return the urgency found last while it is relevant."""
    last = recent(state, now)
    return Urgency(last["urgency"]) if last else None


def recent_place(state: State, now: datetime) -> tuple[float, float] | None:
    """Return the place (latitude, longitude; WGS 84 degrees) that was sent a short while ago for no question."""
    place = state.memory.get("place", {})
    if not place or not is_relevant(place, now, PLACE_RELEVANT_FOR):
        return None
    return place["latitude"], place["longitude"]


def placed(latitude: float, longitude: float, now: datetime) -> dict[str, Any]:
    """Return what to remember of a place."""
    return {"place": {"latitude": latitude, "longitude": longitude, "at": now.isoformat()}}


def with_memory(state: State, **memory: Any) -> State:  # noqa: ANN401 - JSON values
    """Return the state with more to remember."""
    return replace(state, memory={**state.memory, **memory})


def without_memory(state: State, *names: str) -> State:
    """Return the state without some of what it remembers."""
    return replace(state, memory={k: v for k, v in state.memory.items() if k not in names})


def is_relevant(remembered: Mapping[str, Any], now: datetime, within: timedelta = RELEVANT_FOR) -> bool:
    """Whether something remembered `at` a time still matters."""
    return now - datetime.fromisoformat(remembered["at"]) <= within


def _relevant(remembered: dict[str, Any], now: datetime) -> dict[str, Any]:
    return remembered if remembered and is_relevant(remembered, now) else {}
