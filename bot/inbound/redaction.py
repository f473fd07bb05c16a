"""Remove words that a resident takes back from what a talk remembers, not only from the talk itself.

LINE asks that an unsent message is deleted from storage and screens (Messaging API, "Processing on receipt of
unsend event").
"""

from dataclasses import replace

from bot.dialogue.flow_data import FlowDataTypes
from bot.dialogue.state import State
from bot.language.segmentation import clauses
from core.talk import Talk
from core.words import without_words
from handoff.service_resident import forget_words_of_threads


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
