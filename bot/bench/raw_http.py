"""Send ready-made HTTP requests over kept connections and read statuses, at next to no cost."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.bench.process import CannotMeasure

LENGTH = b"content-length:"
END = b"\r\n\r\n"
LIMIT_S = 60.0  # for one flood or pour
OK = 200


@dataclass(frozen=True, slots=True)
class Wire:
    """One kept connection; one request at a time."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, request: bytes) -> int:
        """Send a whole request; return the status of the answer."""
        self.writer.write(request)
        head = await self.reader.readuntil(END)
        lines = head.lower().split(b"\r\n")
        length = next((int(line[len(LENGTH) :]) for line in lines if line.startswith(LENGTH)), 0)
        if length:
            await self.reader.readexactly(length)
        return int(head[9:12])


@asynccontextmanager
async def wires(port: int, count: int) -> AsyncIterator[list[Wire]]:
    """Open `count` connections to loopback."""
    opened = [Wire(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(count)]
    try:
        yield opened
    finally:
        for wire in opened:
            wire.writer.close()


async def flood(port: int, requests: Sequence[bytes], concurrency: int) -> float:
    """Send all requests as fast as they are answered; return requests a second.

    Raises:
        CannotMeasure: one was not answered 200.
    """
    waiting = iter(requests)

    async def work(wire: Wire) -> None:
        for request in waiting:
            _check(await wire.ask(request))

    async with asyncio.timeout(LIMIT_S), wires(port, concurrency) as opened:
        started = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for wire in opened:
                tasks.create_task(work(wire))
        return len(requests) / (time.perf_counter() - started)


async def pour(port: int, requests: Sequence[bytes], rate: float, connections: int) -> list[float]:
    """Send `rate` requests a second whatever is answered; return seconds from due time to answer.

    Counted from the moment a request was due, so that a stall counts for every request that it delays.
    """
    took: list[float] = []
    free: asyncio.Queue[Wire] = asyncio.Queue()

    async def send(request: bytes, due: float) -> None:
        wire = await free.get()
        _check(await wire.ask(request))
        took.append(time.perf_counter() - due)
        free.put_nowait(wire)

    async with asyncio.timeout(LIMIT_S), wires(port, connections) as opened:
        for wire in opened:
            free.put_nowait(wire)
        async with asyncio.TaskGroup() as tasks:
            started = time.perf_counter()
            for number, request in enumerate(requests):
                due = started + number / rate
                await asyncio.sleep(max(due - time.perf_counter(), 0))
                tasks.create_task(send(request, due))
    return took


def _check(status: int) -> None:
    if status != OK:
        raise CannotMeasure(f"answered {status} instead of {OK}")
