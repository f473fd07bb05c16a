"""When questions after cards are asked: minutes after red and orange, never at night for the others."""

from datetime import datetime, time, timedelta

from core.clock import TOKYO
from core.db.tables import AftercareKind, Urgency
from core.urgency import exceeds

CALLED_AFTER = timedelta(minutes=3)
GOING_AFTER = timedelta(minutes=15)  # of silence
# While somebody goes on writing after an orange card, the question waits for silence, at most this long.
GOING_AT_LATEST = timedelta(hours=1)
# An answer is waited for this long; then it counts as none.
WAITS = {
    AftercareKind.CALLED: timedelta(minutes=3),
    AftercareKind.GOING: timedelta(minutes=15),
    AftercareKind.LOOK_AGAIN: timedelta(hours=12),
    AftercareKind.NEXT_DAY: timedelta(days=2),
}
# What could not be asked in time (nothing ran) is not asked any more after this.
# How it went on is not asked about so old a card: a question that always waits for the morning ends as well.
GIVEN_UP_AFTER = timedelta(days=8)
ASKED_AT_LATEST = {
    AftercareKind.CALLED: timedelta(hours=2),
    AftercareKind.GOING: timedelta(hours=2),
    AftercareKind.LOOK_AGAIN: timedelta(hours=12),
    AftercareKind.NEXT_DAY: timedelta(days=3),
}
# Buttons are answered this long after the question.
VALID = {
    AftercareKind.CALLED: timedelta(hours=12),
    AftercareKind.GOING: timedelta(hours=12),
    AftercareKind.LOOK_AGAIN: timedelta(hours=24),
    AftercareKind.NEXT_DAY: timedelta(days=7),
}
QUIET_FROM, QUIET_TO = time(22), time(7)
# After red and orange the night does not count for this long.
URGENT_FOR = timedelta(hours=2)
NEXT_DAY_AT = time(10)
NEXT_DAY_AFTER = timedelta(hours=8)


def is_quiet(at: datetime) -> bool:
    """Whether it is night in Japan: nothing is asked but what is urgent."""
    local = at.astimezone(TOKYO).time()
    return local >= QUIET_FROM or local < QUIET_TO


def allowed_at(at: datetime, card_at: datetime, level: Urgency) -> datetime:
    """Return `at`, or the next morning where it is night and not shortly after a red or orange card."""
    is_urgent = exceeds(level, Urgency.YELLOW) and at - card_at <= URGENT_FOR
    if is_urgent or not is_quiet(at):
        return at
    return _next(QUIET_TO, at)


def next_day_at(card_at: datetime) -> datetime:
    """Return when to ask how it went on: at ten in the morning, hours after the card."""
    return _next(NEXT_DAY_AT, card_at + NEXT_DAY_AFTER)


def _next(hour: time, at: datetime) -> datetime:
    """Return the first moment from `at` on at which it is `hour` in Japan."""
    local = at.astimezone(TOKYO)
    found = datetime.combine(local.date(), hour, TOKYO)
    if found < local:
        found = datetime.combine(local.date() + timedelta(days=1), hour, TOKYO)
    return found.astimezone(at.tzinfo)
