"""Send outbox rows: commit the intent, make the request, commit the outcome.

No row is lost, doubles are counted.

A reply is free but has no retry key; a push is billed and safe to repeat for 24 hours (LINE, Messaging API
reference, "Retrying an API request").
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.contextvars import bound_contextvars

from bot.delivery import store
from bot.delivery.outcome import Answer, SendFailure, end, ending, frees_token, settle
from bot.delivery.rewording import say_again
from bot.delivery.store import SendClaim
from core.clock import Clock
from core.crypto import KeyRing
from core.db.engine import Sessions, one_statement
from core.db.tables import Lane, LineEvent, Outbox, OutboxStatus, Speaker, Utterance
from core.errors import ServiceError
from core.logging import get_logger
from core.messages import Message, load
from core.residents.keys import open_json
from core.talk import Talk, lock_talk
from core.texts import Texts

log = get_logger()

UNAUTHORISED_PAUSE = timedelta(seconds=60)


class Surface(Protocol):
    """What the sender needs of a channel; `reply` and `push` raise `SendFailure`."""

    def render(self, municipality_id: str, messages: Sequence[Message]) -> bytes:
        """Return the bytes to send; a retry sends the very same.

        A part that the channel cannot take is left out or said in words, and logged; raises when nothing is left.
        """
        ...

    async def reply(self, municipality_id: str, token: str, rendered: bytes) -> None:
        """Answer an event, free of charge."""
        ...

    async def push(self, municipality_id: str, to: str, rendered: bytes, retry_key: uuid.UUID) -> None:
        """Send at any time, billed; the same key never arrives twice."""
        ...


@dataclass(frozen=True, slots=True)
class Letter:
    """A committed intent to send. `was_uncertain`: an earlier request may have arrived."""

    row_id: uuid.UUID
    municipality_id: str
    via: str
    address: str = field(repr=False)  # a reply token, or the LINE user id
    rendered: bytes = field(repr=False)
    was_uncertain: bool


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends the outbox: one talk's rows in order, many talks concurrently."""

    sessions: Sessions
    ring: KeyRing
    clock: Clock
    surface: Surface
    lanes: Sequence[Lane]
    texts: Texts

    async def claim(self, free: int, _alone: bool) -> Sequence[SendClaim]:  # noqa: FBT001 - the lane's protocol
        """Lease talks that have rows to send."""
        async with one_statement(self.sessions) as session:
            return await store.claim_sends(session, self.clock(), free, self.lanes)

    async def send_all(self, claim: SendClaim) -> None:
        """Send a talk's due rows in order, then release the lease."""
        letter = await self._step(claim, None, None)
        while letter:
            failure = await self._deliver(letter)
            letter = await self._step(claim, letter, failure)

    async def _deliver(self, letter: Letter) -> SendFailure | None:
        try:
            if letter.via == "reply":
                await self.surface.reply(letter.municipality_id, letter.address, letter.rendered)
            else:
                await self.surface.push(
                    letter.municipality_id, letter.address, letter.rendered, letter.row_id
                )
        except SendFailure as failure:
            log.info("outbox_not_accepted", outbox_id=str(letter.row_id), via=letter.via, code=failure.code)
            return failure
        return None

    async def _step(
        self, claim: SendClaim, sent: Letter | None, failure: SendFailure | None
    ) -> Letter | None:
        """Commit the outcome of the last request together with the intent of the next."""
        async with self.sessions.begin() as session:
            talk = await lock_talk(session, self.ring, claim.conversation_id)
            now = self.clock()
            if talk.conversation.send_lease != claim.lease:
                # We stood still too long and another sender has the talk: what we learnt is about a request
                # older than its own, and it will ask LINE the same again.
                return None
            if sent:
                await self._record_outcome(session, talk, sent, failure, now)
            letter = await self._next_letter(session, talk, now)
            held = now + timedelta(seconds=store.SEND_LEASE_S) if letter else None
            talk.conversation.send_lease = claim.lease if letter else None
            talk.conversation.send_lease_until = held
            return letter

    async def _record_outcome(
        self, session: AsyncSession, talk: Talk, sent: Letter, failure: SendFailure | None, now: datetime
    ) -> None:
        row = await session.get(Outbox, sent.row_id, with_for_update={"key_share": True})
        if row is None or row.status != OutboxStatus.SENDING:
            return
        if frees_token(failure) and not sent.was_uncertain and row.reply_event_id:
            await session.execute(
                update(LineEvent).where(LineEvent.id == row.reply_event_id).values(reply_token_used_at=None)
            )
        settle(row, failure, now, was_uncertain=sent.was_uncertain)
        if row.status == OutboxStatus.SENT and not talk.resident.is_following:
            # LINE accepts messages to a resident who has blocked the account, and does not deliver them.
            end(row, OutboxStatus.BLOCKED, now)
        if row.status == OutboxStatus.REJECTED:
            await say_again(talk, row, self.texts, now)
        if failure and failure.answer is Answer.UNAUTHORISED:
            await store.pause_channel(session, row.municipality_id, now + UNAUTHORISED_PAUSE, failure.code)
            log.error("channel_paused", municipality_id=row.municipality_id, code=failure.code)
        if row.speaker == Speaker.STAFF or row.status != OutboxStatus.SENT:
            await _show(session, talk, row)
        await session.flush()

    async def _next_letter(self, session: AsyncSession, talk: Talk, now: datetime) -> Letter | None:
        while row := await store.next_row(session, talk.conversation.id, self.lanes):
            if row.next_attempt_at > now:
                return None
            # What was decided about the row is written once, not before each look at something else.
            with session.no_autoflush:
                letter = await self._prepare(session, talk, row, now)
            if letter:
                return letter
            if row.status == OutboxStatus.REJECTED:
                await say_again(talk, row, self.texts, now)
            await _show(session, talk, row)
            await session.flush()
        return None

    async def _prepare(self, session: AsyncSession, talk: Talk, row: Outbox, now: datetime) -> Letter | None:
        """Decide how a row is sent; None when it ended without being sent."""
        event = await session.get(LineEvent, row.reply_event_id) if row.reply_event_id else None
        is_young = event is not None and store.is_young(event, now)
        status = ending(row, talk.conversation.owner_epoch, now, token_is_young=is_young)
        if status:
            end(row, status, now, row.error)
            return None
        try:
            rendered = self._freeze(talk, row)
        except Exception as error:
            end(row, OutboxStatus.REJECTED, now, error.code if isinstance(error, ServiceError) else "render")
            log.exception("outbox_not_renderable", outbox_id=str(row.id))
            return None
        if row.status == OutboxStatus.QUEUED:
            event = await store.take_free_reply(session, talk.conversation.id, now)
            row.via, row.reply_event_id = ("reply", event.id) if event else ("push", None)
        elif row.via == "reply" and not is_young:
            row.via, row.possibly_doubled, event = "push", True, None
        return _intend(talk, row, event if row.via == "reply" else None, rendered, now)

    def _freeze(self, talk: Talk, row: Outbox) -> bytes:
        if row.rendered:
            return talk.key.open(row.rendered, "rendered")
        messages = load(open_json(talk.key, row.body, "outbox"))
        with bound_contextvars(outbox_id=str(row.id)):
            rendered = self.surface.render(row.municipality_id, messages)
        row.rendered = talk.key.seal(rendered, "rendered")
        return rendered


def _intend(talk: Talk, row: Outbox, event: LineEvent | None, rendered: bytes, now: datetime) -> Letter:
    was_uncertain = row.is_uncertain
    row.status = OutboxStatus.SENDING.value
    row.is_uncertain = True
    row.attempts += 1
    row.first_sent_at = row.first_sent_at or now
    # Not due until the outcome is known: only after a crash does another sender find it.
    row.next_attempt_at = now
    token = talk.key.open(event.reply_token, "reply-token").decode() if event and event.reply_token else ""
    return Letter(
        row.id,
        row.municipality_id,
        row.via or "push",
        token or talk.resident.line_user_id,
        rendered,
        was_uncertain,
    )


async def _show(session: AsyncSession, talk: Talk, row: Outbox) -> None:
    """Wake the pages that show the talk, because a row's delivery has changed."""
    await session.execute(update(Utterance).where(Utterance.outbox_id == row.id).values(version=talk.touch()))
