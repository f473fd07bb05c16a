"""What waits for a clinician: who calls, how urgently, and whether it is to ring. No words of residents."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from handoff.queue import Entry
from handoff.waits_store import View

# What is urgent rings again after so long, until she has seen it.
RING_EVERY_S = 10


class Why(StrEnum):
    """Why something waits, most urgent first."""

    ALARM = "alarm"  # a red flag that nobody has acknowledged, whoever has the talk
    RED = "red"  # too urgent to wait for one profession
    SIGN = "sign"  # a sign of danger below red: somebody who wants to die
    UNREAD = "unread"  # words in a talk of her own
    WAITING = "waiting"


ORDER = tuple(Why)
URGENT = frozenset({Why.ALARM, Why.RED, Why.SIGN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One talk that waits for a clinician. `mark` is another whenever it is to ring anew."""

    thread_id: uuid.UUID
    conversation_id: uuid.UUID
    city: str
    why: Why
    since: datetime
    version: int
    mark: str

    @property
    def is_urgent(self) -> bool:
        """Whether it rings until it is seen."""
        return self.why in URGENT

    def is_seen(self, view: View | None) -> bool:
        """Whether her last view of the thread has shown what rings.

        An alarm must have been raised before; of one that waits, everything that was said.
        """
        if view is None:
            return False
        return view.at >= self.since if self.why is Why.ALARM else view.version >= self.version

    def ring(self, now: datetime, view: View | None) -> str:
        """Return what names this ring: the same for all her pages, another ten seconds later; empty for silence."""
        if not self.is_urgent:
            return self.mark
        if self.is_seen(view):
            return ""
        return f"{self.mark}.{int(now.timestamp() // RING_EVERY_S)}"


def calls(
    entries: Sequence[Entry],
    staff_id: uuid.UUID,
    *,
    signs: Collection[uuid.UUID],
    newest: Mapping[uuid.UUID, int],
) -> tuple[Call, ...]:
    """Return what waits for a clinician in her cities, the most urgent first, of these the latest.

    `signs` are the threads in which a sign of danger was found, `newest` the last words of each talk.
    """
    found = [
        call
        for entry in entries
        if (call := _call(entry, staff_id, has_sign=entry.id in signs, newest=newest)) is not None
    ]
    return tuple(sorted(found, key=lambda c: (ORDER.index(c.why), -c.since.timestamp())))


def _call(
    entry: Entry, staff_id: uuid.UUID, *, has_sign: bool, newest: Mapping[uuid.UUID, int]
) -> Call | None:
    since = entry.requested_at
    # A talk that comes back to the queue rings again.
    turn = entry.claimed_at.timestamp() if entry.claimed_at else 0
    if entry.alarm_at is not None:
        why, since, turn = Why.ALARM, entry.alarm_at, 0
    elif entry.is_waiting:
        why = Why.RED if entry.is_everyones else Why.SIGN if has_sign else Why.WAITING
    elif entry.assignee_id == staff_id and entry.unanswered_since is not None:
        why, since, turn = Why.UNREAD, entry.unanswered_since, newest.get(entry.conversation_id, 0)
    else:
        return None
    return Call(
        thread_id=entry.id,
        conversation_id=entry.conversation_id,
        city=entry.municipality_id,
        why=why,
        since=since,
        version=entry.version,
        mark=f"{entry.id.hex[:12]}.{why.value}.{int(since.timestamp())}.{turn:.0f}",
    )
