"""What a talk remembers for later flows and for the person who takes over, for as long as it can matter."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.conversation.lasting import EARLIER, LASTS, remembered, shortened
from bot.conversation.turn import State
from bot.triage.levels import more_urgent
from core.db.tables import Profession, Urgency
from core.findings import Finding
from handoff.safety_events import CHECK, INTERVIEW

# What was said or found yesterday tells little about today.
RELEVANT_FOR = LASTS
# Where somebody was then says little about where to go now.
PLACE_RELEVANT_FOR = timedelta(hours=3)


def consulted(
    complaint: str,
    urgency: Urgency,
    now: datetime,
    findings: Sequence[Finding] = (),
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
            "complaint": shortened(complaint),
            "urgency": urgency.value,
            "findings": [finding.to_json() for finding in findings],
            "advised": list(advised),
            "who": who,
            "protocols": list(protocols),
            "departments": list(departments),
            "at": now.isoformat(),
        }
    }


def worsened(state: State, words: str, urgency: Urgency, now: datetime) -> dict[str, Any]:
    """Return what to remember of a sign that nobody has assessed.

    What was found before stays beside it, with its own level and age: `recent_urgency` is that of the worst.
    """
    last = recent(state, now)
    return consulted(
        words, urgency, now, who=last.get("who", ""), departments=tuple(last.get("departments", ()))
    )


def told(words: str, now: datetime, profession: Profession | None = None) -> dict[str, Any]:
    """Return what to remember of words that no flow could assess: a person may; `profession` is whom they suit."""
    if not words:
        return {}
    return {"told": {"complaint": shortened(words), "profession": profession or "", "at": now.isoformat()}}


def recent(state: State, now: datetime) -> dict[str, Any]:
    """Return the latest consultation while it is relevant, else nothing: its departments and whom it is about.

    How urgent things are, `recent_urgency` says.
    """
    return _relevant(state.memory.get("consultation", {}), now)


def found_red(state: State, now: datetime) -> str:
    """Return how a consultation that became red in the turn of `now` was found (handoff.safety_events), or ""."""
    for one in consultations(state, now):
        if one["urgency"] == Urgency.RED.value and one["at"] == now.isoformat():
            return INTERVIEW if one["findings"] else CHECK
    return ""


def consultations(state: State, now: datetime) -> tuple[dict[str, Any], ...]:
    """Return all consultations and signs that are relevant, the latest first."""
    found = (state.memory.get("consultation", {}), *state.memory.get(EARLIER, ()))
    return tuple(one for one in found if _relevant(one, now))


def recent_words(state: State, now: datetime) -> str:
    """Return words that no flow could use, while they are relevant."""
    words: str = _relevant(state.memory.get("told", {}), now).get("complaint", "")
    return words


def recent_profession(state: State, now: datetime) -> Profession | None:
    """Return whom the last worry suits, while it is relevant."""
    name = _relevant(state.memory.get("told", {}), now).get("profession", "")
    return Profession(name) if name else None


def recent_urgency(state: State, now: datetime) -> Urgency | None:
    """Return the highest urgency that was found while it was relevant: a mild complaint takes no danger back."""
    levels = [Urgency(one["urgency"]) for one in consultations(state, now)]
    return more_urgent(*levels) if levels else None


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
    return replace(state, memory=remembered(state.memory, memory))


def without_memory(state: State, *names: str) -> State:
    """Return the state without some of what it remembers."""
    return replace(state, memory={k: v for k, v in state.memory.items() if k not in names})


def is_relevant(remembered: Mapping[str, Any], now: datetime, within: timedelta = RELEVANT_FOR) -> bool:
    """Whether something remembered `at` a time still matters."""
    return now - datetime.fromisoformat(remembered["at"]) <= within


def _relevant(remembered: dict[str, Any], now: datetime) -> dict[str, Any]:
    return remembered if remembered and is_relevant(remembered, now) else {}
