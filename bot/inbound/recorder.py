"""Record events in the talk: words, media to fetch, messages taken back."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from bot.dialogue.flow_data import FlowDataTypes
from bot.inbound import store
from bot.inbound.claims import Sight
from bot.inbound.quotes import Quote
from bot.inbound.redaction import forget_place, forget_quotes, forget_words
from bot.line.inbound import Inbound
from core.db.engine import announce
from core.db.tables import (
    LineEvent,
    Media,
    MediaStatus,
    Speaker,
    Utterance,
)
from core.live import WAKE_MEDIA
from core.messages import Message, Tap, actions_of, load
from core.residents.keys import open_json
from core.talk import Talk

# A button older than this many messages of ours is shown in the inbox as a tap without a label.
LABELS_LOOKED_FOR_IN = 12


async def record_inbound(
    talk: Talk, sight: Sight, inbound: Inbound, quote: Quote | None, now: datetime, types: FlowDataTypes
) -> Utterance | None:
    """Record what an event says, and what it quotes; None when it says nothing, or was taken back before it came.

    `types` read what flows keep, where words are taken back.
    """
    event = sight.event
    if inbound.kind == "unsend":
        await _take_back(talk, inbound.unsent_message_id, now, types)
        return None
    if inbound.kind == "other" and not event.kind.startswith("message."):
        return None  # an event without a resident's act (a beacon, an unknown kind)
    await _note_following(talk, event, inbound)
    utterance = talk.record(
        Speaker.RESIDENT,
        inbound.kind,
        await _body(talk, sight, inbound),
        event.occurred_at,
        event_id=event.id,
        line_message_id=inbound.line_message_id or None,
        quoted_id=quote.utterance_id if quote else None,
        mark_as_read_token=inbound.mark_as_read_token or None,
        is_late=event.is_late,
    )
    if sight.is_taken_back:
        utterance.body, utterance.unsent_at = None, now
        return None
    if inbound.has_media:
        await talk.session.flush()
        _fetch_later(talk, utterance, inbound, now)
    return utterance


async def record_failure(talk: Talk, event: LineEvent, now: datetime) -> None:
    """Record in the talk that an event could not be served; staff see it in the inbox."""
    talk.record(Speaker.SYSTEM, "event.failed", {"kind": event.kind}, now, event_id=event.id)


async def _note_following(talk: Talk, event: LineEvent, inbound: Inbound) -> None:
    """Record whether messages of ours arrive; an event older than the latest one changes nothing."""
    if event.is_late:
        return
    talk.resident.is_following = inbound.kind != "unfollow"
    if inbound.kind == "unfollow":
        await _mark_undelivered(talk, event.occurred_at)


async def _mark_undelivered(talk: Talk, blocked_at: datetime) -> None:
    """Mark rows accepted after the block as undelivered: LINE answers 200 and delivers nothing."""
    if ids := await store.mark_blocked(talk.session, talk.conversation.id, blocked_at):
        await store.show_rows(talk.session, ids, talk.touch())


async def _body(talk: Talk, sight: Sight, inbound: Inbound) -> dict[str, Any]:
    values = {
        "text": inbound.text or (await tapped_label(talk, sight, inbound.data) if inbound.data else ""),
        "latitude": inbound.latitude,
        "longitude": inbound.longitude,
        "title": inbound.title,
        "address": inbound.address,
        "file_name": inbound.file_name,
        "duration_ms": inbound.duration_ms,
        "keywords": list(inbound.keywords),
        # What is quoted stands in `quoted_id`, if it is known.
        "quotes": bool(inbound.quoted_message_id) or None,
    }
    return {k: v for k, v in values.items() if v not in (None, "", 0, [])}


async def tapped_label(talk: Talk, sight: Sight, data: str) -> str:
    """Return the label of the button that was tapped; LINE sends only its data."""
    newest = load(open_json(talk.key, sight.newest_words, "outbox")) if sight.newest_words else ()
    if label := _label(newest, data):
        return label
    recent = await store.recent_messages(talk.session, talk.conversation.id, LABELS_LOOKED_FOR_IN)
    for utterance, sent in recent:
        if label := _label(load(talk.words(utterance, sent).get("messages", [])), data):
            return label
    return ""


def _label(messages: Iterable[Message], data: str) -> str:
    taps = (a for m in messages for a in actions_of(m) if isinstance(a, Tap) and a.data == data and a.label)
    return next((tap.label for tap in taps), "")


def _fetch_later(talk: Talk, utterance: Utterance, inbound: Inbound, now: datetime) -> None:
    talk.session.add(
        Media(
            id=uuid.uuid4(),
            municipality_id=talk.conversation.municipality_id,
            conversation_id=talk.conversation.id,
            utterance_id=utterance.id,
            line_message_id=inbound.line_message_id,
            kind=inbound.kind,
            status=MediaStatus.PENDING.value,
            file_name=talk.key.seal(inbound.file_name.encode(), "file-name") if inbound.file_name else None,
            next_attempt_at=now,
            created_at=now,
        )
    )
    announce(talk.session, WAKE_MEDIA)


async def _take_back(talk: Talk, line_message_id: str, now: datetime, types: FlowDataTypes) -> None:
    """Delete the words of a message; if it has not arrived yet, never show it."""
    for utterance in await store.utterances_of_message(talk.session, talk.conversation.id, line_message_id):
        said = talk.words(utterance)
        words = said.get("text") or said.get("title", "")
        await forget_words(talk, words, types)
        await forget_quotes(talk, utterance, words)
        if utterance.kind == "location":
            forget_place(talk, types)
        utterance.body, utterance.unsent_at, utterance.version = None, now, talk.touch()
        await store.show_quotes(talk.session, utterance.id, utterance.version)
        await store.forget_media(talk.session, utterance.id)
    await store.add_tombstone(talk.session, talk.conversation.id, line_message_id, now)
