"""Stand in for LINE as the sender meets it, and check the talk at every request."""

import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from bot.delivery.line_channel import LineChannels
from bot.delivery.outcome import SendFailure, SendResult
from core.messages import Message


@dataclass
class WatchedLine:
    """LINE as the sender meets it: notes who owned the talk when a request was made, and what arrived."""

    channels: LineChannels
    look: Callable[[uuid.UUID | None], Awaitable[None]]
    during: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)
    arrived: list[str] = field(default_factory=list)
    keys: set[uuid.UUID] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)

    def render(self, municipality_id: str, messages: Sequence[Message]) -> bytes:
        return self.channels.render(municipality_id, messages)

    async def reply(self, municipality_id: str, token: str, rendered: bytes) -> Sequence[str]:  # noqa: ARG002
        await self._request(None, rendered, is_used=token in self.tokens, note=lambda: self.tokens.add(token))
        return ()

    async def push(
        self,
        municipality_id: str,  # noqa: ARG002
        to: str,  # noqa: ARG002
        rendered: bytes,
        retry_key: uuid.UUID,
    ) -> Sequence[str]:
        await self._request(
            retry_key, rendered, is_used=retry_key in self.keys, note=lambda: self.keys.add(retry_key)
        )
        return ()

    async def _request(
        self, key: uuid.UUID | None, rendered: bytes, *, is_used: bool, note: Callable[[], None]
    ) -> None:
        words = rendered.decode()
        await self.look(key)
        outcome = self.outcomes.pop(0) if self.outcomes else "ok"
        while self.during:
            await self.during.pop(0)()
        if outcome == "throttled":
            raise SendFailure(SendResult.THROTTLED, "line.throttled")
        if outcome == "not_arrived":
            raise SendFailure(SendResult.UNKNOWN, "line.unavailable")
        if is_used:
            raise SendFailure(SendResult.ALREADY_ACCEPTED if key else SendResult.REFUSED, "line.seen_before")
        note()
        self.arrived.append(words)
        if outcome == "lost":
            raise SendFailure(SendResult.UNKNOWN, "line.unavailable")
