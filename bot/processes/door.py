"""Accept connections of a web process within limits: their number, a request's head in time, its body.

A client without a signature must cost no more than the bytes it sends: bodies are never unpacked, an unwanted
body is not read to its end, and an idle connection makes room for an active one.
"""

import asyncio
import resource
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from core import metrics
from core.errors import ServiceError
from core.logging import get_logger

log = get_logger()

BACKLOG = 512
# Seconds from the connection, or from the first byte of a later request, to the end of the head.
HEAD_S = 10.0
# Seconds between two requests; longer than reverse proxies keep connections (nginx: 60 s).
IDLE_S = 75.0
SWEEP_S = 1.0
# Seconds a client has to read our refusal before the connection is cut.
PARTING_S = 0.5
# Files and connections of the process that belong to no client.
OWN_FILES = 200
UNPACKED = frozenset({"", "identity"})


class CannotListen(ServiceError):
    """The address is taken; another attempt may succeed if one of our processes is still ending there."""

    code = "web.cannot_listen"


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def plain_bodies(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse packed bodies (415); close connections that were answered before their body had arrived."""
    if request.headers.get("Content-Encoding", "").strip().lower() not in UNPACKED:
        log.warning("request_refused", status=415, reason="content_encoding")
        return await _part(request, web.Response(status=415))
    try:
        response = await handler(request)
    except web.HTTPException as refusal:
        if not request.content.is_eof():
            await _part(request, refusal)
        raise
    return response if request.content.is_eof() else await _part(request, response)


async def _part(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """Send the answer, leave the client a moment to read it, then cut the connection without reading on."""
    response.force_close()
    await response.prepare(request)
    await response.write_eof()
    transport = request.transport
    if transport is not None and not request.content.is_eof():
        transport.pause_reading()
        await asyncio.sleep(PARTING_S)
        transport.abort()
    return response


class ClientConnection(RequestHandler):
    """One connection; `head_since` is when the awaited head began (None: no head is awaited)."""

    __slots__ = ("_door", "head_since")

    def __init__(self, door: "Door", server: web.Server, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            server,
            loop=loop,
            access_log=None,  # type: ignore[arg-type]  # aiohttp's own runner passes None
            keepalive_timeout=IDLE_S,
            lingering_time=0,
            auto_decompress=False,
        )
        self._door = door
        self.head_since: float | None = loop.time()

    @property
    def is_idle(self) -> bool:
        """Whether the connection is open and no request is being answered."""
        return self._waiter is not None and not self._waiter.done() and self.transport is not None

    @property
    def is_half_sent(self) -> bool:
        """Whether it has a request whose body has not arrived completely."""
        request = self._current_request
        return request is not None and self.transport is not None and not request.content.is_eof()

    def data_received(self, data: bytes) -> None:
        """Receive bytes; a complete head stops its clock, the first bytes of the next one start it."""
        super().data_received(data)
        if self._messages:
            self.head_since = None
        elif self.head_since is None and self.is_idle:
            self.head_since = self._loop.time()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Remove the connection from the door."""
        self._door.leave(self)
        super().connection_lost(exc)

    def turn_out(self) -> None:
        """Cut the connection, whatever it is sending."""
        if self.transport is not None:
            self.transport.abort()


class _TurnedAway(asyncio.Protocol):
    """A connection that is refused for lack of room."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.abort()


class Door(web.TCPSite):
    """Listens on `host`:`port` and lets `most` connections in.

    When it is full, the connection that has waited longest for its head makes room for a new one, else the
    oldest whose body is still to come; when all of them are being answered, the new one is refused.
    """

    __slots__ = ("_most", "_sweeping", "_visitors")

    def __init__(self, runner: web.AppRunner, host: str, port: int, *, most: int) -> None:
        super().__init__(runner, host, port, backlog=BACKLOG)
        self._most = _affordable(most)
        self._visitors: dict[ClientConnection, None] = {}
        self._sweeping: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Start listening.

        Raises:
            CannotListen: the address is taken or not this machine's.
        """
        await super(web.TCPSite, self).start()
        server = self._runner.server
        assert server is not None
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(
                lambda: self._come_in(server, loop), self._host, self._port, backlog=BACKLOG
            )
        except OSError as exc:
            raise CannotListen(
                f"cannot listen on {self._host}:{self._port} ({exc.strerror}); "
                "end what uses it or choose another address"
            ) from exc
        self._sweep(loop)

    async def stop(self) -> None:
        """Stop listening; open connections stay until the runner ends them."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        await super().stop()

    def leave(self, visitor: ClientConnection) -> None:
        """Remove a connection that has ended."""
        if visitor in self._visitors:
            del self._visitors[visitor]
            metrics.CONNECTIONS.set(len(self._visitors))

    def _come_in(self, server: web.Server, loop: asyncio.AbstractEventLoop) -> asyncio.Protocol:
        if len(self._visitors) >= self._most and not self._make_room():
            metrics.CONNECTIONS_REFUSED.labels("full").inc()
            return _TurnedAway()
        visitor = ClientConnection(self, server, loop)
        self._visitors[visitor] = None
        metrics.CONNECTIONS.set(len(self._visitors))
        return visitor

    def _make_room(self) -> bool:
        for is_spare in (_is_idle, _is_half_sent):
            oldest = next(filter(is_spare, self._visitors), None)
            if oldest is not None:
                self._turn_out(oldest, "room")
                return True
        return False

    def _turn_out(self, visitor: ClientConnection, reason: str) -> None:
        metrics.CONNECTIONS_REFUSED.labels(reason).inc()
        visitor.turn_out()
        # Its `connection_lost` comes in the next round of the loop; its place is free now.
        self.leave(visitor)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        """Cut connections whose head is not complete in time."""
        due = loop.time() - HEAD_S
        late = [v for v in self._visitors if v.head_since is not None and v.head_since < due and v.is_idle]
        for visitor in late:
            self._turn_out(visitor, "head")
        self._sweeping = loop.call_later(SWEEP_S, self._sweep, loop)


def _is_idle(visitor: ClientConnection) -> bool:
    return visitor.is_idle


def _is_half_sent(visitor: ClientConnection) -> bool:
    return visitor.is_half_sent


def _affordable(most: int) -> int:
    """Raise the limit of open files for `most` connections, each with one to the pages process.

    Returns how many connections are possible.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * most + OWN_FILES
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    possible = max((wanted - OWN_FILES) // 2, 1)
    if possible < most:
        log.warning("fewer_connections_than_wished", wished=most, possible=possible)
    return min(most, possible)
