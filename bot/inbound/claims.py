"""Claim talks with events that wait to be served."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, bindparam, case, exists, literal_column, select, text, true, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.crypto import WrappedKey
from core.db.tables import EventOutcome, LineEvent, Outbox, Thread, ThreadStatus, Tombstone, Utterance
from core.db.tables.outgoing import IS_OPEN
from core.talk import Talk

# After this long a dead worker's talks are free again: with the restart, well within 15 s.
TURN_LEASE_S = 10
MAX_ATTEMPTS = 5
# Talks looked at for each claimed one, so that leased or waiting ones do not hide the rest.
LOOK_AHEAD = 4

# Lock, choose, count and lease in one statement: its commit comes before anyone looks into an event. What another
# worker changed since the statement began is seen where it matters: a lease when the talk is locked, an event's
# outcome, attempts and next attempt when it is counted; a talk whose event is not counted is not leased.
CLAIM = text(
    """
    with waiting as (
        select conversation_id, min(id) as first from line_event
        where outcome is null and conversation_id is not null and next_attempt_at <= :now
        group by conversation_id
    ), locked as materialized (
        select c.id, c.turn_lease_until from conversation c join waiting w on w.conversation_id = c.id
        where c.turn_lease_until is null or c.turn_lease_until < :now
        order by w.first limit :look_at
        for no key update of c skip locked
    ), heads as (
        select distinct on (e.conversation_id) e.id, e.attempts, e.next_attempt_at, l.turn_lease_until,
            count(*) over (partition by e.conversation_id) > 1 as leaves_more
        from line_event e join locked l on l.id = e.conversation_id
        where e.outcome is null
        order by e.conversation_id, e.occurred_at, e.id
    ), ranked as (
        -- Since when it may be served: a lease that nobody gave back had to run out first.
        select *, row_number() over (order by greatest(next_attempt_at, turn_lease_until), id) as place
        from heads where next_attempt_at <= :now
    ), chosen as (
        select * from ranked
        where place <= :limit and (
            place < coalesce((select min(place) from ranked where attempts > 0), :limit + 1)
            or (:alone and place = 1)
        )
    ), counted as (
        update line_event e set attempts = e.attempts + 1 from chosen h
        where e.id = h.id and e.outcome is null and e.attempts = h.attempts and e.next_attempt_at <= :now
        returning e.id, e.conversation_id, e.attempts, e.municipality_id, e.payload,
            e.red_flag is not null as is_flagged, h.place, h.leaves_more
    ), leased as (
        update conversation c set turn_lease = :lease, turn_lease_until = :until from counted e
        where c.id = e.conversation_id
        returning c.id, c.resident_id
    )
    select e.conversation_id, e.id as event_id, e.attempts, e.municipality_id, e.payload, e.is_flagged, e.leaves_more,
        r.line_user_id, r.key_id, r.wrapped_key,
        exists (select from thread t where t.conversation_id = e.conversation_id and t.status <> :closed) as is_handed_off
    from counted e join leased c on c.id = e.conversation_id join resident r on r.id = c.resident_id
    order by e.place
    """
).bindparams(closed=ThreadStatus.CLOSED.value)
_older = aliased(LineEvent)
_open_thread = aliased(
    Thread,
    select(Thread)
    .where(
        Thread.conversation_id == bindparam("talk_id"),
        # A constant: with a parameter a prepared statement cannot use the index of what is open.
        Thread.status != literal_column(f"'{ThreadStatus.CLOSED.value}'"),
    )
    .with_for_update(key_share=True)
    .cte("open_thread"),
)
_newest_row = (
    select(Utterance.outbox_id)
    .where(Utterance.conversation_id == bindparam("talk_id"), Utterance.kind == "messages")
    .order_by(Utterance.id.desc())
    .limit(1)
    .scalar_subquery()
)
# All a turn needs to know, asked once the talk is locked: what committed before is seen.
LOOK = (
    select(
        LineEvent,
        _open_thread,
        exists()
        .where(
            _older.conversation_id == LineEvent.conversation_id,
            _older.outcome.is_(None),
            tuple_(_older.occurred_at, _older.id) < tuple_(LineEvent.occurred_at, LineEvent.id),
        )
        .label("is_older_waiting"),
        exists()
        .where(
            Outbox.conversation_id == bindparam("talk_id"), IS_OPEN, Outbox.next_attempt_at > bindparam("now")
        )
        .label("has_parked"),
        exists()
        .where(
            Tombstone.conversation_id == bindparam("talk_id"),
            Tombstone.line_message_id == bindparam("line_message_id"),
        )
        .label("is_taken_back"),
        case(
            (
                bindparam("is_tap", type_=Boolean()),
                select(Outbox.body).where(Outbox.id == _newest_row).scalar_subquery(),
            )
        ).label("newest_words"),
    )
    .outerjoin(_open_thread, true())
    .where(LineEvent.id == bindparam("event_id"))
    .execution_options(populate_existing=True)
)


@dataclass(frozen=True, slots=True)
class TurnClaim:
    """The oldest pending event of a talk, leased to us; `attempts` counts this one."""

    conversation_id: uuid.UUID
    lease: uuid.UUID
    event_id: int
    attempts: int
    municipality_id: str
    line_user_id: str
    key: WrappedKey
    payload: bytes | None
    is_flagged: bool
    is_handed_off: bool
    # Whether another event of the same talk was waiting behind this one.
    leaves_more: bool

    @property
    def is_suspect(self) -> bool:
        """Whether an earlier attempt never ended: this event may be the one that kills the worker."""
        return self.attempts > 1

    @property
    def is_given_up(self) -> bool:
        """Whether all attempts are used; what is left is to report the failure."""
        return self.attempts > MAX_ATTEMPTS


@dataclass(frozen=True, slots=True)
class Sight:
    """What a turn finds in its talk, looked at once under the lock."""

    event: LineEvent
    # The open thread, locked.
    thread: Thread | None
    # An older event of the talk waits: it may have arrived since the claim.
    is_older_waiting: bool
    # Rows that are to leave later (for the month's quota, or after failures of LINE).
    has_parked: bool
    # The message was unsent before it came.
    is_taken_back: bool
    # For a tap: what we said last, sealed; the button stands there as a rule.
    newest_words: bytes | None


async def claim_turns(
    session: AsyncSession, now: datetime, limit: int, *, alone: bool
) -> Sequence[TurnClaim]:
    """Lease talks with pending events, longest waiting first, and count the attempt.

    The caller commits before it looks into any event: the count survives a killed process. Each talk's oldest
    pending event is served, by LINE's time, then arrival. Events that were begun before (suspects) are taken one
    at a time and only when the caller has nothing else in hand (`alone`). Who came before a suspect was due again
    goes first, however long the worker took to come back; who came later waits, so that the suspect's turn comes.
    """
    lease = uuid.uuid4()
    values = {
        "now": now,
        "limit": limit,
        "look_at": limit * LOOK_AHEAD,
        "alone": alone,
        "lease": lease,
        "until": now + timedelta(seconds=TURN_LEASE_S),
    }
    rows = (await session.execute(CLAIM, values)).mappings()
    return [_claim(lease, **row) for row in rows]


def _claim(lease: uuid.UUID, key_id: str, wrapped_key: bytes, **columns: Any) -> TurnClaim:  # noqa: ANN401 - the columns of CLAIM
    return TurnClaim(lease=lease, key=WrappedKey(key_id, wrapped_key), **columns)


async def look(
    talk: Talk, event_id: int, now: datetime, *, line_message_id: str = "", is_tap: bool = False
) -> Sight | None:
    """Look at the event and its talk (locked); None when the event is gone."""
    values = {
        "event_id": event_id,
        "talk_id": talk.conversation.id,
        "now": now,
        "line_message_id": line_message_id,
        "is_tap": is_tap,
    }
    row = (await talk.session.execute(LOOK, values)).one_or_none()
    if row is None:
        return None
    sight = Sight(*row)
    talk.know_thread(sight.thread)
    return sight


def finish(event: LineEvent, outcome: EventOutcome, now: datetime) -> None:
    """Give an event its one outcome and delete its payload (the talk has it); a failed event keeps it."""
    event.outcome = outcome.value
    event.finished_at = now
    if outcome is not EventOutcome.FAILED:
        event.payload = None
