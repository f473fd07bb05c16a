"""The last search is remembered for a while: its next results, the same elsewhere, the same at another time."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from bot.dialogue.memory import PLACE_RELEVANT_FOR, is_relevant
from bot.dialogue.turn import State
from facilities.model import Wanted


@dataclass(frozen=True, slots=True)
class Search:
    """What was looked for, under which instance its buttons stand, and how many results have been shown."""

    wanted: Wanted
    instance: str
    shown: int
    at: datetime


def wanted_json(wanted: Wanted) -> dict[str, Any]:
    """Return the form that is kept; what is not said takes no room."""
    return {key: value for key, value in asdict(wanted).items() if value not in ("", None)}


def search_memory(wanted: Wanted, instance: str, shown: int, now: datetime) -> dict[str, Any]:
    """Return what to remember of a search."""
    kept = {"wanted": wanted_json(wanted), "instance": instance, "shown": shown, "at": now.isoformat()}
    return {"search": kept}


def last_search(state: State, now: datetime) -> Search | None:
    """Return the last search while it is relevant: nothing has been found out since, and it is not long ago."""
    kept = state.memory.get("search")
    if not kept or not is_relevant(kept, now, PLACE_RELEVANT_FOR):
        return None
    consulted_at = state.memory.get("consultation", {}).get("at", "")
    if consulted_at and datetime.fromisoformat(consulted_at) > datetime.fromisoformat(kept["at"]):
        return None
    return Search(
        Wanted(**kept["wanted"]), kept["instance"], kept["shown"], datetime.fromisoformat(kept["at"])
    )
