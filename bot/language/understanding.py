"""Ask what a message means as a whole and clause by clause, at the same time."""

import asyncio
from dataclasses import dataclass
from typing import Protocol

from bot.language.segmentation import Clause, clauses, worth_asking
from core.understanding import NluUnavailable, Understanding


class Nlu(Protocol):
    """A client that tells what a text means."""

    async def understand(self, text: str) -> Understanding:
        """Return the meaning; raises NluUnavailable."""
        ...


@dataclass(frozen=True, slots=True)
class NluResult:
    """A message's meaning, and those of its clauses when there are several."""

    meaning: Understanding
    clauses: tuple[Clause, ...] = ()


async def understand(nlu: Nlu, text: str) -> NluResult:
    """Ask for the message and for at most three of its clauses; the meaning of a clause may stay unknown.

    Raises:
        NluUnavailable: there is no answer for the message as a whole.
    """
    pieces = clauses(text)
    if len(pieces) < 2:  # noqa: PLR2004 - one clause is the message itself
        return NluResult(await nlu.understand(text))
    asked = worth_asking(pieces)
    async with asyncio.TaskGroup() as tasks:
        # The whole message first: it gets the first free slot.
        whole = tasks.create_task(_asked(nlu, text))
        each = {piece: tasks.create_task(_asked(nlu, piece)) for piece in asked}
    meaning = whole.result()
    if isinstance(meaning, NluUnavailable):
        raise meaning
    return NluResult(meaning, tuple(Clause(piece, _known(each.get(piece))) for piece in pieces))


async def _asked(nlu: Nlu, text: str) -> Understanding | NluUnavailable:
    try:
        return await nlu.understand(text)
    except NluUnavailable as error:
        return error


def _known(task: asyncio.Task[Understanding | NluUnavailable] | None) -> Understanding | None:
    found = task.result() if task else None
    return found if isinstance(found, Understanding) else None
