"""Claiming talks that have something to send, and the usual way of a row: one statement each for its intent and outcome.

A row goes the usual way while nothing has happened in its talk since it was looked at: the talk's version says so.
Everything else (a retry, a failure, a person's words, a talk that somebody works on just now) goes the long way
(`bot.delivery.sender`), which locks the talk and looks at everything anew.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any

from bot.delivery.store import SEND_LEASE_S
from core.crypto import WrappedKey
from core.db.driver import Driver, FixedStatement
from core.db.tables import Lane
from core.db.tables.inbound import TOKEN_EVENT_AGE_S, TOKEN_YOUNG_S

# Lease the talks whose next row is due, and read that row and the oldest free reply with it. The version is the one
# that the row was read with, not the one that was locked: words that came in between show as a difference.
CLAIM = FixedStatement(
    """
    with heads as (
        select distinct on (conversation_id) id, conversation_id, position, next_attempt_at
        from outbox where status in ('queued', 'sending') and lane = any (cast(%(lanes)s as text[]))
        order by conversation_id, case lane when 'safety' then 0 when 'talk' then 1 else 2 end, position
    ), due as materialized (
        select c.id as conversation_id, h.id as row_id, h.position
        from conversation c join heads h on h.conversation_id = c.id
            join municipality m on m.id = c.municipality_id
        where h.next_attempt_at <= %(now)s
            and (c.send_lease_until is null or c.send_lease_until < %(now)s)
            and (m.line_paused_until is null or m.line_paused_until < %(now)s)
        order by h.position limit %(limit)s
        for no key update of c skip locked
    ), leased as (
        update conversation c set send_lease = %(lease)s, send_lease_until = %(until)s
        from due where c.id = due.conversation_id
        returning c.id
    )
    select c.id as conversation_id, c.version, c.owner_epoch, o.id, o.municipality_id, o.lane, o.speaker,
        o.owner_epoch as row_epoch, o.status, o.body, o.rendered, o.created_at, o.first_sent_at,
        r.line_user_id, r.key_id, r.wrapped_key, f.id as event_id, f.reply_token
    from leased l join due d on d.conversation_id = l.id join outbox o on o.id = d.row_id
        join conversation c on c.id = l.id join resident r on r.id = c.resident_id
        left join lateral (
            select e.id, e.reply_token from line_event e
            where o.status = 'queued' and e.conversation_id = l.id
                and e.reply_token is not null and e.reply_token_used_at is null
                and e.received_at > %(received_after)s and e.occurred_at > %(occurred_after)s
            order by e.received_at, e.id limit 1
        ) f on true
    order by d.position
    """
)
# Whoever works on the talk just now, or has said something in it since, sends the row the long way.
INTEND = FixedStatement(
    """
    with held as materialized (
        select from conversation
        where id = %(conversation_id)s and send_lease = %(lease)s and version = %(version)s and owner_epoch = %(owner_epoch)s
        for no key update skip locked
    ), queued as materialized (
        select id from outbox where id = %(row_id)s and status = 'queued' and exists (select from held)
        for no key update
    ), used as (
        update line_event set reply_token_used_at = %(now)s
        where id = cast(%(event_id)s as bigint) and reply_token_used_at is null and exists (select from queued)
        returning id
    )
    update outbox set status = 'sending', via = %(via)s, reply_event_id = cast(%(event_id)s as bigint),
        rendered = %(rendered)s, is_uncertain = true, attempts = attempts + 1,
        first_sent_at = coalesce(first_sent_at, %(now)s), next_attempt_at = %(now)s
    where id in (select id from queued) and (cast(%(event_id)s as bigint) is null or exists (select from used))
    returning id
    """
)
# Accepted, nothing else is open, and nobody works on the talk: the row has ended and the lease goes back.
SENT = FixedStatement(
    """
    with held as materialized (
        select c.id from conversation c join resident r on r.id = c.resident_id
        where c.id = %(conversation_id)s and c.send_lease = %(lease)s and c.version = %(version)s and r.is_following
        for no key update of c skip locked
    ), done as (
        update outbox set status = 'sent', finished_at = %(now)s, error = null,
            line_message_ids = cast(%(message_ids)s as text[])
        where id = %(row_id)s and status = 'sending' and speaker = 'bot' and exists (select from held)
        returning conversation_id
    ), freed as (
        update conversation set send_lease = null, send_lease_until = null
        where id in (select conversation_id from done) and not exists (
            select from outbox
            where conversation_id = %(conversation_id)s and status in ('queued', 'sending') and id <> %(row_id)s
                and lane = any (cast(%(lanes)s as text[]))
        )
        returning id
    )
    select exists (select from done) as is_done, exists (select from freed) as is_freed
    """
)


@dataclass(frozen=True, slots=True)
class Head:
    """The row a talk was claimed for, as it was read with the talk's `version`."""

    id: uuid.UUID
    municipality_id: str
    version: int
    owner_epoch: int
    lane: str
    speaker: str
    row_epoch: int
    status: str
    created_at: datetime
    first_sent_at: datetime | None
    body: bytes = field(repr=False)
    rendered: bytes | None = field(repr=False)
    line_user_id: str = field(repr=False)
    key: WrappedKey = field(repr=False)
    event_id: int | None = None
    reply_token: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """A committed intent, ready to leave. `was_uncertain`: an earlier request may have arrived.

    `version` is the talk's when it was written; None for a person's words, whose way her page shows.
    """

    row_id: uuid.UUID
    municipality_id: str
    via: str
    address: str = field(repr=False)  # a reply token, or the LINE user id
    rendered: bytes = field(repr=False)
    was_uncertain: bool
    version: int | None


@dataclass(frozen=True, slots=True)
class SendClaim:
    """A talk whose rows only this sender sends until the lease ends.

    `head` is the row it was claimed for, `letter` the one whose intent was committed with the lease.
    """

    conversation_id: uuid.UUID
    lease: uuid.UUID
    claimed_at: datetime
    head: Head | None = None
    letter: Letter | None = None
    is_suspect: bool = False
    # Sending a talk ends with a look at what is next.
    leaves_more: bool = False


class Sent(Enum):
    """What became of a talk whose row was accepted."""

    ALL = auto()  # nothing is open any more; the lease is given back
    MORE = auto()  # the row has ended, others are open
    UNSEEN = auto()  # nothing was written: look at everything under the lock


async def claim_sends(
    driver: Driver, now: datetime, limit: int, lanes: Sequence[Lane]
) -> Sequence[SendClaim]:
    """Lease talks whose next row in `lanes` is due, longest waiting first; paused channels are left out.

    One statement, so that a query without result costs one round trip.
    """
    lease = uuid.uuid4()
    values = {
        "lanes": [lane.value for lane in lanes],
        "now": now,
        "limit": limit,
        "lease": lease,
        "until": now + timedelta(seconds=SEND_LEASE_S),
        "received_after": now - timedelta(seconds=TOKEN_YOUNG_S),
        "occurred_after": now - timedelta(seconds=TOKEN_EVENT_AGE_S),
    }
    return [_claim(lease, now, **row) for row in await CLAIM.on(driver, values)]


def _claim(
    lease: uuid.UUID,
    now: datetime,
    conversation_id: uuid.UUID,
    key_id: str,
    wrapped_key: bytes,
    **columns: Any,  # noqa: ANN401 - the columns of CLAIM
) -> SendClaim:
    return SendClaim(conversation_id, lease, now, Head(key=WrappedKey(key_id, wrapped_key), **columns))


async def write_intent(driver: Driver, claim: SendClaim, head: Head, rendered: bytes, now: datetime) -> bool:
    """Write down that the claimed row leaves now, with the free reply it takes; False when it is not the usual case."""
    values = {
        "conversation_id": claim.conversation_id,
        "lease": claim.lease,
        "version": head.version,
        "owner_epoch": head.owner_epoch,
        "row_id": head.id,
        "event_id": head.event_id,
        "via": "push" if head.event_id is None else "reply",
        "rendered": rendered,
        "now": now,
    }
    return bool(await INTEND.on(driver, values))


async def write_sent(
    driver: Driver,
    claim: SendClaim,
    row_id: uuid.UUID,
    version: int,
    message_ids: Sequence[str],
    lanes: Sequence[Lane],
    now: datetime,
) -> Sent:
    """Write down that LINE took a row as `message_ids`, and give the talk back when nothing else is open in it."""
    values = {
        "conversation_id": claim.conversation_id,
        "lease": claim.lease,
        "version": version,
        "row_id": row_id,
        "message_ids": list(message_ids) or None,
        "lanes": [lane.value for lane in lanes],
        "now": now,
    }
    (seen,) = await SENT.on(driver, values)
    if not seen["is_done"]:
        return Sent.UNSEEN
    return Sent.ALL if seen["is_freed"] else Sent.MORE
