"""Shared helpers of the `helpo up` tests: bounded waits, and children made of a line of Python."""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.up.child import Child
from bot.up.supervisor import Supervisor

LIMIT_S = 20.0


async def until(condition: Callable[[], object], limit_s: float = LIMIT_S) -> None:
    """Wait until `condition` holds; fail when it takes longer than `limit_s`."""
    async with asyncio.timeout(limit_s):
        while not condition():  # noqa: ASYNC110  the world outside has no event for us
            await asyncio.sleep(0.02)


def wait_until(condition: Callable[[], object], limit_s: float = LIMIT_S) -> None:
    """Wait, outside a loop, until `condition` holds; fail when it takes longer than `limit_s`."""
    asyncio.run(until(condition, limit_s))


def script(name: str, code: str, **options: object) -> Child:
    """Return a child that runs `code`."""
    command = (sys.executable, "-c", code)
    return Child(name=name, label=name, command=command, environment=dict(os.environ), **options)  # type: ignore[arg-type]


@asynccontextmanager
async def supervising(log_dir: Path, said: list[str]) -> AsyncIterator[Supervisor]:
    """Give a supervisor that is stopped at the end."""
    async with asyncio.TaskGroup() as tasks:
        supervisor = Supervisor(tasks, log_dir, said.append)
        try:
            yield supervisor
        finally:
            await supervisor.stop()


def servers_folder(state_dir: Path) -> Path:
    """Return where the servers' data of `state_dir` is: root keeps it elsewhere when their account cannot reach it."""
    note = state_dir / "servers.json"
    return Path(json.loads(note.read_text())["folder"]) if note.exists() else state_dir / "servers"


@pytest.fixture
def state_dir(tmp_path: Path) -> Iterator[Path]:
    """A state folder, removed with the servers' data wherever that is."""
    folder = tmp_path / "var"
    yield folder
    shutil.rmtree(servers_folder(folder), ignore_errors=True)


@pytest.fixture
def said() -> list[str]:
    return []
