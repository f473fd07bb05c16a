"""Words a resident takes back disappear from what a talk remembers of them, not only from the talk itself.

LINE asks that an unsent message is deleted from storage and screens (Messaging API, "Processing on receipt of
unsend event").
"""

from collections.abc import Set as AbstractSet
from typing import Any

from sqlalchemy import select

from bot.language.segmentation import clauses
from core.db.tables import Thread
from core.residents.keys import open_json, seal_json
from core.talk import Talk

# Where flows and summaries keep a resident's own words; everything else they keep are words of ours.
KEPT_UNDER = frozenset({"complaint", "said"})
# Where they keep where somebody is: a place sent, the last search, a search that is being asked about.
PLACES = frozenset({"place", "search", "latitude", "longitude"})


async def forget_words(talk: Talk, words: str) -> None:
    """Take `words` out of the talk's state and its threads' summaries."""
    if not words:
        return
    spoken = frozenset((words, *words.splitlines(), *clauses(words)))
    talk.state = without(talk.state, spoken)
    threads = await talk.session.scalars(
        select(Thread).where(Thread.conversation_id == talk.conversation.id).with_for_update(key_share=True)
    )
    for thread in threads:
        summary = open_json(talk.key, thread.summary, "summary")
        shorter = without(summary, spoken)
        if shorter != summary:
            thread.summary = seal_json(talk.key, shorter, "summary")
            # Pages keep a summary for as long as its thread's version stays.
            thread.version = talk.touch()


def forget_place(talk: Talk) -> None:
    """Drop every place that the talk's state holds: whose message it came from is not kept."""
    talk.state = _placeless(talk.state)


def _placeless(value: Any) -> Any:  # noqa: ANN401 - JSON values
    match value:
        case dict():
            return {key: _placeless(part) for key, part in value.items() if key not in PLACES}
        case list():
            return [_placeless(part) for part in value]
        case _:
            return value


def without(value: Any, words: AbstractSet[str]) -> Any:  # noqa: ANN401 - JSON values
    """Return a JSON value without `words` where a resident's words are kept; others said with them stay.

    What else was kept of a wish goes with its words.
    """
    match value:
        case dict():
            return {
                key: _shortened(part, words) if key in KEPT_UNDER else without(part, words)
                for key, part in value.items()
            }
        case list():
            shorter = [(part, without(part, words)) for part in value]
            return [after for before, after in shorter if not _is_emptied(before, after)]
        case _:
            return value


def _is_emptied(before: Any, after: Any) -> bool:  # noqa: ANN401 - JSON values
    return isinstance(before, dict) and bool(before.get("said")) and not after.get("said")


def _shortened(kept: Any, words: AbstractSet[str]) -> Any:  # noqa: ANN401 - JSON values
    if isinstance(kept, list):
        return [shorter for part in kept if (shorter := _shortened(part, words))]
    if not isinstance(kept, str):
        return kept
    # Several messages, and the clauses of one, are kept as lines of one text.
    return "\n".join(line for line in kept.splitlines() if line not in words)
