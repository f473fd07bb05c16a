"""Run all of `helpo up` with a state folder of its own; also that of another release."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from bot.bench.environment import BenchEnvironment
from bot.bench.ports import free_bind
from bot.bench.process import CannotMeasure, Process
from bot.up.child import Child
from bot.up.logins import Login, shown_logins
from bot.up.processes import PROC, command_line

READY = "Ctrl-C で終了します"
START_LIMIT_S = 120.0
PAGE = "/console/login"
PARENT = 1  # index of the parent's pid in /proc/PID/stat, after the name


@dataclass(frozen=True, slots=True)
class Whole:
    """A running `helpo up`."""

    process: Process
    http: aiohttp.ClientSession
    environment: Mapping[str, str] = field(repr=False)
    started_at: float

    @property
    def public(self) -> str:
        """The address residents' and clinicians' browsers use."""
        return f"http://{self.environment['HELPO_BIND']}"

    @property
    def simulator(self) -> str:
        """LINE's address."""
        return f"http://{self.environment['HELPO_SIMULATOR_BIND']}"

    async def first_page(self) -> float:
        """Wait for the staff's first page; return seconds since the start."""
        await self.process.answers(self.http, self.public + PAGE, START_LIMIT_S)
        return time.monotonic() - self.started_at

    async def ready(self) -> None:
        """Wait until it reports that everything serves."""
        await self.process.says(READY, START_LIMIT_S)

    def login(self, name: str) -> Login:
        """Return a demo login as printed by `helpo up`.

        Raises:
            CannotMeasure: there is none of that name.
        """
        for login in shown_logins(self.process.said()):
            if login.login == name:
                return login
        raise CannotMeasure(f"helpo up names no {name}")

    def pids(self) -> dict[int, str]:
        """Return all processes of `helpo up`, itself included, with their command lines."""
        parents = {pid: _parent_of(pid) for pid in _pids()}
        found = [self.process.pid]
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid]
        return {pid: command_line(pid) for pid in found}

    def pid(self, words: str) -> int | None:
        """Return the pid of the part whose command line contains `words`, if it runs now."""
        return next((pid for pid in _children(self.process.pid) if words in command_line(pid)), None)


@asynccontextmanager
async def open_whole(
    bench: BenchEnvironment, state_dir: Path, release: Path | None = None, /, **environment: str
) -> AsyncIterator[Whole]:
    """Start `helpo up`; stop it as Ctrl-C would at the end of the block.

    `release` is the folder of another release, with an environment of its own in `.venv`; this one if not
    given.
    """
    composed = {
        **bench.inherited,
        "HELPO_STATE_DIR": str(state_dir),
        "HELPO_BIND": free_bind(),
        "HELPO_PAGES_BIND": free_bind(),
        "HELPO_SIMULATOR_BIND": free_bind(),
        **environment,
    }
    python = str(release / ".venv" / "bin" / "python") if release else sys.executable
    command = (python, "-m", "bot", "up")
    child = Child(name="up", label="up", command=command, environment=composed, grace_s=20.0)
    async with aiohttp.ClientSession(trust_env=False) as http:
        started_at = time.monotonic()
        process = Process(child, state_dir.parent / f"{state_dir.name}.log", release)
        try:
            yield Whole(process, http, composed, started_at)
        finally:
            await asyncio.shield(process.stop())


def _children(parent: int) -> list[int]:
    """Return the processes that `parent` started itself."""
    return [pid for pid in _pids() if _parent_of(pid) == parent]


def _pids() -> list[int]:
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]


def _parent_of(pid: int) -> int:
    try:
        stat = (PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return 0
    return int(stat.rpartition(")")[2].split()[PARENT])
