"""The sender: commits the intent, makes the request, commits the outcome. Nothing is lost, doubles are counted.

Most rows go the usual way, one statement each for intent and outcome (`bot.delivery.claims`); whatever does not fit
goes the long way, under the talk's lock.

A reply is free but has no retry key; a push is billed and safe to repeat for 24 hours (LINE, Messaging API
reference, "Retrying an API request").
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession
from structlog.contextvars import bound_contextvars

from bot.delivery import store
from bot.delivery.claims import Head, Letter, SendClaim, Sent, claim_sends, write_intent, write_sent
from bot.delivery.outcome import GIVE_UP_AFTER, SendFailure, SendResult, end, ending, frees_token, settle
from bot.delivery.rewording import say_again
from core import metrics
from core.clock import Clock
from core.crypto import DataKey, KeyRing
from core.db.engine import Sessions, one_fixed_statement
from core.db.tables import Lane, LineEvent, Outbox, OutboxStatus, Speaker
from core.errors import ServiceError
from core.logging import get_logger
from core.messages import Message, load
from core.residents.keys import open_json
from core.talk import Talk, lock_talk
from core.texts import Texts

log = get_logger()

UNAUTHORISED_PAUSE = timedelta(seconds=60)
# A lease so young need not be renewed for a request: it outlives the longest one.
LEASE_YOUNG = timedelta(seconds=2)


class Surface(Protocol):
    """What the sender needs of a channel; `reply` and `push` raise `SendFailure`."""

    def render(self, municipality_id: str, messages: Sequence[Message]) -> bytes:
        """Return the bytes to send; a retry sends the very same.

        A part that the channel cannot take is left out or said in words, and logged; raises when nothing is left.
        """
        ...

    async def reply(self, municipality_id: str, token: str, rendered: bytes) -> Sequence[str]:
        """Answer an event, free of charge; return the channel's ids of the messages, as far as it gives them."""
        ...

    async def push(
        self, municipality_id: str, to: str, rendered: bytes, retry_key: uuid.UUID
    ) -> Sequence[str]:
        """Send at any time, billed; the same key never arrives twice. Returns what `reply` returns."""
        ...


@dataclass(frozen=True, slots=True)
class SendAttempt:
    """What a request came to: a failure, or the ids under which the channel took the messages."""

    failure: SendFailure | None = None
    message_ids: Sequence[str] = ()


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
        async with one_fixed_statement(self.sessions) as driver:
            return await claim_sends(driver, self.clock(), free, self.lanes)

    async def send_all(self, claim: SendClaim) -> None:
        """Send a talk's due rows in order, then release the lease."""
        letter = await self._first_letter(claim) or await self._step(claim, None, SendAttempt())
        while letter:
            attempt = await self._deliver(letter)
            match await self._usual_outcome(claim, letter, attempt):
                case Sent.ALL:
                    return
                case Sent.MORE:
                    letter = await self._step(claim, None, SendAttempt())
                case Sent.UNSEEN:
                    letter = await self._step(claim, letter, attempt)

    async def _first_letter(self, claim: SendClaim) -> Letter | None:
        """Return the letter of a young claim that goes the usual way; None when it does not."""
        now = self.clock()
        if now - claim.claimed_at > LEASE_YOUNG:
            return None
        return claim.letter or (await self._usual_letter(claim, claim.head, now) if claim.head else None)

    async def _usual_letter(self, claim: SendClaim, head: Head, now: datetime) -> Letter | None:
        """Commit the intent of the claimed row when it goes the usual way; None when it does not."""
        if not _is_usual(head, now):
            return None
        try:
            key = self.ring.unwrap(head.key)
            rendered, sealed = self._freeze(key, head)
            address = key.open(head.reply_token, "reply-token").decode() if head.reply_token else ""
        except Exception:  # noqa: BLE001 - the long way meets it again, and says what becomes of the row
            return None
        async with one_fixed_statement(self.sessions) as driver:
            if not await write_intent(driver, claim, head, sealed, now):
                return None
        return Letter(
            head.id,
            head.municipality_id,
            "reply" if address else "push",
            address or head.line_user_id,
            rendered,
            was_uncertain=False,
            version=head.version,
        )

    async def _usual_outcome(self, claim: SendClaim, letter: Letter, attempt: SendAttempt) -> Sent:
        """Commit that LINE took a row, when there is nothing else to say about it."""
        if attempt.failure or letter.version is None:
            return Sent.UNSEEN
        async with one_fixed_statement(self.sessions) as driver:
            sent = await write_sent(
                driver,
                claim,
                letter.row_id,
                letter.version,
                attempt.message_ids,
                self.lanes,
                self.clock(),
            )
        if sent is not Sent.UNSEEN:
            metrics.OUTBOX.labels(OutboxStatus.SENT.value, letter.via).inc()
        return sent

    async def _deliver(self, letter: Letter) -> SendAttempt:
        try:
            if letter.via == "reply":
                ids = await self.surface.reply(letter.municipality_id, letter.address, letter.rendered)
            else:
                ids = await self.surface.push(
                    letter.municipality_id, letter.address, letter.rendered, letter.row_id
                )
        except SendFailure as failure:
            log.info("outbox_not_accepted", outbox_id=str(letter.row_id), via=letter.via, code=failure.code)
            return SendAttempt(failure)
        return SendAttempt(message_ids=tuple(ids or ()))

    async def _step(self, claim: SendClaim, sent: Letter | None, attempt: SendAttempt) -> Letter | None:
        """Commit the outcome of the last request together with the intent of the next."""
        async with self.sessions.begin() as session:
            talk = await lock_talk(session, self.ring, claim.conversation_id)
            now = self.clock()
            if talk.conversation.send_lease != claim.lease:
                # We stood still too long and another sender has the talk: what we learnt is about a request
                # older than its own, and it will ask LINE the same again.
                return None
            if sent:
                await self._record_outcome(session, talk, sent, attempt, now)
            letter = await self._next_letter(session, talk, now)
            held = now + timedelta(seconds=store.SEND_LEASE_S) if letter else None
            talk.conversation.send_lease = claim.lease if letter else None
            talk.conversation.send_lease_until = held
            return letter

    async def _record_outcome(
        self, session: AsyncSession, talk: Talk, sent: Letter, attempt: SendAttempt, now: datetime
    ) -> None:
        failure = attempt.failure
        row = await session.get(Outbox, sent.row_id, with_for_update={"key_share": True})
        if row is None or row.status != OutboxStatus.SENDING:
            return
        if frees_token(failure) and not sent.was_uncertain and row.reply_event_id:
            await store.free_reply_token(session, row.reply_event_id)
        settle(row, failure, now, was_uncertain=sent.was_uncertain)
        row.line_message_ids = list(attempt.message_ids) or row.line_message_ids
        if row.status == OutboxStatus.SENT and not talk.resident.is_following:
            # LINE accepts messages to a resident who has blocked the account, and does not deliver them.
            end(row, OutboxStatus.BLOCKED, now)
        if row.status == OutboxStatus.REJECTED:
            await say_again(talk, row, self.texts, now)
        if failure and failure.answer is SendResult.UNAUTHORISED:
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
            rendered, row.rendered = self._freeze(talk.key, row)
        except Exception as error:
            end(row, OutboxStatus.REJECTED, now, error.code if isinstance(error, ServiceError) else "render")
            log.exception("outbox_not_renderable", outbox_id=str(row.id))
            return None
        if row.status == OutboxStatus.QUEUED:
            event = await store.take_free_reply(session, talk.conversation.id, now)
            row.via, row.reply_event_id = ("reply", event.id) if event else ("push", None)
        elif row.via == "reply" and not is_young:
            row.via, row.possibly_doubled, event = "push", True, None
        return intend(talk, row, event if row.via == "reply" else None, rendered, now)

    def _freeze(self, key: DataKey, row: Outbox | Head) -> tuple[bytes, bytes]:
        """Return the bytes of a row's request, and as they are kept: a retry sends the very same."""
        if row.rendered:
            return key.open(row.rendered, "rendered"), row.rendered
        return self.freeze(key, row, load(open_json(key, row.body, "outbox")))

    def freeze(self, key: DataKey, row: Outbox | Head, messages: Sequence[Message]) -> tuple[bytes, bytes]:
        """Render a row's messages; return the bytes of its request, and as they are kept."""
        with bound_contextvars(outbox_id=str(row.id)):
            rendered = self.surface.render(row.municipality_id, messages)
        return rendered, key.seal(rendered, "rendered")


def _is_usual(head: Head, now: datetime) -> bool:
    """Whether a row is a bot's, said under the present owner, and nothing of it can have arrived."""
    return (
        head.status == OutboxStatus.QUEUED
        and head.speaker == Speaker.BOT
        and (head.lane == Lane.SAFETY or head.row_epoch == head.owner_epoch)
        and now - (head.first_sent_at or head.created_at) <= GIVE_UP_AFTER
    )


def intend(talk: Talk, row: Outbox, event: LineEvent | None, rendered: bytes, now: datetime) -> Letter:
    """Write down that a row leaves now, as the free reply to `event` or as a push."""
    # A row that is not stored yet has no defaults.
    was_uncertain = bool(row.is_uncertain)
    row.status = OutboxStatus.SENDING.value
    row.is_uncertain = True
    row.attempts = (row.attempts or 0) + 1
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
        talk.conversation.version if row.speaker == Speaker.BOT else None,
    )


async def _show(session: AsyncSession, talk: Talk, row: Outbox) -> None:
    """Wake the pages that show the talk, because a row's delivery has changed."""
    await store.show_row(session, row.id, talk.touch())
