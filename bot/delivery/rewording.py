"""Say a refused row again: the same words plainly, and at last one sentence that it did not work."""

from collections.abc import Sequence
from datetime import datetime

from bot.delivery.outcome import is_stale
from bot.delivery.store import staff_who_said
from bot.dialogue.menu import flow_button
from bot.triage.calls import call_119
from core.crypto import Unreadable
from core.db.tables import Lane, Outbox, Speaker
from core.logging import get_logger
from core.messages import Message, Text, in_words, load
from core.residents.keys import open_json
from core.talk import Talk
from core.texts import Texts

log = get_logger()


async def say_again(talk: Talk, row: Outbox, texts: Texts, now: datetime) -> None:
    """Queue what is said instead of a rejected row, so that a resident who waits is never left in silence.

    A row with buttons, cards or pictures is followed by its words alone; a row of words alone by the last
    sentence, and that by nothing, so it always ends. A bot's row is not said again beside a new owner, a
    notice not at all.
    """
    if row.lane == Lane.BULK or is_stale(row, talk.conversation.owner_epoch):
        return
    messages, last = _messages(talk, row), _last_word(texts)
    if messages == last or (row.replaces_id and not messages):
        return
    plain = _in_plain_words(messages)
    if plain and plain != messages:
        speaker = Speaker(row.speaker)
        staff_id = await staff_who_said(talk.session, row.id) if speaker is Speaker.STAFF else None
    else:
        plain, speaker, staff_id = last, Speaker.BOT, None
    try:
        again = talk.say(
            plain, now, speaker=speaker, lane=Lane(row.lane), must_arrive=row.must_arrive, staff_id=staff_id
        )
    except Unreadable:
        # The resident's key is gone: nothing can be sealed for her, so nothing can be said.
        log.error("row_not_said_again", outbox_id=str(row.id))  # noqa: TRY400 - the trace says no more
        return
    again.replaces_id = row.id
    log.warning("row_said_again", outbox_id=str(row.id), by=str(again.id), is_last_word=plain == last)


def _messages(talk: Talk, row: Outbox) -> list[Message]:
    """Return the messages of a row; none when it cannot be read."""
    try:
        return list(load(open_json(talk.key, row.body, "outbox")))
    except (Unreadable, ValueError, KeyError, TypeError):
        return []


def _in_plain_words(messages: Sequence[Message]) -> list[Message]:
    words = "\n\n".join(filter(None, map(in_words, messages)))
    return [Text(text=words)] if words.strip() else []


def _last_word(texts: Texts) -> list[Message]:
    """Return the last sentence: it did not work, 119, and a person."""
    return [Text(text=texts("talk.not_sent"), quick=(flow_button("person", texts), call_119(texts)))]
