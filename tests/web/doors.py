"""Run web applications behind their real door, with clients that send raw bytes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import ClassVar

from aiohttp import web

from bot.processes.door import Door
from bot.up.ports import any_free


@asynccontextmanager
async def opened(app: web.Application, *, most: int = 100) -> AsyncIterator[int]:
    """Serve `app` as the web processes do; gives the port."""
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    port = any_free()
    try:
        await Door(runner, "127.0.0.1", port, most=most).start()
        yield port
    finally:
        RawConnection.end_all()
        await runner.cleanup()


class RawConnection:
    """A visitor's raw connection; all are ended with the door they came to."""

    _open: ClassVar[list["RawConnection"]] = []

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def to(cls, port: int) -> "RawConnection":
        line = cls(*await asyncio.open_connection("127.0.0.1", port))
        cls._open.append(line)
        return line

    @classmethod
    def end_all(cls) -> None:
        while cls._open:
            cls._open.pop().end()

    async def send(self, data: bytes) -> None:
        with suppress(ConnectionError):
            self.writer.write(data)
            await self.writer.drain()

    async def status(self, within_s: float = 3.0) -> int:
        """Read an answer's status; 0 when the connection ends without one."""
        try:
            async with asyncio.timeout(within_s):
                line = await self.reader.readline()
        except ConnectionError:
            return 0
        return int(line.split()[1]) if line else 0

    async def is_ended(self, within_s: float) -> bool:
        """Whether the other side ends the connection in time."""
        try:
            async with asyncio.timeout(within_s):
                while await self.reader.read(65536):
                    pass
        except ConnectionError:
            return True
        except TimeoutError:
            return False
        return True

    def end(self) -> None:
        self.writer.close()


def head(method: str, path: str, **headers: str) -> bytes:
    """Return a request's head; header names with `_` for `-`."""
    lines = [f"{method} {path} HTTP/1.1", "Host: helpo"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
