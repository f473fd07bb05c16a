"""Remove words that a resident takes back from what a talk remembers, not only from the talk itself.

LINE asks that an unsent message is deleted from storage and screens (Messaging API, "Processing on receipt of
unsend event").
"""

import json
import re
from dataclasses import replace

from bot.dialogue.flow_data import FlowDataTypes
from bot.dialogue.state import State
from bot.inbound import store
from bot.language.segmentation import clauses
from core.db.tables import Utterance
from core.db.tables.outgoing import OPEN
from core.ja import fold
from core.residents.keys import open_json, seal_json
from core.talk import Talk
from core.words import without_words
from handoff.service_resident import forget_words_of_threads

# What an answer of ours repeats of a resident's words: 「…」は見つかりませんでした.
_QUOTE = re.compile("「([^「」]{1,40})」")
# Answers after a message that are searched for what they repeat of it.
ANSWERS_LOOKED_AT = 50
_QUOTED_NO_MORE = "「…」"


async def forget_words(talk: Talk, words: str, types: FlowDataTypes) -> None:
    """Remove `words` from the talk's state and its threads' summaries."""
    if not words:
        return
    # Lines are cut at every sort of line end, clauses at some.
    parts = (words, *clauses(words))
    spoken = frozenset((*parts, *(line for part in parts for line in part.splitlines())))
    talk.state = without_words(State.from_json(talk.state, types), spoken).to_json()
    await forget_words_of_threads(talk, spoken)


def forget_place(talk: Talk, types: FlowDataTypes) -> None:
    """Remove every place from the talk's state: it is not stored whose message a place came from."""
    state = State.from_json(talk.state, types)
    memory = state.memory.without_places()
    left = memory.interrupted
    if left:
        memory = replace(memory, interrupted=replace(left, data=left.data.without_place()))
    talk.state = replace(state, data=state.data.without_place(), memory=memory).to_json()


def _repeats(quote: str, said: str) -> bool:
    """Whether a quote is a part of what was said, or a sentence completed from it (bot.flows.in_pieces)."""
    return quote in said or quote.startswith(said)


async def forget_quotes(talk: Talk, utterance: Utterance, words: str) -> None:
    """Remove what our own answers repeat of `words`, from what is kept and shown of them."""
    said = fold(words)
    answers = await store.answers_since(talk.session, talk.conversation.id, utterance.id, ANSWERS_LOOKED_AT)
    for answer, row in answers:
        body = json.dumps(open_json(talk.key, row.body, "outbox"), ensure_ascii=False)
        plain = _QUOTE.sub(
            lambda found: _QUOTED_NO_MORE if _repeats(fold(found[1]), said) else found[0], body
        )
        if plain == body:
            continue
        row.body = seal_json(talk.key, json.loads(plain), "outbox")
        if row.status not in OPEN:
            row.rendered = None  # a row that is under way must be sent again exactly as it was
        answer.version = talk.touch()
