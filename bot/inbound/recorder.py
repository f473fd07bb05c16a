"""Record events in the talk: words, media to fetch, messages taken back."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from bot.dialogue.flow_data import FlowDataTypes
from bot.inbound.redaction import forget_place, forget_words
from bot.line.inbound import Inbound
from core.db.engine import announce
from core.db.tables import (
    LineEvent,
    Media,
    MediaChunk,
    MediaStatus,
    Outbox,
    OutboxStatus,
    Speaker,
    Tombstone,
    Utterance,
)
from core.live import WAKE_MEDIA
from core.messages import Tap, actions_of, load
from core.talk import Talk

# A button older than this many messages of ours is shown in the inbox as a tap without a label.
LABELS_LOOKED_FOR_IN = 12


async def record_inbound(
    talk: Talk, event: LineEvent, inbound: Inbound, now: datetime, types: FlowDataTypes
) -> Utterance | None:
    """Record what an event says; None when it says nothing, or was taken back before it came.

    `types` read what flows keep, where words are taken back.
    """
    if inbound.kind == "unsend":
        await _take_back(talk, inbound.unsent_message_id, now, types)
        return None
    if inbound.kind == "other" and not event.kind.startswith("message."):
        return None  # an event without a resident's act (a beacon, an unknown kind)
    await _note_following(talk, event, inbound)
    taken_back = await _is_taken_back(talk, inbound.line_message_id)
    utterance = talk.record(
        Speaker.RESIDENT,
        inbound.kind,
        await _body(talk, inbound),
        event.occurred_at,
        event_id=event.id,
        line_message_id=inbound.line_message_id or None,
        mark_as_read_token=inbound.mark_as_read_token or None,
        is_late=event.is_late,
    )
    if taken_back:
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
    rows = await talk.session.scalars(
        update(Outbox)
        .where(
            Outbox.conversation_id == talk.conversation.id,
            Outbox.status == OutboxStatus.SENT.value,
            Outbox.finished_at > blocked_at,
        )
        .values(status=OutboxStatus.BLOCKED.value)
        .returning(Outbox.id)
    )
    if ids := rows.all():
        await talk.session.execute(
            update(Utterance).where(Utterance.outbox_id.in_(ids)).values(version=talk.touch())
        )


async def _body(talk: Talk, inbound: Inbound) -> dict[str, Any]:
    values = {
        "text": inbound.text or (await tapped_label(talk, inbound.data) if inbound.data else ""),
        "latitude": inbound.latitude,
        "longitude": inbound.longitude,
        "title": inbound.title,
        "address": inbound.address,
        "file_name": inbound.file_name,
        "duration_ms": inbound.duration_ms,
        "keywords": list(inbound.keywords),
    }
    return {k: v for k, v in values.items() if v not in (None, "", 0, [])}


async def tapped_label(talk: Talk, data: str) -> str:
    """Return the label of the button that was tapped; LINE sends only its data."""
    recent = await talk.session.execute(
        select(Utterance, Outbox)
        .outerjoin(Outbox, Outbox.id == Utterance.outbox_id)
        .where(Utterance.conversation_id == talk.conversation.id, Utterance.kind == "messages")
        .order_by(Utterance.id.desc())
        .limit(LABELS_LOOKED_FOR_IN)
    )
    for utterance, sent in recent:
        for message in load(talk.words(utterance, sent).get("messages", [])):
            label = next((a.label for a in actions_of(message) if isinstance(a, Tap) and a.data == data), "")
            if label:
                return label
    return ""


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


async def _is_taken_back(talk: Talk, line_message_id: str) -> bool:
    if not line_message_id:
        return False
    found = await talk.session.scalar(
        select(Tombstone.unsent_at).where(
            Tombstone.conversation_id == talk.conversation.id, Tombstone.line_message_id == line_message_id
        )
    )
    return found is not None


async def _take_back(talk: Talk, line_message_id: str, now: datetime, types: FlowDataTypes) -> None:
    """Delete the words of a message; if it has not arrived yet, never show it."""
    found = await talk.session.scalars(
        select(Utterance).where(
            Utterance.conversation_id == talk.conversation.id, Utterance.line_message_id == line_message_id
        )
    )
    for utterance in found:
        await forget_words(talk, talk.words(utterance).get("text", ""), types)
        if utterance.kind == "location":
            forget_place(talk, types)
        utterance.body, utterance.unsent_at, utterance.version = None, now, talk.touch()
        await _forget_media(talk, utterance.id)
    await talk.session.execute(
        insert(Tombstone)
        .values(conversation_id=talk.conversation.id, line_message_id=line_message_id, unsent_at=now)
        .on_conflict_do_nothing()
    )


async def _forget_media(talk: Talk, utterance_id: int) -> None:
    media = select(Media.id).where(Media.utterance_id == utterance_id)
    await talk.session.execute(delete(MediaChunk).where(MediaChunk.media_id.in_(media)))
    await talk.session.execute(
        update(Media)
        .where(Media.utterance_id == utterance_id)
        .values(status=MediaStatus.GONE.value, file_name=None)
    )
