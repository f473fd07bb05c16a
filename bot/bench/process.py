"""Run a real process of HELPO to be measured: start it, wait for it, end it."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from bot.up.child import Child, guarded_command, signal_group
from bot.up.logfile import telling_line
from core.errors import ServiceError

POLL_S = 0.02
LIMIT_S = 60.0
PROBE = aiohttp.ClientTimeout(total=2.0)
OK = 200


class CannotMeasure(ServiceError):
    """What is to be measured does not start, or fails; the message has its last line."""

    code = "bench.cannot_measure"


class Process:
    """A child with its log. Start it from the main thread: it dies with the thread that started it."""

    def __init__(self, child: Child, log: Path, folder: Path | None = None) -> None:
        self.child, self.log = child, log
        with log.open("ab") as file:
            self._process = subprocess.Popen(  # noqa: S603  no shell, no outside words
                guarded_command(child),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                env=dict(child.environment),
                cwd=folder,
                start_new_session=True,
            )
        self.pid = self._process.pid

    async def answers(self, http: aiohttp.ClientSession, url: str, within_s: float = LIMIT_S) -> None:
        """Wait until `url` answers 200."""
        async with self._patience(within_s):
            while not await is_up(http, url):
                self._check()
                await asyncio.sleep(POLL_S)
            self._check()  # another process may have answered

    async def says(self, word: str, within_s: float = LIMIT_S) -> None:
        """Wait until the log contains `word`."""
        async with self._patience(within_s):
            while word not in self.said():
                self._check()
                await asyncio.sleep(POLL_S)

    def said(self) -> str:
        """Return the log so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    async def ends(self, within_s: float = LIMIT_S) -> None:
        """Wait until it ends by itself.

        Raises:
            CannotMeasure: it failed, or takes longer than `within_s`.
        """
        await self._ended(within_s)
        if self._process.returncode != 0:
            raise CannotMeasure(f"{self.child.name} failed: {telling_line(self.log)}")

    async def stop(self) -> None:
        """Ask it to end, then kill it."""
        if self._process.poll() is None:
            self._process.send_signal(self.child.stop_signal)
            await self._ended(self.child.grace_s)
        signal_group(self.pid, 9)
        await asyncio.to_thread(self._process.wait)

    async def _ended(self, within_s: float) -> None:
        try:
            await asyncio.to_thread(self._process.wait, within_s)
        except subprocess.TimeoutExpired:
            return

    def _check(self) -> None:
        if self._process.poll() is not None:
            raise CannotMeasure(f"{self.child.name} ended: {telling_line(self.log)}")

    @asynccontextmanager
    async def _patience(self, within_s: float) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(within_s):
                yield
        except TimeoutError:
            raise CannotMeasure(f"{self.child.name} does not serve: {telling_line(self.log)}") from None


async def is_up(http: aiohttp.ClientSession, url: str) -> bool:
    """Whether `url` answers 200 now."""
    try:
        async with http.get(url, timeout=PROBE, allow_redirects=False) as answer:
            return answer.status == OK
    except (aiohttp.ClientError, OSError, TimeoutError):
        return False
