"""List what waits for a clinician: talks, urgency, and whether they ring. No words of residents."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from handoff.notification_store import View
from handoff.queue import Entry
from handoff.safety_events import Sign

# Seconds until an urgent call rings again, as long as it is unseen.
RING_EVERY_S = 10


class NotificationReason(StrEnum):
    """Why something waits, most urgent first."""

    ALARM = "alarm"  # a red flag that is not acknowledged, whoever has the talk
    DESPAIR = "despair"  # a wish to die
    RED = "red"  # too urgent to wait for one profession
    SIGN = "sign"  # a sign of danger below red
    DANGER = "danger"  # a danger of the last day without a thread
    OVERDUE = "overdue"  # waits longer than its urgency allows
    UNREAD = "unread"  # words in a talk of her own
    WAITING = "waiting"


ORDER = tuple(NotificationReason)
URGENT = frozenset(
    {
        NotificationReason.ALARM,
        NotificationReason.DESPAIR,
        NotificationReason.RED,
        NotificationReason.SIGN,
        NotificationReason.DANGER,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One talk that waits for a clinician, and the page that shows it.

    `mark` changes whenever the call is to ring anew. A danger without a thread has no `thread_id`.
    """

    thread_id: uuid.UUID | None
    page: str
    conversation_id: uuid.UUID
    city: str
    reason: NotificationReason
    since: datetime
    version: int
    mark: str
    # What a view of it is recorded under: the thread's id, or the danger's.
    subject: str

    @property
    def is_urgent(self) -> bool:
        """Whether it rings until it is seen."""
        return self.reason in URGENT

    def is_seen(self, view: View | None) -> bool:
        """Whether the last view of it has shown what rings.

        For an alarm, the view must be later than the alarm; for a waiting thread, it must have shown every
        word; a danger without a thread has been seen once anybody has opened it.
        """
        if view is None or self.reason is NotificationReason.DANGER:
            return view is not None
        return (
            view.at >= self.since if self.reason is NotificationReason.ALARM else view.version >= self.version
        )

    def ring(self, now: datetime, view: View | None) -> str:
        """Return the ring's name: the same on all her pages, another ten seconds later; empty for silence."""
        if not self.is_urgent:
            return self.mark
        if self.is_seen(view):
            return ""
        return f"{self.mark}.{int(now.timestamp() // RING_EVERY_S)}"


def notifications(
    entries: Sequence[Entry],
    staff_id: uuid.UUID,
    *,
    signs: Collection[uuid.UUID],
    late: Collection[uuid.UUID],
    newest: Mapping[uuid.UUID, int],
    dangers: Sequence[Sign] = (),
) -> tuple[Notification, ...]:
    """Return what waits for a clinician in her cities, by urgency, the latest first within a level.

    `signs` are the threads with a sign of danger, `late` those that wait longer than their urgency allows,
    `newest` the last words of each talk, `dangers` those without a thread.
    """
    waiting = (
        _notification(entry, staff_id, has_sign=entry.id in signs, is_late=entry.id in late, newest=newest)
        for entry in entries
    )
    found = [*filter(None, waiting), *map(_danger, dangers)]
    return tuple(sorted(found, key=lambda c: (ORDER.index(c.reason), -c.since.timestamp())))


def _danger(danger: Sign) -> Notification:
    return Notification(
        thread_id=None,
        page=f"/console/inbox/dangers/{danger.id}",
        conversation_id=danger.conversation_id,
        city=danger.municipality_id,
        reason=NotificationReason.DANGER,
        since=danger.at,
        version=0,
        mark=f"{danger.id}.{NotificationReason.DANGER.value}",
        subject=str(danger.id),
    )


def _notification(
    entry: Entry, staff_id: uuid.UUID, *, has_sign: bool, is_late: bool, newest: Mapping[uuid.UUID, int]
) -> Notification | None:
    since = entry.requested_at
    # A talk that comes back to the queue rings again.
    turn = entry.claimed_at.timestamp() if entry.claimed_at else 0
    if entry.alarm_at is not None:
        reason, since, turn = NotificationReason.ALARM, entry.alarm_at, 0
    elif entry.is_waiting:
        reason = NotificationReason.OVERDUE if is_late else NotificationReason.WAITING
        reason = NotificationReason.SIGN if has_sign else reason
        reason = NotificationReason.RED if entry.is_everyones else reason
        reason = NotificationReason.DESPAIR if entry.is_despair else reason
    elif entry.assignee_id == staff_id and entry.unanswered_since is not None:
        reason, since, turn = (
            NotificationReason.UNREAD,
            entry.unanswered_since,
            newest.get(entry.conversation_id, 0),
        )
    else:
        return None
    return Notification(
        thread_id=entry.id,
        page=f"/console/threads/{entry.id}",
        conversation_id=entry.conversation_id,
        city=entry.municipality_id,
        reason=reason,
        since=since,
        version=entry.version,
        subject=str(entry.id),
        mark=f"{entry.id.hex[:12]}.{reason.value}.{int(since.timestamp())}.{turn:.0f}",
    )
