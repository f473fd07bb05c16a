"""Send server-sent events: one stream a browser, bounded in rate, ended with the session."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from aiohttp import web

from core.console.deps import VISITOR
from core.console.hub import HUB
from core.console.open_lines import OPEN_LINES, OpenLine
from core.console.protocols import Source
from core.db.engine import is_outage

# A proxy cuts streams that are silent for a minute; the page starts polling after 20 s without an event.
BEAT_S = 10.0
HEADERS = {"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"}


async def stream(request: web.Request, sources: Mapping[str, Source]) -> web.StreamResponse:
    """Send what each source produces as `change` events until the session or the page ends.

    The data of an event is `{"topic", "change"}`. An outage of the database is waited out.
    """
    line = _BrowserStream(request)
    await line.open()
    with request.config_dict[OPEN_LINES].line(request[VISITOR], line.wake) as session:
        line.session = session
        async with asyncio.TaskGroup() as tasks:
            for topic, source in (sources or {"": _silence()}).items():
                tasks.create_task(_follow(line, topic, source))
        # A closed page receives nothing more.
        with suppress(ConnectionResetError):
            if session.is_over:
                await line.send("ended", None)
    return line.response


async def stream_one(request: web.Request, source: Source) -> web.StreamResponse:
    """Send what one source produces; the data of an event is the change itself."""
    return await stream(request, {"": source})


def _silence() -> Source:
    async def nothing() -> None:
        return None

    return Source(subjects=(), produce=nothing, look_every_s=lambda: BEAT_S / 2)


async def _follow(line: "_BrowserStream", topic: str, source: Source) -> None:
    with line.hub.watch(source.subjects) as ear:
        line.ears.append(ear)
        try:
            while not await line.is_over():
                ear.clear()
                change = await _unless_out(source)
                if change is not None and not await line.is_over():
                    await line.send("change", {"topic": topic, "change": change} if topic else change)
                    await asyncio.sleep(source.rest_s)
                await _wait(ear, source.look_every_s())
        except ConnectionResetError:
            line.end()  # the page was closed


async def _unless_out(source: Source) -> dict[str, Any] | None:
    try:
        return await source.produce()
    except Exception as exc:
        if is_outage(exc) or isinstance(exc, TimeoutError):
            return None
        raise


async def _wait(ear: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await ear.wait()
    except TimeoutError:
        pass


class _BrowserStream:
    """One browser's open response, shared by the sources it follows."""

    def __init__(self, request: web.Request) -> None:
        self._request = request
        self._loop = asyncio.get_running_loop()
        self._beaten_at = self._loop.time()
        self._writing = asyncio.Lock()
        self._has_ended = False
        self.session: OpenLine | None = None
        self.hub = request.config_dict[HUB]
        self.ears: list[asyncio.Event] = []
        self.response = web.StreamResponse(headers=HEADERS)

    async def open(self) -> None:
        """Send the headers."""
        await self.response.prepare(self._request)

    async def send(self, name: str, data: object) -> None:
        """Send one event."""
        text = json.dumps(data, ensure_ascii=False) if data is not None else ""
        async with self._writing:
            self._beaten_at = self._loop.time()
            await self.response.write(f"event: {name}\ndata: {text}\n\n".encode())

    async def is_over(self) -> bool:
        """Whether the stream has ended; sends a heartbeat when nothing was sent for a while."""
        if self._has_ended or self.hub.is_closing or (self.session and self.session.is_over):
            return True
        if self._loop.time() - self._beaten_at > BEAT_S:
            await self.send("beat", None)
        return self._has_ended

    def end(self) -> None:
        """End the stream: everything that is followed comes to its end."""
        self._has_ended = True
        self.wake()

    def wake(self) -> None:
        """Have every source checked at once."""
        for ear in self.ears:
            ear.set()
