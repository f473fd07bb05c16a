"""What every change of a thread shares: its timers, its lock, its end, and the note of it in the talk."""

from datetime import datetime, timedelta

from core.db.tables import (
    Speaker,
    Staff,
    Thread,
    ThreadOutcome,
    ThreadStatus,
)
from core.talk import Talk
from core.timers import cancel_timers
from handoff import store
from handoff.errors import (
    AlreadyClosed,
)
from handoff.held_cards import drop_cards, send_cards_now

WAITING_TIMER = "handoff.waiting"
FIRST_WORD_AFTER = timedelta(minutes=5)
LEASE_TIMER = "handoff.lease"
ENDS_WITH_119 = frozenset({ThreadOutcome.EMERGENCY, ThreadOutcome.CALLED_119})


async def lock_open_thread(talk: Talk, thread: Thread) -> Thread:
    """Return the thread, locked for the rest of the transaction.

    Raises:
        AlreadyClosed: it has ended.
    """
    found = await store.lock_thread(talk.session, thread.id)
    if found.status == ThreadStatus.CLOSED.value:
        raise AlreadyClosed("this talk has ended")
    return found


async def end_thread(talk: Talk, thread: Thread, outcome: ThreadOutcome, now: datetime) -> None:
    """Close a thread (locked) with its timers; cards that are held go out, unless it ended with 119."""
    thread.status = ThreadStatus.CLOSED.value
    talk.know_thread(None)
    thread.outcome = outcome.value
    thread.closed_at = now
    thread.alarm_at = None
    thread.unanswered_since = None
    await cancel_timers(talk.session, str(thread.id), [WAITING_TIMER, LEASE_TIMER], now)
    # With a 119 outcome she has said it herself; else the card of a late red flag must still be sent.
    if outcome in ENDS_WITH_119:
        await drop_cards(talk, now)
    else:
        await send_cards_now(talk, now)


def record_thread_event(
    talk: Talk, thread: Thread, what: str, now: datetime, staff: Staff | None = None, **fields: str
) -> None:
    """Record in the talk what happened to its thread."""
    body = {"thread": str(thread.id), **fields}
    talk.record(Speaker.SYSTEM, f"handoff.{what}", body, now, staff_id=staff.id if staff else None)
    thread.version = talk.conversation.version
