"""Send an answer off with its turn: the intent is written by the turn's own transaction.

Nearly every answer is the only row of its talk and leaves with its event's free reply. It needs neither to be looked
for in the outbox nor a transaction of its own for the intent. After a crash between the commit and the request the
row stands there like any other whose request may have been sent: another sender finds it when the lease has run out.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from bot.delivery.claims import SendClaim
from bot.delivery.outcome import is_stale
from bot.delivery.sender import Sender, intend
from bot.delivery.store import SEND_LEASE_S, is_young
from core.db.engine import retract
from core.db.tables import Lane, LineEvent, Outbox, Speaker
from core.live import WAKE_TALK
from core.messages import Message
from core.talk import Talk


class Hands(Protocol):
    """Who carries claimed talks out."""

    @property
    def are_free(self) -> bool:
        """Whether another one can be carried out at once."""
        ...

    def take(self, piece: SendClaim) -> None:
        """Carry it out, beside what is being carried out."""
        ...


@dataclass(frozen=True, slots=True)
class AnswerSendOff:
    """Writes the intent of a turn's first row, and has it sent after the commit."""

    sender: Sender
    hands: Hands

    def __call__(self, talk: Talk, event: LineEvent, now: datetime) -> Callable[[], None] | None:
        """Take the talk's send lease and its event's reply token for the row that goes first.

        The caller holds the talk's lock and has seen that no other row and no older free reply comes before. None
        when the row is for the sender to look at: it cannot be rendered, somebody sends in this talk, and the like.
        """
        row, messages = _first(talk.said)
        if row is None or not self.hands.are_free or not _is_free(talk, row, event, now):
            return None
        try:
            rendered, sealed = self.sender.freeze(talk.key, row, messages)
        except Exception:  # noqa: BLE001 - the sender meets it again, and says what becomes of the row
            return None
        row.rendered, row.via, row.reply_event_id = sealed, "reply", event.id
        event.reply_token_used_at = now
        letter = intend(talk, row, event, rendered, now)
        lease = uuid.uuid4()
        talk.conversation.send_lease = lease
        talk.conversation.send_lease_until = now + timedelta(seconds=SEND_LEASE_S)
        # Nobody needs to look for it; rows behind it are sent under the same lease.
        retract(talk.session, WAKE_TALK)
        return partial(self.hands.take, SendClaim(talk.conversation.id, lease, now, letter=letter))


def _first(said: Sequence[tuple[Outbox, Sequence[Message]]]) -> tuple[Outbox | None, Sequence[Message]]:
    """Return the row that goes first, with its messages: the safety lane before the others."""
    return min(said, key=lambda one: one[0].lane != Lane.SAFETY, default=(None, ()))


def _is_free(talk: Talk, row: Outbox, event: LineEvent, now: datetime) -> bool:
    leased_until = talk.conversation.send_lease_until
    return (
        row in talk.session.new
        and row.speaker == Speaker.BOT
        and row.lane != Lane.BULK
        and not is_stale(row, talk.conversation.owner_epoch)
        and event.reply_token is not None
        and event.reply_token_used_at is None
        and is_young(event, now)
        and (leased_until is None or leased_until < now)
    )
