"""Bound how many sign-ins are checked at once: checking a password takes 64 MiB and a tenth of a second."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from core.errors import ServiceError

AT_ONCE = 2
# At the start of a shift people wait some seconds; a machine that floods is refused.
LONGEST_LINE = 40


class LineTooLong(ServiceError):
    """Too many attempts from one source already wait to be checked."""

    code = "console.line_too_long"


@dataclass(slots=True)
class _SourceQueue:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    length: int = 0


class Turnstile:
    """Lets one attempt of each source through at a time, and a few of all sources together."""

    def __init__(self, at_once: int = AT_ONCE, longest: int = LONGEST_LINE) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._longest = longest
        self._lines: dict[str, _SourceQueue] = {}

    @asynccontextmanager
    async def turn(self, source: str) -> AsyncIterator[None]:
        """Wait for a turn; the next attempt gets its turn when the block ends.

        Raises:
            LineTooLong: too many from the same source wait already.
        """
        line = self._lines.setdefault(source, _SourceQueue())
        if line.length >= self._longest:
            raise LineTooLong("too many attempts at once")
        line.length += 1
        try:
            async with line.lock, self._places:
                yield
        finally:
            line.length -= 1
            if not line.length:
                del self._lines[source]


@dataclass(frozen=True, slots=True)
class Turnstiles:
    """One turnstile for unknown browsers, one for known ones: a flood of the first does not block these."""

    strangers: Turnstile = field(default_factory=Turnstile)
    known: Turnstile = field(default_factory=Turnstile)


TURNSTILES = web.AppKey("console_turnstiles", Turnstiles)
