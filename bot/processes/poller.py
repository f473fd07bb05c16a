"""Look for due work once a second, for all lanes, and wake those that have some.

Wake-ups through Redis are faster; without them, this finds all work.
"""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field

from bot.processes.lane import OUTAGE_PAUSE_S, POLL_S, first_of, is_passing
from bot.processes.poller_store import STEPS, due_steps
from core.clock import Clock
from core.db.engine import Sessions, one_statement
from core.logging import get_logger

log = get_logger()


@dataclass(frozen=True, slots=True)
class Poller:
    """Queries the database; sets the events (`wakes`) of the steps that are due."""

    sessions: Sessions
    clock: Clock
    wakes: dict[str, list[asyncio.Event]] = field(default_factory=lambda: defaultdict(list))

    def wake_for(self, step: str, wake: asyncio.Event | None = None) -> asyncio.Event:
        """Return an event (`wake`, or a new one) that is set while `step` has something to do."""
        assert step in STEPS, step
        wake = wake or asyncio.Event()
        self.wakes[step].append(wake)
        return wake

    async def run(self, stop: asyncio.Event) -> None:
        """Look until `stop`; also while PostgreSQL is away."""
        while not stop.is_set():
            try:
                await self.look()
            except Exception as error:
                if not is_passing(error):
                    raise
                log.warning("lane_waits_for_database", lane="poller")
                await first_of(stop, timeout_s=OUTAGE_PAUSE_S)
                continue
            await first_of(stop, timeout_s=POLL_S)

    async def look(self) -> None:
        """Query once, and wake the steps that are due."""
        async with one_statement(self.sessions) as session:
            due = await due_steps(session, self.clock())
        for step, wakes in self.wakes.items():
            if due[step]:
                for wake in wakes:
                    wake.set()
