"""Stand in for LINE's HTTP boundary: record calls and answer as scripted.

Only what the client has to survive is here; the stand-in with LINE's rules is `bot/simulator`.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

RATE = {"message": "The API rate limit has been exceeded. Try again later."}
QUOTA = {"message": "You have reached your monthly limit."}


@dataclass
class ReceivedCall:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class FakeAnswer:
    """One scripted answer; `hang` holds it back for ever, `drop` breaks the connection instead."""

    status: int = 200
    json: Any = None
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    hang: bool = False
    drop: bool = False
    pieces: list[bytes] | None = None


class FakeLine:
    def __init__(self) -> None:
        self.calls: list[ReceivedCall] = []
        self.script: deque[FakeAnswer] = deque()
        self.stopped = asyncio.Event()
        # Happens while a call is being answered.
        self.meanwhile: Callable[[], Awaitable[None]] | None = None
        self.app = web.Application(client_max_size=4 * 1024 * 1024)
        self.app.router.add_route("*", "/{path:.*}", self.answer)

    def will(self, *answers: FakeAnswer) -> None:
        self.script.extend(answers)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.calls.append(
            ReceivedCall(request.method, request.path, dict(request.headers), await request.read())
        )
        if self.meanwhile:
            await self.meanwhile()
        answer = self.script.popleft() if self.script else FakeAnswer(json={})
        if answer.hang:
            await self.stopped.wait()
        if answer.drop:
            assert request.transport is not None
            request.transport.close()
        headers = {"x-line-request-id": f"request-{len(self.calls)}", **answer.headers}
        if answer.pieces is not None:
            return await self._stream(request, answer, headers)
        if answer.body is not None:
            return web.Response(status=answer.status, body=answer.body, headers=headers)
        return web.json_response(answer.json, status=answer.status, headers=headers)

    async def _stream(
        self, request: web.Request, answer: FakeAnswer, headers: dict[str, str]
    ) -> web.StreamResponse:
        response = web.StreamResponse(status=answer.status, headers=headers)
        await response.prepare(request)
        for piece in answer.pieces or ():
            await response.write(piece)
        return response
