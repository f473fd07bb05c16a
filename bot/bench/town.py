"""Simulate a town whose residents follow scripts at a given rate, whatever is answered."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aiohttp

from bot.bench.installation import CITY
from bot.bench.load import PAGE, TIMEOUT
from bot.bench.mix import Act, BenchResident, Mix
from bot.bench.process import CannotMeasure

LOOK_S = 0.05
# A resident reads an answer for at least this long before writing again (seconds).
READS_S = 1.0
RESIDENTS = 120
# How long all residents may wait at once (seconds).
PATIENCE_S = 20.0
RESIDENT = "resident"


@dataclass(slots=True)
class Said:
    """One message and how long its answer took; None while there is none."""

    kind: str
    took_ms: float | None = None


@dataclass(slots=True)
class BenchTown:
    """Residents of one city, watched through the simulator's feed."""

    http: aiohttp.ClientSession
    simulator: str
    last: int
    residents: dict[str, BenchResident]
    mix: Mix = field(default_factory=Mix)
    said: list[Said] = field(default_factory=list)
    _free: deque[BenchResident] = field(default_factory=deque)
    _waiting: dict[str, Said] = field(default_factory=dict)

    async def talk(self, rate: float, seconds: float) -> list[Said]:
        """Let residents act `rate` times a second; return what was said meanwhile, with the answers so far.

        Raises:
            CannotMeasure: all residents wait for an answer too long.
        """
        loop = asyncio.get_running_loop()
        started, self.said = loop.time(), []
        async with asyncio.TaskGroup() as tasks:
            for number in range(int(rate * seconds)):
                await asyncio.sleep(max(started + number / rate - loop.time(), 0))
                resident = await self._somebody()
                tasks.create_task(self._act(resident, self.mix.next_act(resident)))
        return self.said

    async def settle(self, within_s: float) -> None:
        """Wait until everything is answered.

        Raises:
            CannotMeasure: a message is not.
        """
        try:
            async with asyncio.timeout(within_s):
                while self._waiting:  # noqa: ASYNC110 - looked at as often as the feed
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            kinds = sorted({said.kind for said in self._waiting.values()})
            raise CannotMeasure(
                f"{len(self._waiting)} messages are not answered ({', '.join(kinds)})"
            ) from None

    async def watch(self) -> None:
        """Read the feed, for ever."""
        while True:
            await self._look()
            await asyncio.sleep(LOOK_S)

    async def _somebody(self) -> BenchResident:
        """Return a resident who may write now; wait while all of them wait for an answer."""
        loop = asyncio.get_running_loop()
        given_up_at = loop.time() + PATIENCE_S
        while loop.time() < given_up_at:
            for _ in range(len(self._free)):
                resident = self._free.popleft()
                if self._may_write(resident, loop.time()):
                    return resident
                self._free.append(resident)
            await asyncio.sleep(LOOK_S)
        raise CannotMeasure("everybody waits for an answer")

    def _may_write(self, resident: BenchResident, now: float) -> bool:
        is_waiting = resident.user_id in self._waiting or resident.is_waiting_for_words
        return not is_waiting and resident.free_at <= now

    async def _act(self, resident: BenchResident, act: Act) -> None:
        said = Said(act.kind)
        self.said.append(said)
        resident.said_at = resident.heard_at = None
        resident.awaits = act.awaits
        if act.is_answered:
            self._waiting[resident.user_id] = said
        url = f"{self.simulator}/api/residents/{resident.user_id}/messages"
        async with self.http.post(url, json=dict(act.body), timeout=TIMEOUT) as answer:
            if not answer.ok:
                raise CannotMeasure(
                    f"the simulator answers {answer.status} to {act.kind}: {await answer.text()}"
                )
        resident.free_at = asyncio.get_running_loop().time() + READS_S
        self._free.append(resident)

    async def _look(self) -> None:
        params = {"after": str(self.last)}
        async with self.http.get(f"{self.simulator}/api/feed", params=params, timeout=TIMEOUT) as answer:
            found = await answer.json()
        if found["reset"]:
            raise CannotMeasure("the simulator's feed ran away from us")
        self.last = found["last"]
        for entry in found["entries"]:
            resident = self.residents.get(entry["user_id"])
            if entry["kind"] == "message" and resident:
                self._note(resident, entry["what"])
        if len(found["entries"]) == PAGE:
            await self._look()

    def _note(self, resident: BenchResident, bubble: dict[str, Any]) -> None:
        at = datetime.fromisoformat(bubble["at"])
        if bubble["from"] == RESIDENT:
            resident.said_at = at
            return
        # Bubbles of the same call to LINE have the same time.
        if at != resident.heard_at:
            resident.screen, resident.heard_at = [], at
        resident.screen.append(bubble)
        resident.read += bubble["text"]
        said = self._waiting.get(resident.user_id)
        if said and resident.said_at:
            said.took_ms = (at - resident.said_at).total_seconds() * 1000
            del self._waiting[resident.user_id]


@asynccontextmanager
async def populated(
    http: aiohttp.ClientSession, simulator: str, beside: Callable[[], Awaitable[None]] | None = None
) -> AsyncIterator[BenchTown]:
    """Give residents who already are friends of the account, watched until the block ends.

    `beside` runs all the while: the clinicians who answer.
    """
    body = {"municipality": CITY, "count": RESIDENTS, "silent": True}
    async with http.post(f"{simulator}/api/residents", json=body, timeout=TIMEOUT) as answer:
        users = (await answer.json())["user_ids"]
    async with http.get(f"{simulator}/api/residents", timeout=TIMEOUT) as answer:
        last = (await answer.json())["feed"]
    residents = {user: BenchResident(user, number) for number, user in enumerate(users)}
    town = BenchTown(http, simulator, last, residents)
    town._free.extend(residents.values())  # noqa: SLF001 - its maker
    tasks = [asyncio.create_task(town.watch())]
    if beside:
        tasks.append(asyncio.ensure_future(beside()))
    try:
        yield town
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception):
                raise error
