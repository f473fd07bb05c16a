"""Keep what changed in all chats, for the page: a numbered, bounded list with long polling."""

import asyncio
from collections import deque
from typing import Any

from bot.simulator.chat_message import SeenMessage


class Feed:
    """A ring of changes; a reader that is behind the ring is told to start over."""

    def __init__(self, kept: int) -> None:
        self._entries: deque[tuple[int, str, str, SeenMessage | dict[str, Any]]] = deque(maxlen=kept)
        self._changed = asyncio.Event()
        self.last = 0

    def add(self, kind: str, user_id: str, what: SeenMessage | dict[str, Any]) -> None:
        """Append a change of one resident; a bubble is turned into JSON only when it is read."""
        self.last += 1
        self._entries.append((self.last, kind, user_id, what))
        if not self._changed.is_set():
            self._changed.set()

    def read(self, after: int, limit: int = 500) -> dict[str, Any]:
        """Return `entries` later than `after`, `last`, and `reset` when some were dropped meanwhile."""
        oldest = self._entries[0][0] if self._entries else self.last + 1
        behind = after > self.last or after < oldest - 1
        fresh = [entry for entry in self._entries if entry[0] > after][:limit]
        entries = [
            {"kind": kind, "user_id": user_id, "what": what.dump() if isinstance(what, SeenMessage) else what}
            for _, kind, user_id, what in fresh
        ]
        return {"entries": entries, "last": fresh[-1][0] if fresh else self.last, "reset": behind}

    async def wait(self, after: int, wait_s: float) -> None:
        """Wait until there is something newer than `after`, at most `wait_s` seconds."""
        if self.last != after:
            return
        self._changed.clear()
        try:
            async with asyncio.timeout(wait_s):
                await self._changed.wait()
        except TimeoutError:
            return
