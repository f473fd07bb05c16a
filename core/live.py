"""Send wake-ups and live events through Redis; PostgreSQL alone stores.

Losing every message sent here costs time (up to one poll), never correctness.
"""

import asyncio
import uuid
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing

import redis.asyncio as redis
from redis.exceptions import RedisError

from core import metrics
from core.logging import get_logger

log = get_logger()

# A Redis server that hangs must not make us wait.
SOCKET_TIMEOUT_S = 0.2
RECONNECT_S = 0.5
LISTEN_S = 1.0
QUEUE_LIMIT = 10_000

WAKE_INBOUND = "wake:inbound"
WAKE_TALK = "wake:talk"
WAKE_MEDIA = "wake:media"


def live_channel(municipality_id: str) -> str:
    """Name the channel on which a city's threads announce their versions."""
    return f"live:{municipality_id}"


def make_redis(url: str) -> "redis.Redis":
    """Open a client whose calls all time out quickly."""
    return redis.from_url(
        url, socket_timeout=SOCKET_TIMEOUT_S, socket_connect_timeout=SOCKET_TIMEOUT_S, decode_responses=True
    )


class Signals:
    """Publishes without making the caller wait; equal messages in the queue are sent once."""

    def __init__(self, client: "redis.Redis", prefix: str = "helpo:") -> None:
        self._client = client
        self._prefix = prefix
        self._waiting: dict[tuple[str, str], None] = {}
        self._ready = asyncio.Event()
        self._local: dict[str, set[asyncio.Event]] = {}
        # Wake-ups carry their sender, so that a process does not wake itself twice.
        self._origin = uuid.uuid4().hex

    def send(self, channel: str, payload: str = "") -> None:
        """Publish soon; listeners in this process are woken at once. A plain wake-up has no payload."""
        for ear in self._local.get(channel, ()):
            ear.set()
        if len(self._waiting) < QUEUE_LIMIT:
            self._waiting[channel, payload or self._origin] = None
            self._ready.set()

    async def run(self) -> None:
        """Publish what is queued, for ever."""
        while True:
            await self._ready.wait()
            self._ready.clear()
            batch, self._waiting = self._waiting, {}
            try:
                async with self._client.pipeline(transaction=False) as pipe:
                    for channel, payload in batch:
                        pipe.publish(self._prefix + channel, payload)
                    await pipe.execute()
                metrics.SIGNALS.labels("published").inc(len(batch))
            except (RedisError, OSError, TimeoutError):
                _pass_on_cancellation()
                metrics.SIGNALS.labels("lost").inc(len(batch))
                log.warning("signals_not_published", count=len(batch))
                await asyncio.sleep(RECONNECT_S)

    def hear(self, channel: str) -> asyncio.Event:
        """Return an event that `send` on `channel` sets, here or (through `relay`) in another process."""
        ear = asyncio.Event()
        self._local.setdefault(channel, set()).add(ear)
        return ear

    async def relay(self, channels: Iterable[str]) -> None:
        """Set the events of `hear` when another process sends a wake-up on `channels`, for ever."""
        async with aclosing(self.listen(channels)) as messages:
            async for channel, payload in messages:
                if payload == self._origin:
                    continue
                for ear in self._local.get(channel, ()):
                    ear.set()

    async def listen(self, channels: Iterable[str]) -> AsyncGenerator[tuple[str, str]]:
        """Yield (channel, payload) of what is published, for ever; reconnects by itself."""
        names = {self._prefix + c: c for c in channels}
        while True:
            try:
                async with self._client.pubsub(ignore_subscribe_messages=True) as pubsub:
                    await pubsub.subscribe(*names)
                    while True:
                        message = await pubsub.get_message(timeout=LISTEN_S)
                        _pass_on_cancellation()
                        if message is not None:
                            yield names[message["channel"]], message["data"]
            except (RedisError, OSError, TimeoutError):
                _pass_on_cancellation()
                await asyncio.sleep(RECONNECT_S)


def _pass_on_cancellation() -> None:
    """Raise the cancellation that the client took for its own timeout and swallowed."""
    task = asyncio.current_task()
    if task and task.cancelling():
        raise asyncio.CancelledError
