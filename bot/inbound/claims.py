"""Claim talks with events that wait to be served."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.dialogue.memory_entries import ONE_BREATH
from core.crypto import WrappedKey
from core.db.driver import Driver, FixedStatement, StoredAs, driver_of
from core.db.tables import (
    EventOutcome,
    LineEvent,
    Thread,
)
from core.db.tables.inbound import TOKEN_EVENT_AGE_S, TOKEN_YOUNG_S
from core.talk import Talk

# After this long a dead worker's talks are free again: with the restart, well within 15 s.
TURN_LEASE_S = 10
MAX_ATTEMPTS = 5
# Talks looked at for each claimed one, so that leased or waiting ones do not hide the rest.
LOOK_AHEAD = 4

# Lock, choose, count and lease in one statement: its commit comes before anyone looks into an event. What another
# worker changed since the statement began is seen where it matters: a lease when the talk is locked, an event's
# outcome, attempts and next attempt when it is counted; a talk whose event is not counted is not leased.
CLAIM = FixedStatement(
    """
    with waiting as (
        select conversation_id, min(id) as first from line_event
        where outcome is null and conversation_id is not null and next_attempt_at <= %(now)s
        group by conversation_id
    ), locked as materialized (
        select c.id, c.turn_lease_until from conversation c join waiting w on w.conversation_id = c.id
        where c.turn_lease_until is null or c.turn_lease_until < %(now)s
        order by w.first limit %(look_at)s
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
        from heads where next_attempt_at <= %(now)s
    ), chosen as (
        select * from ranked
        where place <= %(limit)s and (
            place < coalesce((select min(place) from ranked where attempts > 0), %(limit)s + 1)
            or (%(alone)s and place = 1)
        )
    ), counted as (
        update line_event e set attempts = e.attempts + 1 from chosen h
        where e.id = h.id and e.outcome is null and e.attempts = h.attempts and e.next_attempt_at <= %(now)s
        returning e.id, e.conversation_id, e.attempts, e.municipality_id, e.payload, e.occurred_at,
            e.red_flag is not null as is_flagged, h.place, h.leaves_more
    ), leased as (
        update conversation c set turn_lease = %(lease)s, turn_lease_until = %(until)s from counted e
        where c.id = e.conversation_id
        returning c.id, c.resident_id, c.state
    )
    select e.conversation_id, e.id as event_id, e.attempts, e.municipality_id, e.payload, e.occurred_at, e.is_flagged,
        e.leaves_more, c.state, r.line_user_id, r.key_id, r.wrapped_key, t.id is not null as is_handed_off,
        coalesce(t.status = 'claimed' and t.unanswered_since is null, false) as is_answered
    from counted e join leased c on c.id = e.conversation_id join resident r on r.id = c.resident_id
        left join thread t on t.conversation_id = e.conversation_id and t.status <> 'closed'
    order by e.place
    """
)
_EVENT = StoredAs(LineEvent, "e")
_THREAD = StoredAs(Thread, "t")
# All a turn needs to know, asked once the talk is locked: what committed before is seen.
LOOK = FixedStatement(
    """
    with t as materialized (
        select * from thread where conversation_id = %(talk_id)s and status <> 'closed' for no key update
    )
    select e.*, t.*,
        exists (
            select from line_event o where o.conversation_id = e.conversation_id and o.outcome is null
                and (o.occurred_at, o.id) < (e.occurred_at, e.id)
        ) as is_older_waiting,
        exists (
            select from outbox where conversation_id = %(talk_id)s and status in ('queued', 'sending')
                and next_attempt_at > %(now)s
        ) as has_parked,
        coalesce((
            select o.kind = 'message.text' and o.occurred_at <= e.occurred_at + %(one_breath)s from line_event o
            where o.conversation_id = e.conversation_id and o.outcome is null
                and (o.occurred_at, o.id) > (e.occurred_at, e.id)
            order by o.occurred_at, o.id limit 1
        ), false) as is_followed,
        exists (
            select from tombstone
            where conversation_id = %(talk_id)s and line_message_id = %(line_message_id)s
        ) as is_taken_back,
        case when %(is_tap)s then (
            select body from outbox where id = (
                select outbox_id from utterance where conversation_id = %(talk_id)s and kind = 'messages'
                order by id desc limit 1
            )
        ) end as newest_words,
        not exists (
            select from outbox where conversation_id = %(talk_id)s and status in ('queued', 'sending')
                and lane <> 'bulk'
        ) and not exists (
            select from line_event o where o.conversation_id = %(talk_id)s
                and o.reply_token is not null and o.reply_token_used_at is null
                and o.received_at > %(received_after)s and o.occurred_at > %(occurred_after)s
                and (o.received_at, o.id) < (e.received_at, e.id)
        ) and not exists (
            select from municipality m where m.id = e.municipality_id and m.line_paused_until >= %(now)s
        ) as is_way_free
    from line_event e left join t on true
    where e.id = %(event_id)s
    """,
    _EVENT,
    _THREAD,
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
    occurred_at: datetime
    is_flagged: bool
    # The talk's state, sealed, as it was when it was leased.
    state: bytes | None
    is_handed_off: bool
    # A clinician has the talk, and has answered all that was said before.
    is_answered: bool
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
    # The next event of the talk waits already, and is a text of the same breath.
    is_followed: bool
    # The message was unsent before it came.
    is_taken_back: bool
    # For a tap: what we said last, sealed; the button stands there as a rule.
    newest_words: bytes | None
    # Nothing else of the talk is to leave before what is said now, no older free reply is to be used up first, and
    # the channel is open.
    is_way_free: bool


_SEEN = ("is_older_waiting", "has_parked", "is_followed", "is_taken_back", "newest_words", "is_way_free")


async def claim_turns(driver: Driver, now: datetime, limit: int, *, alone: bool) -> Sequence[TurnClaim]:
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
    return [_claim(lease, **row) for row in await CLAIM.on(driver, values)]


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
        "received_after": now - timedelta(seconds=TOKEN_YOUNG_S),
        "occurred_after": now - timedelta(seconds=TOKEN_EVENT_AGE_S),
        "one_breath": ONE_BREATH,
        "line_message_id": line_message_id,
        "is_tap": is_tap,
    }
    session = talk.session
    for row in await LOOK.on(driver_of(session), values):
        event, thread = _EVENT.found(session, row), _THREAD.found(session, row)
        talk.know_thread(thread)
        if event:
            return Sight(event, thread, **{name: row[name] for name in _SEEN})
    return None


def finish(event: LineEvent, outcome: EventOutcome, now: datetime) -> None:
    """Give an event its one outcome and delete its payload (the talk has it); a failed event keeps it."""
    event.outcome = outcome.value
    event.finished_at = now
    if outcome is not EventOutcome.FAILED:
        event.payload = None
