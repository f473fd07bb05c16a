"""Run a work lane: claim work, do it concurrently up to a capacity, and let no piece stop the others."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
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


@dataclass(slots=True)
class Shift:
    """What a lane knows while it runs."""

    # Where its pieces run; None before and after.
    tasks: asyncio.TaskGroup | None = None
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    looks: int = 0
    is_full: bool = False


@dataclass(frozen=True, slots=True)
class WorkLane(Generic[C]):
    """One kind of work. `claim(free, alone)` takes at most `free` pieces, suspects only when `alone`."""

    name: str
    claim: Callable[[int, bool], Awaitable[Sequence[C]]]
    work: Callable[[C], Awaitable[None]]
    capacity: int
    # Each piece in progress, with the number of the look after which it hid no work any more.
    running: dict[asyncio.Task[None], int] = field(default_factory=dict, init=False)
    _shift: Shift = field(default_factory=Shift, init=False)

    @property
    def are_free(self) -> bool:
        """Whether there is room for a piece that was claimed elsewhere."""
        return self._shift.tasks is not None and len(self.running) < self.capacity

    def take(self, piece: C) -> None:
        """Do a piece that was claimed elsewhere; nothing when the lane has ended: its lease will run out."""
        if self._shift.tasks:
            self._begin(piece, self._shift.tasks)

    async def run(self, wake: asyncio.Event, stop: asyncio.Event) -> None:
        """Serve until `stop`; pieces in progress are finished."""
        shift, running = self._shift, self.running
        shift.wake = wake
        async with asyncio.TaskGroup() as tasks:
            shift.tasks = tasks
            while not stop.is_set():
                wake.clear()
                free = self.capacity - len(running)
                shift.looks += 1
                claimed = await self._claim(free, alone=not running)
                shift.is_full = free <= len(claimed)
                for piece in claimed:
                    self._begin(piece, tasks)
                if any(piece.is_suspect for piece in claimed):
                    await asyncio.wait(running)
                elif not claimed or not shift.is_full:
                    await first_of(wake, stop, timeout_s=BACKSTOP_S)
            shift.tasks = None

    def _begin(self, piece: C, tasks: asyncio.TaskGroup) -> None:
        task = tasks.create_task(self._work(piece))
        self.running[task] = self._shift.looks - piece.leaves_more
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        # Look again only with a reason: work that was announced while it ran may have been hidden (behind its lease,
        # beyond our capacity, or because suspects run alone), or was waiting behind it already.
        if self.running.pop(task) < self._shift.looks or self._shift.is_full:
            self._shift.wake.set()

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
