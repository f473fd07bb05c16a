"""Run a work lane: claim work, do it concurrently up to a capacity, and let no piece stop the others."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from core.db.engine import is_outage
from core.logging import get_logger

log = get_logger()

# Seconds between two looks for work without a wake-up (`poller.py` looks for all lanes of a process).
POLL_S = 1.0
# Seconds after which a lane that was not woken looks for itself.
BACKSTOP_S = 15.0
# Seconds until the next look while PostgreSQL is away.
OUTAGE_PAUSE_S = 0.5


class Claim(Protocol):
    """A piece of work that this process holds a lease on."""

    @property
    def is_suspect(self) -> bool:
        """Whether an earlier attempt never finished: it may have killed its worker, so it runs alone."""
        ...

    @property
    def leaves_more(self) -> bool:
        """Whether more work can be claimed as soon as this piece is done."""
        ...


C = TypeVar("C", bound=Claim)


@dataclass(frozen=True, slots=True)
class WorkLane(Generic[C]):
    """One kind of work. `claim(free, alone)` takes at most `free` pieces, suspects only when `alone`."""

    name: str
    claim: Callable[[int, bool], Awaitable[Sequence[C]]]
    work: Callable[[C], Awaitable[None]]
    capacity: int

    async def run(self, wake: asyncio.Event, stop: asyncio.Event) -> None:
        """Serve until `stop`; pieces in progress are finished."""
        # Each piece in progress, with the number of the look after which it hid no work any more.
        running: dict[asyncio.Task[None], int] = {}
        looks, is_full = 0, False

        def done(task: asyncio.Task[None]) -> None:
            # Look again only with a reason: work that was announced while it ran may have been hidden (behind
            # its lease, beyond our capacity, or because suspects run alone), or was waiting behind it
            # already.
            if running.pop(task) < looks or is_full:
                wake.set()

        async with asyncio.TaskGroup() as tasks:
            while not stop.is_set():
                wake.clear()
                free = self.capacity - len(running)
                looks += 1
                claimed = await self._claim(free, alone=not running)
                is_full = free <= len(claimed)
                for piece in claimed:
                    task = tasks.create_task(self._work(piece))
                    running[task] = looks - piece.leaves_more
                    task.add_done_callback(done)
                if any(piece.is_suspect for piece in claimed):
                    await asyncio.wait(running)
                elif not claimed or not is_full:
                    await first_of(wake, stop, timeout_s=BACKSTOP_S)

    async def _claim(self, free: int, *, alone: bool) -> Sequence[C]:
        if free <= 0:
            return ()
        try:
            return await self.claim(free, alone)
        except Exception as error:
            if not is_passing(error):
                raise
            log.warning("lane_waits_for_database", lane=self.name)
            await asyncio.sleep(OUTAGE_PAUSE_S)
            return ()

    async def _work(self, piece: C) -> None:
        try:
            await self.work(piece)
        except Exception as error:
            # The piece is tried again when its lease runs out; its attempts are counted in the database.
            event = "piece_interrupted" if is_passing(error) else "piece_failed"
            log.warning(event, lane=self.name, exc_info=error)


def is_passing(error: Exception) -> bool:
    """Whether an error means that another service is away for a while; the work is still there afterwards."""
    return is_outage(error) or isinstance(error, TimeoutError | ConnectionError | OSError)


async def first_of(*events: asyncio.Event, timeout_s: float) -> None:
    """Wait until one of the events is set, at most `timeout_s` seconds."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
