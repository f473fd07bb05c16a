"""Count how events and outbox rows end, after the transaction that ended them has committed."""

from collections.abc import Mapping

from prometheus_client import Counter
from sqlalchemy import event
from sqlalchemy.orm import Session, object_session

from core import metrics
from core.db.tables import LineEvent, Outbox
from core.db.tables.outgoing import OPEN


def _count_later(row: object, counter: Counter, labels: Mapping[str, str]) -> None:
    session = object_session(row)
    if session is not None:
        session.info.setdefault("counted", []).append(counter.labels(**labels) if labels else counter)


@event.listens_for(LineEvent.outcome, "set")
def _event_ends(row: LineEvent, outcome: str | None, *_: object) -> None:
    if outcome is not None:
        _count_later(row, metrics.EVENTS, {"outcome": str(outcome)})


@event.listens_for(Outbox.status, "set")
def _row_ends(row: Outbox, status: str, *_: object) -> None:
    if status not in OPEN:
        _count_later(row, metrics.OUTBOX, {"status": str(status), "via": row.via or "none"})


@event.listens_for(Outbox.possibly_doubled, "set")
def _row_may_double(row: Outbox, doubled: bool, *_: object) -> None:  # noqa: FBT001 - SQLAlchemy's hook
    if doubled:
        _count_later(row, metrics.POSSIBLY_DOUBLED, {})


@event.listens_for(Session, "after_commit")
def _count(session: Session) -> None:
    for counter in session.info.pop("counted", ()):
        counter.inc()


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop("counted", None)
