"""Find the message that a resident quotes: one of their own, or one of ours."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.dialogue.menu import answers_to
from bot.dialogue.user_input import Quoted
from bot.inbound import store
from core.db.tables import Outbox, Utterance
from core.messages import Message, load
from core.talk import Talk


@dataclass(frozen=True, slots=True)
class Quote:
    """What is quoted: where it was said, and what it asks."""

    utterance_id: int
    asks: Quoted


async def find_quote(talk: Talk, line_message_id: str) -> Quote | None:
    """Return the quoted message; None when it is not known (it was sent before ids were kept, or not by us)."""
    found = await store.message_with_id(talk.session, talk.conversation.id, line_message_id)
    if found is None:
        return None
    utterance, row = found
    messages = _quoted_of(talk, utterance, row, line_message_id) if row else ()
    return Quote(utterance.id, Quoted(answers_to(messages)))


def _quoted_of(talk: Talk, utterance: Utterance, row: Outbox, line_message_id: str) -> Sequence[Message]:
    """Return the quoted one of a row's messages; all of them where a long one was sent in several."""
    messages, ids = load(talk.words(utterance, row).get("messages", [])), row.line_message_ids or []
    return (messages[ids.index(line_message_id)],) if len(ids) == len(messages) else messages
