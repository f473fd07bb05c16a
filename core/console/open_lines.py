"""End this process's event streams with the sessions they belong to."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from aiohttp import web

from core.console.deps import ConsoleDeps, Visitor
from core.console.sessions import rights_of
from core.db.engine import is_outage
from core.logging import get_logger

log = get_logger()

# Seconds until sign-out in another process, a disabled account, other roles or cities take effect here.
LOOK_S = 0.5


@dataclass(eq=False, slots=True)
class OpenLine:
    """One open stream; `is_over` once its session has ended or its roles or cities have changed."""

    visitor: Visitor
    wake: Callable[[], None]
    is_over: bool = False

    def end(self) -> None:
        """End the stream now."""
        self.is_over = True
        self.wake()


class OpenLines:
    """All open streams; one query checks the sessions of all of them."""

    def __init__(self, deps: ConsoleDeps) -> None:
        self._deps = deps
        self._lines: set[OpenLine] = set()

    @contextmanager
    def line(self, visitor: Visitor, wake: Callable[[], None]) -> Iterator[OpenLine]:
        """Watch a visitor's session while a stream is open; `wake` is called when the session is over."""
        line = OpenLine(visitor, wake)
        self._lines.add(line)
        try:
            yield line
        finally:
            self._lines.discard(line)

    def end(self, token_hash: bytes) -> None:
        """End the streams of a session that was just ended in this process."""
        for line in self._lines:
            if line.visitor.token_hash == token_hash:
                line.end()

    async def run(self) -> None:
        """End streams whose session is over, for ever."""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                await self._look()
            except Exception as exc:
                if not is_outage(exc) and not isinstance(exc, TimeoutError):
                    log.exception("open_lines_not_checked")

    async def _look(self) -> None:
        lines = list(self._lines)
        if not lines:
            return
        async with self._deps.sessions() as session:
            rights = await rights_of(session, {line.visitor.token_hash for line in lines}, self._deps.clock())
        for line in lines:
            # Roles or cities that differ from the stream's end it; the page reconnects with the present ones.
            if rights.get(line.visitor.token_hash) != line.visitor.rights:
                line.end()


OPEN_LINES = web.AppKey("console_open_lines", OpenLines)
