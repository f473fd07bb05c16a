"""How an outbox row leaves and ends: decisions on the row, no requests.

An open row is `queued` (nothing of it can have arrived) or `sending` (a request may have left).
"""

import random
from datetime import datetime, timedelta
from enum import Enum, auto

from core.db.tables import Lane, Outbox, OutboxStatus, Speaker
from core.errors import ServiceError

GIVE_UP_AFTER = timedelta(hours=23)  # retry keys live 24 h
QUOTA_PAUSE = timedelta(minutes=15)
THROTTLE_PAUSE_S = 1.0
BACKOFF_S = 0.5
BACKOFF_LIMIT_S = 300.0


class SendResult(Enum):
    """What came of a request, as far as we know."""

    ACCEPTED = auto()
    ALREADY_ACCEPTED = auto()  # 409: the retry key was seen before
    NOT_REACHED = auto()  # no connection came about: it cannot have arrived
    UNKNOWN = auto()  # timeout, lost connection, 5xx: it may have arrived
    THROTTLED = auto()  # 429 by rate
    OUT_OF_QUOTA = auto()  # 429 by the month's limit
    UNAUTHORISED = auto()  # 401, 403: the channel is not in order
    UNFIT = auto()  # 400 that names our words: these bytes were never accepted and never will be
    REFUSED = auto()  # any other 4xx


TOKEN_UNTOUCHED = frozenset(
    {
        SendResult.NOT_REACHED,
        SendResult.THROTTLED,
        SendResult.OUT_OF_QUOTA,
        SendResult.UNAUTHORISED,
        SendResult.UNFIT,
    }
)


class SendFailure(ServiceError):
    """A request that was not plainly accepted."""

    code = "send.failure"

    def __init__(self, answer: SendResult, code: str) -> None:
        super().__init__(code)
        self.answer = answer
        self.code = code


def is_stale(row: Outbox, owner_epoch: int) -> bool:
    """Whether a bot's row was decided under an owner who no longer speaks; safety is always said."""
    return row.speaker == Speaker.BOT and row.lane != Lane.SAFETY and row.owner_epoch != owner_epoch


def ending(row: Outbox, owner_epoch: int, now: datetime, *, token_is_young: bool) -> OutboxStatus | None:
    """Return how a row ends without leaving (again), or None when it is to be sent.

    A reply of unknown outcome whose token has grown old can only be pushed: worth the risk of saying it
    twice for whatever answers a resident, not for a courtesy.
    """
    if now - (row.first_sent_at or row.created_at) > GIVE_UP_AFTER:
        return OutboxStatus.EXPIRED
    if is_stale(row, owner_epoch):
        # Once a request has left we cannot know; what we can is not to say it again beside the new owner.
        return OutboxStatus.WITHDRAWN if row.status == OutboxStatus.QUEUED else OutboxStatus.UNKNOWN
    if row.status == OutboxStatus.QUEUED:
        return None
    if row.via == "reply" and not token_is_young and not row.must_arrive:
        return OutboxStatus.UNKNOWN
    return None


def end(row: Outbox, status: OutboxStatus, now: datetime, error: str | None = None) -> None:
    """Give a row its outcome."""
    row.status, row.finished_at, row.error = status.value, now, error


def settle(row: Outbox, failure: SendFailure | None, now: datetime, *, was_uncertain: bool) -> None:
    """Write down what came of the request; `was_uncertain`: an earlier one may have arrived already."""
    answer = failure.answer if failure else SendResult.ACCEPTED
    error = failure.code if failure else None
    match answer:
        case SendResult.ACCEPTED | SendResult.ALREADY_ACCEPTED:
            end(row, OutboxStatus.SENT, now)
        case SendResult.UNKNOWN:
            wait(row, now, timedelta(seconds=_backoff_s(row.attempts)), error)
        case SendResult.REFUSED if row.via == "reply" and was_uncertain:
            # The token works once: it was used by the request whose answer we never saw.
            end(row, OutboxStatus.SENT, now)
        case SendResult.REFUSED if row.via == "reply":
            requeue(row, now, timedelta(0), error)
        case SendResult.REFUSED | SendResult.UNFIT:
            end(row, OutboxStatus.REJECTED, now, error)
        case SendResult.OUT_OF_QUOTA:
            # No push for weeks, perhaps: whatever is free next takes the row, and the talk does not stand behind it.
            row.possibly_doubled = row.possibly_doubled or was_uncertain
            requeue(row, now, _pause(row, answer), error)
        case _:
            postpone = wait if was_uncertain else requeue
            postpone(row, now, _pause(row, answer), error)


def _pause(row: Outbox, answer: SendResult) -> timedelta:
    if answer is SendResult.NOT_REACHED:
        return timedelta(seconds=_backoff_s(row.attempts))
    row.attempts -= 1  # refused for the channel's sake, not the row's
    return QUOTA_PAUSE if answer is SendResult.OUT_OF_QUOTA else timedelta(seconds=_jitter(THROTTLE_PAUSE_S))


def wait(row: Outbox, now: datetime, pause: timedelta, error: str | None) -> None:
    """Try the same request again later."""
    row.next_attempt_at, row.error = now + pause, error


def requeue(row: Outbox, now: datetime, pause: timedelta, error: str | None) -> None:
    """Nothing of the row has arrived: choose its way anew later."""
    row.status = OutboxStatus.QUEUED.value
    row.via = row.reply_event_id = None
    row.is_uncertain = False
    wait(row, now, pause, error)


def frees_token(failure: SendFailure | None) -> bool:
    """Whether LINE refused before it looked at the reply token, so that it can still be used."""
    return failure is not None and failure.answer in TOKEN_UNTOUCHED


def _backoff_s(attempts: int) -> float:
    # Bounded before the power: after hours of outage `attempts` is large.
    return _jitter(min(BACKOFF_S * 2 ** min(attempts, 12), BACKOFF_LIMIT_S))


def _jitter(seconds: float) -> float:
    return seconds * random.uniform(0.8, 1.2)  # noqa: S311 - spreads retries, guards nothing
