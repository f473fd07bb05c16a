"""Claiming talks whose events wait to be served."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from sqlalchemy import bindparam, exists, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.crypto import WrappedKey
from core.db.tables import Conversation, EventOutcome, LineEvent, Resident, Thread, ThreadStatus

# A dead worker's talks are free again after this long: with the restart well within 15 s.
TURN_LEASE_S = 10
MAX_ATTEMPTS = 5
# Talks looked at for each one claimed, so that leased or waiting ones do not hide the rest.
LOOK_AHEAD = 4

# Made once: a statement that is built anew each time costs more than its round trip.
IS_ANYONE_WAITING = select(
    select(LineEvent.id)
    .join(Conversation, Conversation.id == LineEvent.conversation_id)
    .where(
        LineEvent.outcome.is_(None),
        LineEvent.next_attempt_at <= bindparam("now"),
        Conversation.turn_lease_until.is_(None) | (Conversation.turn_lease_until < bindparam("now")),
    )
    .exists()
)
_waiting = (
    select(LineEvent.conversation_id, func.min(LineEvent.id).label("first"))
    .where(
        LineEvent.outcome.is_(None),
        LineEvent.conversation_id.is_not(None),
        LineEvent.next_attempt_at <= bindparam("now"),
    )
    .group_by(LineEvent.conversation_id)
    .subquery()
)
LOCK_WAITING = (
    select(Conversation.id)
    .join(_waiting, _waiting.c.conversation_id == Conversation.id)
    .where(Conversation.turn_lease_until.is_(None) | (Conversation.turn_lease_until < bindparam("now")))
    .order_by(_waiting.c.first)
    .limit(bindparam("limit"))
    .with_for_update(of=Conversation, key_share=True, skip_locked=True)
)
_is_handed_off = exists().where(
    Thread.conversation_id == LineEvent.conversation_id, Thread.status != ThreadStatus.CLOSED.value
)
HEADS = (
    select(LineEvent, Resident, _is_handed_off, Conversation.turn_lease_until)
    .join(Conversation, Conversation.id == LineEvent.conversation_id)
    .join(Resident, Resident.id == Conversation.resident_id)
    .where(
        LineEvent.conversation_id.in_(bindparam("talks", expanding=True)),
        LineEvent.outcome.is_(None),
    )
    .ext(distinct_on(LineEvent.conversation_id))
    .order_by(LineEvent.conversation_id, LineEvent.occurred_at, LineEvent.id)
)
COUNT_ATTEMPT = (
    update(LineEvent)
    .where(LineEvent.id.in_(bindparam("events", expanding=True)))
    .values(attempts=LineEvent.attempts + 1)
    .execution_options(synchronize_session=False)
)
LEASE = (
    update(Conversation)
    .where(Conversation.id.in_(bindparam("talks", expanding=True)))
    .values(turn_lease=bindparam("lease"), turn_lease_until=bindparam("until"))
    .execution_options(synchronize_session=False)
)
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

    @property
    def is_suspect(self) -> bool:
        """An earlier attempt never ended: it may be this event that kills the worker."""
        return self.attempts > 1

    @property
    def is_given_up(self) -> bool:
        """All attempts are used; what is left is to say so."""
        return self.attempts > MAX_ATTEMPTS


async def is_anyone_waiting(session: AsyncSession, now: datetime) -> bool:
    """Whether a claim would find a talk: one statement instead of a transaction for nothing."""
    return bool(await session.scalar(IS_ANYONE_WAITING, {"now": now}))


async def claim_turns(
    session: AsyncSession, now: datetime, limit: int, *, alone: bool
) -> Sequence[TurnClaim]:
    """Lease talks with pending events, longest waiting first, and count the attempt.

    The caller commits before it looks into any event: the count survives a killed process. Events that
    were begun before (suspects) are taken one at a time and only when the caller has nothing else in hand
    (`alone`). Who came before a suspect was due again goes first, however long the worker took to come back;
    who came later waits, so that the suspect's turn comes.
    """
    talks = await _lock_waiting(session, now, limit)
    waiting = [head for head in await _heads(session, talks) if head[0].next_attempt_at <= now]
    heads = list(takewhile(lambda head: head[0].attempts == 0, waiting))
    if not heads and alone:
        heads = waiting[:1]
    lease = uuid.uuid4()
    claims = [_claim(lease, *head) for head in heads[:limit]]
    await _lease(session, claims, now)
    return claims


async def _lock_waiting(session: AsyncSession, now: datetime, limit: int) -> Sequence[uuid.UUID]:
    found = await session.scalars(LOCK_WAITING, {"now": now, "limit": limit * LOOK_AHEAD})
    return found.all()


async def _heads(
    session: AsyncSession, talks: Sequence[uuid.UUID]
) -> Sequence[tuple[LineEvent, Resident, bool]]:
    """Return each talk's oldest pending event by LINE's time, then arrival; the longest due first."""
    if not talks:
        return ()
    found = await session.execute(HEADS, {"talks": talks})
    due = sorted(found, key=lambda row: (_due_at(row[0], row[3]), row[0].id))
    return [(event, who, handed) for event, who, handed, _ in due]


def _due_at(event: LineEvent, leased_until: datetime | None) -> datetime:
    """Return since when an event may be served: a lease that nobody gave back had to run out first."""
    return max(event.next_attempt_at, leased_until) if leased_until else event.next_attempt_at


def _claim(lease: uuid.UUID, event: LineEvent, resident: Resident, is_handed_off: bool) -> TurnClaim:  # noqa: FBT001
    assert event.conversation_id is not None
    return TurnClaim(
        conversation_id=event.conversation_id,
        lease=lease,
        event_id=event.id,
        attempts=event.attempts + 1,
        municipality_id=event.municipality_id,
        line_user_id=resident.line_user_id,
        key=WrappedKey(resident.key_id, resident.wrapped_key),
        payload=event.payload,
        is_flagged=event.red_flag is not None,
        is_handed_off=is_handed_off,
    )


async def _lease(session: AsyncSession, claims: Sequence[TurnClaim], now: datetime) -> None:
    if not claims:
        return
    await session.execute(COUNT_ATTEMPT, {"events": [c.event_id for c in claims]})
    values = {
        "talks": [c.conversation_id for c in claims],
        "lease": claims[0].lease,
        "until": now + timedelta(seconds=TURN_LEASE_S),
    }
    await session.execute(LEASE, values)


async def look_at_event(session: AsyncSession, event_id: int) -> tuple[LineEvent, bool] | None:
    """Return the event, and whether an older one of its talk waits: it may have arrived since the claim."""
    row = (await session.execute(LOOK, {"event_id": event_id})).one_or_none()
    return (row[0], row[1]) if row else None


def finish(event: LineEvent, outcome: EventOutcome, now: datetime) -> None:
    """Give an event its one outcome; its words live on in the talk only, those of a failed one stay with it."""
    event.outcome = outcome.value
    event.finished_at = now
    if outcome is not EventOutcome.FAILED:
        event.payload = None
