"""Keep an answer for a moment, so that it is looked up once however many callers ask."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class CachedCheck(Generic[Value]):
    """The result of `look`, at most `for_s` seconds old; callers during a look wait for its result."""

    def __init__(self, look: Callable[[], Awaitable[Value]], for_s: float) -> None:
        self._look = look
        self._for_s = for_s
        self._looking = asyncio.Lock()
        self._found: tuple[float, Value] | None = None

    async def __call__(self) -> Value:
        """Return the answer."""
        async with self._looking:
            if self._found is None or time.monotonic() - self._found[0] >= self._for_s:
                answer = await self._look()
                self._found = time.monotonic(), answer
            return self._found[1]
