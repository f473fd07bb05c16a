"""Consultations stand beside each other for a day: a later one takes no earlier danger back."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from core.db.tables import Urgency
from core.urgency import LEVELS

LASTS = timedelta(hours=24)
# Where those before the latest are kept in a talk's memory; states of earlier versions have none.
EARLIER = "earlier"
MOST_EARLIER = 5
# Characters of one story. Whole lines only: a message that is taken back is found by its lines.
LONGEST = 2000

Record = Mapping[str, Any]


def remembered(before: Mapping[str, Any], gained: Mapping[str, Any]) -> dict[str, Any]:
    """Return a memory with what it gains; the consultation it had moves behind the new one."""
    memory = {**before, **gained}
    old, new = before.get("consultation"), gained.get("consultation")
    if not old or not new or old == new:
        return memory
    oldest = datetime.fromisoformat(new["at"]) - LASTS
    standing = [
        record
        for record in (old, *before.get(EARLIER, ()))
        if datetime.fromisoformat(record["at"]) >= oldest and not _is_covered(record, new)
    ]
    worst = sorted(standing, key=lambda record: LEVELS.index(Urgency(record["urgency"])))[:MOST_EARLIER]
    memory[EARLIER] = [record for record in standing if record in worst]
    return memory


def shortened(story: str) -> str:
    """Return a story's first and last lines, as many as are kept; these two whatever their length."""
    lines = story.splitlines()
    if len(story) <= LONGEST or len(lines) < 3:  # noqa: PLR2004 - the first and the last
        return story
    room = LONGEST - len(lines[0]) - len(lines[-1]) - 1
    first, last = [lines.pop(0)], [lines.pop()]
    while lines:
        # In turns, so that both ends keep as much.
        line, end = (lines.pop(0), first) if len(first) <= len(last) else (lines.pop(), last)
        room -= len(line) + 1
        if room < 0:
            break
        end.append(line)
    return "\n".join([*first, *reversed(last)])


def _is_covered(old: Record, new: Record) -> bool:
    """Whether a consultation contains all of an earlier one: the same went on, or was asked to its end at last."""
    said = set(old["complaint"].splitlines())
    if not said or not said <= set(new["complaint"].splitlines()):
        return False
    if any(finding not in new["findings"] for finding in old["findings"]):
        return False
    is_no_less = LEVELS.index(Urgency(new["urgency"])) <= LEVELS.index(Urgency(old["urgency"]))
    is_end = not old["protocols"] and bool(new["protocols"]) and old["urgency"] != Urgency.RED.value
    return is_no_less or is_end
