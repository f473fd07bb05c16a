"""Simulate residents in the simulator and read their answers; all times are the simulator's own."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest
from typing import Any

import aiohttp

from bot.bench.installation import CITY
from bot.bench.process import CannotMeasure

LOOK_S = 0.2
PAGE = 500  # entries in one answer of the feed
TIMEOUT = aiohttp.ClientTimeout(total=30.0)
RESIDENT = "resident"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A message and its answer; `None` where one of the two is missing."""

    text: str | None
    took_s: float | None
    answer: tuple[str, ...] | None


@dataclass(slots=True)
class _Chat:
    said: list[tuple[datetime, str]] = field(default_factory=list)
    # Bubbles of the same call to LINE have the same time.
    heard: dict[datetime, list[str]] = field(default_factory=dict)


class Crowd:
    """Residents of one city, watched through the simulator's feed."""

    def __init__(self, http: aiohttp.ClientSession, simulator: str, users: list[str], last: int) -> None:
        self._http, self._simulator = http, simulator
        self._chats: dict[str, _Chat] = defaultdict(_Chat)
        self._last = last
        self.users = users

    async def says(self, user_id: str, text: str) -> None:
        """Let one resident write."""
        url = f"{self._simulator}/api/residents/{user_id}/messages"
        async with self._http.post(url, json={"type": "text", "text": text}, timeout=TIMEOUT) as answer:
            if not answer.ok:
                raise CannotMeasure(f"the simulator answers {answer.status}: {await answer.text()}")

    async def talk(self, text: Callable[[int], str], rate: float, seconds: float) -> None:
        """Write `text(n)`, n = 0, 1, …, resident by resident, `rate` a second, whatever is answered."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        async with asyncio.TaskGroup() as tasks:
            for number in range(int(rate * seconds)):
                await asyncio.sleep(max(started + number / rate - loop.time(), 0))
                tasks.create_task(self.says(self.users[number % len(self.users)], text(number)))
        await self.look()

    async def settle(self, within_s: float) -> None:
        """Wait until everything is answered, at most `within_s`."""
        try:
            async with asyncio.timeout(within_s):
                while self.unanswered:
                    await asyncio.sleep(LOOK_S)
                    await self.look()
        except TimeoutError:
            return

    @property
    def unanswered(self) -> int:
        """Return how many messages have no answer yet."""
        return sum(max(len(chat.said) - len(chat.heard), 0) for chat in self._chats.values())

    @property
    def lost(self) -> int:
        """Return how many talks end with words that nothing was said to."""
        chats = (chat for chat in self._chats.values() if chat.said)
        return sum(not chat.heard or max(chat.heard) < chat.said[-1][0] for chat in chats)

    def exchanges(self) -> Iterator[Exchange]:
        """Return all messages since `forget`, each with the answer in the same place of its talk."""
        for chat in self._chats.values():
            for said, heard in zip_longest(chat.said, chat.heard.items()):
                took = (heard[0] - said[0]).total_seconds() if said and heard else None
                yield Exchange(said[1] if said else None, took, tuple(heard[1]) if heard else None)

    def forget(self) -> None:
        """Start a new round; no message may be unanswered."""
        self._chats.clear()

    async def watch(self) -> None:
        """Read the feed, for ever."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Read new entries of the feed."""
        url = f"{self._simulator}/api/feed"
        count = PAGE
        while count == PAGE:
            after = self._last
            async with self._http.get(url, params={"after": str(after)}, timeout=TIMEOUT) as answer:
                found = await answer.json()
            if self._last != after:  # another task has read this page meanwhile
                continue
            if found["reset"]:
                raise CannotMeasure("the simulator's feed ran away from us")
            self._last, count = found["last"], len(found["entries"])
            for entry in found["entries"]:
                self._note(entry)

    def _note(self, entry: dict[str, Any]) -> None:
        what = entry["what"]
        if entry["kind"] != "message" or entry["user_id"] not in self.users:
            return
        chat, at = self._chats[entry["user_id"]], datetime.fromisoformat(what["at"])
        if what["from"] == RESIDENT:
            chat.said.append((at, what["text"]))
        else:
            chat.heard.setdefault(at, []).append(what["text"])


@asynccontextmanager
async def gathered(http: aiohttp.ClientSession, simulator: str, count: int) -> AsyncIterator[Crowd]:
    """Give `count` residents who already are friends of the account, watched until the block ends."""
    body = {"municipality": CITY, "count": count, "silent": True}
    async with http.post(f"{simulator}/api/residents", json=body, timeout=TIMEOUT) as answer:
        users = (await answer.json())["user_ids"]
    async with http.get(f"{simulator}/api/residents", timeout=TIMEOUT) as answer:
        last = (await answer.json())["feed"]
    crowd = Crowd(http, simulator, users, last)
    watching = asyncio.create_task(crowd.watch())
    try:
        yield crowd
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
