"""Claim talks with events that wait to be served."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, exists, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.crypto import WrappedKey
from core.db.tables import EventOutcome, LineEvent, ThreadStatus

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
LOOK = select(
    LineEvent,
    exists().where(
        _older.conversation_id == LineEvent.conversation_id,
        _older.outcome.is_(None),
        tuple_(_older.occurred_at, _older.id) < tuple_(LineEvent.occurred_at, LineEvent.id),
    ),
).where(LineEvent.id == bindparam("event_id"))


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


async def look_at_event(session: AsyncSession, event_id: int) -> tuple[LineEvent, bool] | None:
    """Return the event, and whether an older one of its talk waits: it may have arrived since the claim."""
    row = (await session.execute(LOOK, {"event_id": event_id})).one_or_none()
    return (row[0], row[1]) if row else None


def finish(event: LineEvent, outcome: EventOutcome, now: datetime) -> None:
    """Give an event its one outcome and delete its payload (the talk has it); a failed event keeps it."""
    event.outcome = outcome.value
    event.finished_at = now
    if outcome is not EventOutcome.FAILED:
        event.payload = None
