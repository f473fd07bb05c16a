"""Look for due work once a second, for all lanes, and wake those that have some.

Wake-ups through Redis are faster; without them, this finds all work.
"""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field

from bot.lookout_store import STEPS, due_steps
from bot.processes.lane import OUTAGE_PAUSE_S, POLL_S, first_of, is_passing
from core.clock import Clock
from core.db.engine import Sessions, one_statement
from core.logging import get_logger

log = get_logger()


@dataclass(frozen=True, slots=True)
class Lookout:
    """Queries the database; sets the events (`ears`) of the steps that are due."""

    sessions: Sessions
    clock: Clock
    ears: dict[str, list[asyncio.Event]] = field(default_factory=lambda: defaultdict(list))

    def wakes(self, step: str, ear: asyncio.Event | None = None) -> asyncio.Event:
        """Return an event (`ear`, or a new one) that is set while `step` has something to do."""
        assert step in STEPS, step
        ear = ear or asyncio.Event()
        self.ears[step].append(ear)
        return ear

    async def run(self, stop: asyncio.Event) -> None:
        """Look until `stop`; also while PostgreSQL is away."""
        while not stop.is_set():
            try:
                await self.look()
            except Exception as error:
                if not is_passing(error):
                    raise
                log.warning("lane_waits_for_database", lane="lookout")
                await first_of(stop, timeout_s=OUTAGE_PAUSE_S)
                continue
            await first_of(stop, timeout_s=POLL_S)

    async def look(self) -> None:
        """Query once, and wake the steps that are due."""
        async with one_statement(self.sessions) as session:
            due = await due_steps(session, self.clock())
        for step, ears in self.ears.items():
            if due[step]:
                for ear in ears:
                    ear.set()
