"""Measure recovery.kill: `kill -9` of each part of a running `helpo up`, and how soon it serves again."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import psycopg
from sqlalchemy import make_url

from bot.bench.environment import BenchEnvironment
from bot.bench.full_installation import PAGE, Whole, open_whole
from bot.bench.installation import CITY, REFUSED, open_installation
from bot.bench.load import TIMEOUT
from bot.bench.process import CannotMeasure, is_up
from bot.bench.result import Measurement
from bot.bench.statistics import middle
from bot.processes.scheduler import LEADER_LOCK
from bot.up.env_file import with_running

LIMIT_S = 60.0
# Seconds between new residents' messages until one is answered.
EVERY_S = 0.25
LOOK_S = 0.05
ROUNDS = 3
LEADER = "select pid from pg_locks where locktype = 'advisory' and granted and objid = %s"

# Words in the command line of each part.
TALKING = {
    "intake": "-m bot web --part intake",
    "worker": "-m bot worker",
    "postgres": "bin/postgres -D",
    "valkey": "valkey-server",
}


@dataclass(slots=True)
class Probes:
    """Residents who write one after the other, each once, and wait for an answer."""

    whole: Whole
    users: list[str]
    took: list[float] = field(default_factory=list)

    async def until_answered(self) -> tuple[float, float]:
        """Write until one is answered, then wait for the rest; return seconds to the first and last."""
        began, self.took = time.monotonic(), []
        async with asyncio.timeout(LIMIT_S), asyncio.TaskGroup() as tasks:
            while not self.took:
                tasks.create_task(self._probe(self.users.pop(), began))
                await asyncio.sleep(EVERY_S)
        return min(self.took), max(self.took)

    async def _probe(self, user_id: str, began: float) -> None:
        url = f"{self.whole.simulator}/api/residents/{user_id}/messages"
        http = self.whole.http
        async with http.post(url, json={"type": "text", "text": "こんにちは"}, timeout=TIMEOUT) as answer:
            answer.raise_for_status()
        found: list[object] = []
        while not found:
            async with http.get(url, params={"wait_s": "20"}, timeout=TIMEOUT) as answer:
                found = await answer.json()
        self.took.append(time.monotonic() - began)


async def recovery_kill(bench: BenchEnvironment) -> Measurement:
    """Kill every part in turn."""
    floor = middle([await _start(bench) for _ in range(ROUNDS)], by=float)
    state_dir = bench.scratch / "recovery"
    async with open_whole(bench, state_dir, RASA_URL=REFUSED, RASA_TOKEN="nobody") as whole:  # noqa: S106  nobody asks for it
        await whole.ready()
        probes = Probes(whole, await _residents(whole))
        await probes.until_answered()
        times: dict[str, float] = {}
        latest = 0.0
        for name, words in TALKING.items():
            await _kill(whole, words)
            times[name], last = await probes.until_answered()
            latest = max(latest, last)
        times["pages"] = await _again(
            whole, "-m bot web --part pages", lambda: is_up(whole.http, whole.public + PAGE)
        )
        times["scheduler"] = await _again(whole, "-m bot scheduler", _leads(whole))
    return Measurement(
        value=max(times.values()),
        baseline=floor,
        extra={**times, "all_answered": latest, "note": "baseline: start of the intake alone"},
    )


async def _start(bench: BenchEnvironment) -> float:
    async with open_installation(bench) as installation:
        began = time.monotonic()
        await installation.start_intake()
        return time.monotonic() - began


async def _residents(whole: Whole) -> list[str]:
    body = {"municipality": CITY, "count": 1000, "silent": True}
    async with whole.http.post(f"{whole.simulator}/api/residents", json=body, timeout=TIMEOUT) as answer:
        users: list[str] = (await answer.json())["user_ids"]
    return users


async def _kill(whole: Whole, words: str) -> None:
    """Kill a part and wait until it is gone."""
    pid = whole.pid(words)
    if pid is None:
        raise CannotMeasure(f"no part runs as '{words}'")
    os.kill(pid, signal.SIGKILL)
    async with asyncio.timeout(LIMIT_S):
        while whole.pid(words) == pid:  # noqa: ASYNC110  the process table has no event for us
            await asyncio.sleep(LOOK_S)


async def _again(whole: Whole, words: str, serves: Callable[[], Awaitable[bool]]) -> float:
    """Kill a part; return seconds until it `serves`."""
    began = time.monotonic()
    await _kill(whole, words)
    async with asyncio.timeout(LIMIT_S):
        while True:
            if whole.pid(words) and await serves():
                break
            await asyncio.sleep(LOOK_S)
    return time.monotonic() - began


def _leads(whole: Whole) -> Callable[[], Awaitable[bool]]:
    """Return a probe: whether a scheduler holds the lock.

    PostgreSQL releases the killed one's with its connection.
    """
    url = make_url(with_running(whole.environment)["DATABASE_URL"]).set(drivername="postgresql")
    address = url.render_as_string(hide_password=False)

    async def probe() -> bool:
        async with await psycopg.AsyncConnection.connect(address, connect_timeout=2) as connection:
            cursor = await connection.execute(LEADER, [LEADER_LOCK])
            return await cursor.fetchone() is not None

    return probe
