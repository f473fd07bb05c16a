"""The scheduler with small limits, and jobs that note what they do: `small_scheduler NOTES JOB…`."""

import asyncio
import dataclasses
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bot import app
from bot.processes import scheduler
from core.jobs import Job, JobContext
from core.logging import configure_logging
from core.municipalities import load_municipalities
from core.process_secrets import PROCESS_SECRETS
from core.settings import read_settings
from core.texts import load_texts


class Noting:
    """Jobs that say in a file that they are at work."""

    def __init__(self, notes: Path) -> None:
        self._notes = notes

    def note(self, words: str) -> None:
        with self._notes.open("a") as notes:
            notes.write(f"{words}\n")

    async def tick(self, _context: JobContext) -> int:
        self.note("tick")
        return 1

    async def stuck(self, _context: JobContext) -> int:
        """Never end by itself."""
        self.note("stuck")
        await asyncio.Event().wait()
        return 0

    async def busy(self, _context: JobContext) -> int:
        """Be at work for as long as it is allowed, and say so all the while."""
        while True:
            self.note("busy")
            await asyncio.sleep(0.01)


def little_content(data_dir: Path) -> Any:
    """Read what jobs use; reading all of it takes longer than a test of these."""
    return SimpleNamespace(cities=load_municipalities(data_dir), texts=load_texts(data_dir))


def main(notes: Path, limits: dict[str, float], names: list[str]) -> None:
    jobs = Noting(notes)
    work: dict[str, Callable[[JobContext], Awaitable[int]]] = {
        "tick": jobs.tick,
        "stuck": jobs.stuck,
        "busy": jobs.busy,
    }
    scheduler.JOBS = {name: Job(name=name, every_s=1, work=work[name]) for name in names}
    app.load_content = little_content
    settings = read_settings(os.environ, PROCESS_SECRETS["scheduler"])
    configure_logging("scheduler", settings.log_level)
    asyncio.run(scheduler.run_scheduler(settings, dataclasses.replace(scheduler.LIMITS, **limits)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3:])
