"""Decide how an outbox row is sent and ends: changes to the row, no requests.

An open row is `queued` (nothing of it can have arrived) or `sending` (a request may have been sent).
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
    """The result of a request, as far as it is known."""

    ACCEPTED = auto()
    ALREADY_ACCEPTED = auto()  # 409: the retry key was seen before
    NOT_REACHED = auto()  # no connection was made: it cannot have arrived
    UNKNOWN = auto()  # timeout, lost connection, 5xx: it may have arrived
    THROTTLED = auto()  # 429 by rate
    OUT_OF_QUOTA = auto()  # 429 by the month's limit
    UNAUTHORISED = auto()  # 401, 403: LINE refuses the channel's token or plan
    UNFIT = auto()  # 400 that names our messages: these bytes were never accepted and never will be
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
    """A request that was not clearly accepted."""

    code = "send.failure"

    def __init__(self, answer: SendResult, code: str) -> None:
        super().__init__(code)
        self.answer = answer
        self.code = code


def is_stale(row: Outbox, owner_epoch: int) -> bool:
    """Whether a bot's row was decided under an earlier owner; rows of the safety lane are never stale."""
    return row.speaker == Speaker.BOT and row.lane != Lane.SAFETY and row.owner_epoch != owner_epoch


def ending(row: Outbox, owner_epoch: int, now: datetime, *, token_is_young: bool) -> OutboxStatus | None:
    """Return how a row ends without being sent (again), or None when it is to be sent.

    A reply of unknown outcome whose token has expired can only be pushed: an answer to a resident is, even if
    it may then arrive twice; a courtesy is not.
    """
    if now - (row.first_sent_at or row.created_at) > GIVE_UP_AFTER:
        return OutboxStatus.EXPIRED
    if is_stale(row, owner_epoch):
        # Once a request was sent its outcome is unknown; but it need not be repeated beside the new owner.
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
    """Record the result of a request; `was_uncertain`: an earlier one may have arrived already."""
    answer = failure.answer if failure else SendResult.ACCEPTED
    error = failure.code if failure else None
    match answer:
        case SendResult.ACCEPTED | SendResult.ALREADY_ACCEPTED:
            end(row, OutboxStatus.SENT, now)
        case SendResult.UNKNOWN:
            wait(row, now, timedelta(seconds=_backoff_s(row.attempts)), error)
        case SendResult.REFUSED if row.via == "reply" and was_uncertain:
            # A token works once: it was used by the request whose answer was lost.
            end(row, OutboxStatus.SENT, now)
        case SendResult.REFUSED if row.via == "reply":
            requeue(row, now, timedelta(0), error)
        case SendResult.REFUSED | SendResult.UNFIT:
            end(row, OutboxStatus.REJECTED, now, error)
        case SendResult.OUT_OF_QUOTA:
            # Perhaps no push for weeks: the next free reply takes the row, and the talk does not wait for it.
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
    """Repeat the same request later."""
    row.next_attempt_at, row.error = now + pause, error


def requeue(row: Outbox, now: datetime, pause: timedelta, error: str | None) -> None:
    """Choose how to send the row later, as if new: nothing of it has arrived."""
    row.status = OutboxStatus.QUEUED.value
    row.via = row.reply_event_id = None
    row.is_uncertain = False
    wait(row, now, pause, error)


def frees_token(failure: SendFailure | None) -> bool:
    """Whether LINE refused before it used up the reply token, so that it still works."""
    return failure is not None and failure.answer in TOKEN_UNTOUCHED


def _backoff_s(attempts: int) -> float:
    # Bounded before the power: after hours of outage `attempts` is large.
    return _jitter(min(BACKOFF_S * 2 ** min(attempts, 12), BACKOFF_LIMIT_S))


def _jitter(seconds: float) -> float:
    return seconds * random.uniform(0.8, 1.2)  # noqa: S311 - spreads retries, guards nothing
