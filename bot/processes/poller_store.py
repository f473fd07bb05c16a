"""Query what is due in the worker's lanes: one statement for all of them."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import BindParameter, Exists, bindparam, exists, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.flows.consultation.effects import LEFT_TIMER
from bot.flows.safety_question.effects import SILENCE_TIMER
from bot.inbound.overlooked_store import PROMPT_S, WORDY
from core.db.tables import (
    Aftercare,
    Conversation,
    Lane,
    LineEvent,
    Media,
    MediaStatus,
    MunicipalityRow,
    Outbox,
    Timer,
)
from core.db.tables.outgoing import IS_OPEN
from handoff.held_cards import CARD_TIMER

_now: BindParameter[datetime] = bindparam("now")
_is_pending = LineEvent.outcome.is_(None) & (LineEvent.next_attempt_at <= _now)


def _sendable(*lanes: Lane) -> Exists:
    return exists().where(
        IS_OPEN,
        Outbox.next_attempt_at <= _now,
        Outbox.lane.in_([lane.value for lane in lanes]),
        Conversation.id == Outbox.conversation_id,
        or_(Conversation.send_lease_until.is_(None), Conversation.send_lease_until < _now),
        MunicipalityRow.id == Outbox.municipality_id,
        or_(MunicipalityRow.line_paused_until.is_(None), MunicipalityRow.line_paused_until < _now),
    )


# By the name of the step that does the work.
_DUE: Mapping[str, Exists] = {
    "inbound": exists().where(
        _is_pending,
        Conversation.id == LineEvent.conversation_id,
        or_(Conversation.turn_lease_until.is_(None), Conversation.turn_lease_until < _now),
    ),
    "screen": exists().where(
        LineEvent.outcome.is_(None),
        LineEvent.conversation_id.is_not(None),
        LineEvent.red_flag.is_(None),
        LineEvent.attempts == 0,
        LineEvent.kind.in_(WORDY),
        LineEvent.received_at < bindparam("prompt"),
    ),
    "cards": exists().where(
        Timer.kind.in_([CARD_TIMER, SILENCE_TIMER, LEFT_TIMER]), Timer.outcome.is_(None), Timer.due_at <= _now
    ),
    "aftercare": exists().where(Aftercare.outcome.is_(None), Aftercare.due_at <= _now),
    "talk": _sendable(Lane.SAFETY, Lane.TALK),
    "bulk": _sendable(Lane.BULK),
    "media": exists().where(
        # A constant: with a parameter, a prepared statement cannot use the index of pending events.
        Media.status == literal_column(f"'{MediaStatus.PENDING.value}'"),
        Media.next_attempt_at <= _now,
        Media.line_message_id.is_not(None),
    ),
    "groups": exists().where(_is_pending, LineEvent.conversation_id.is_(None)),
}
STEPS = tuple(_DUE)
LOOK = select(*(due.label(step) for step, due in _DUE.items()))


async def due_steps(session: AsyncSession, now: datetime) -> Mapping[str, bool]:
    """Return for each step whether it has something to do."""
    row = (await session.execute(LOOK, {"now": now, "prompt": now - timedelta(seconds=PROMPT_S)})).one()
    return row._asdict()
