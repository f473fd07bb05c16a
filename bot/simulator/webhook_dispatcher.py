"""Deliver webhooks to the bot: signed, in each resident's order, again after a failure."""

import asyncio
import heapq
import itertools
import json
import time
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

from bot.simulator.config import Channel, SimulatorConfig
from bot.simulator.counters import Tally
from bot.simulator.events import Event
from bot.simulator.faults import Faults
from bot.simulator.reply_tokens import ReplyTokens
from bot.simulator.signature import sign

_POLL_S = 0.05
_LARGE_BODY = 2**20
_REORDER_HOLD_S = 0.25


@dataclass(slots=True, eq=False)
class Delivery:
    """Events that travel in one POST. `chats` are the ids whose next event waits for this first attempt."""

    channel: Channel
    events: list[Event]
    chats: list[str]
    attempts: int = 0
    repeats: int = 0
    accepted: bool = False


@dataclass(slots=True, eq=False)
class _ChatQueue:
    waiting: deque[tuple[Channel, Event]] = field(default_factory=deque)
    busy: bool = False


class Courier:
    """Delivers one resident's events one after the other, those of different residents concurrently.

    A delivery without a 2xx within two seconds is tried again with growing pauses; LINE promises no order
    for redeliveries, nor does this.
    """

    def __init__(self, config: SimulatorConfig, tokens: ReplyTokens, tally: Tally, faults: Faults) -> None:
        self._config = config
        self._tokens = tokens
        self._tally = tally
        self._faults = faults
        self._chats: dict[str, _ChatQueue] = {}
        self._later: list[tuple[datetime, int, Delivery]] = []
        self._batch: list[tuple[Channel, str, Event]] = []
        self._held: list[Delivery] = []
        self._order = itertools.count()
        self._in_flight = 0
        self._gate = asyncio.Semaphore(config.webhook_concurrency)
        self._tasks: asyncio.TaskGroup | None = None
        self._session: ClientSession | None = None

    @property
    def pending(self) -> int:
        """Events that the bot has not accepted and that are not given up."""
        waiting = sum(len(chat.waiting) for chat in self._chats.values())
        gathered = len(self._batch) + len(self._held)
        return waiting + gathered + self._in_flight + self.to_redeliver

    @property
    def to_redeliver(self) -> int:
        """Events whose last delivery failed and whose next one is not yet due."""
        return sum(len(delivery.events) for _, _, delivery in self._later)

    async def run(self, ready: asyncio.Event) -> None:
        """Deliver until cancelled."""
        # LINE uses no redirects, cookies or proxies of the environment.
        connector = TCPConnector(limit=self._config.webhook_concurrency)
        timeout = ClientTimeout(total=self._config.webhook_timeout_s)
        async with (
            ClientSession(connector=connector, timeout=timeout, cookie_jar=DummyCookieJar()) as session,
            asyncio.TaskGroup() as tasks,
        ):
            self._session, self._tasks = session, tasks
            ready.set()
            while True:
                self._start_due()
                await asyncio.sleep(_POLL_S)

    def submit(self, channel: Channel, chat_id: str, event: Event) -> None:
        """Take an event for delivery; never blocks."""
        self._tally.webhooks["events"] += 1
        if self._faults.reorder:
            self._hold(Delivery(channel, [event], []))
            return
        chat = self._chats.setdefault(chat_id, _ChatQueue())
        chat.waiting.append((channel, event))
        if not chat.busy:
            self._start_next(chat_id, chat)

    def deliver_together(self, channel: Channel, events: list[Event]) -> None:
        """Send given events of any residents in one POST, redelivered together."""
        self._tally.webhooks["events"] += len(events)
        self._start(Delivery(channel, events, []))

    async def post_raw(self, channel: Channel, body: bytes, signature: str | None) -> int:
        """POST arbitrary bytes once and return the status; 0 when there was no answer."""
        headers = {} if signature is None else {"x-line-signature": signature}
        return await self._post(channel, body, headers)

    def _start_next(self, chat_id: str, chat: _ChatQueue) -> None:
        if not chat.waiting:
            # Dropped while idle, so that memory grows with the talks under way, not with all residents.
            del self._chats[chat_id]
            return
        chat.busy = True
        channel, event = chat.waiting.popleft()
        if self._config.batch_window_s <= 0:
            self._start(Delivery(channel, [event], [chat_id]))
            return
        self._batch.append((channel, chat_id, event))
        if len(self._batch) == 1:
            self._spawn(self._send_batch())

    async def _send_batch(self) -> None:
        await asyncio.sleep(self._config.batch_window_s)
        batch, self._batch = self._batch, []
        by_channel: dict[str, list[tuple[Channel, str, Event]]] = {}
        for entry in batch:
            by_channel.setdefault(entry[0].municipality, []).append(entry)
        for entries in by_channel.values():
            for start in range(0, len(entries), self._config.batch_limit):
                part = entries[start : start + self._config.batch_limit]
                events, chats = [event for _, _, event in part], [chat_id for _, chat_id, _ in part]
                self._start(Delivery(part[0][0], events, chats))

    def _hold(self, delivery: Delivery) -> None:
        self._held.append(delivery)
        if len(self._held) == 1:
            self._spawn(self._release_held())

    async def _release_held(self) -> None:
        await asyncio.sleep(_REORDER_HOLD_S)
        held, self._held = self._held, []
        for delivery in reversed(held):
            self._start(delivery)

    def _start_due(self) -> None:
        now = self._config.clock()
        while self._later and self._later[0][0] <= now:
            self._start(heapq.heappop(self._later)[2])

    def _start(self, delivery: Delivery) -> None:
        self._in_flight += len(delivery.events)
        self._spawn(self._deliver(delivery))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        if self._tasks is None:
            raise RuntimeError("the courier does not run")
        self._tasks.create_task(work)

    async def _deliver(self, delivery: Delivery) -> None:
        async with self._gate:
            if delivery.attempts == 0 and self._faults.webhook_delay_s > 0:
                await asyncio.sleep(self._faults.webhook_delay_s)
            status = await self._attempt(delivery)
            if delivery.attempts == 1:
                delivery.repeats = self._faults.redeliver.take()
                for _ in range(self._faults.duplicate.take()):
                    await self._attempt(delivery, duplicate=True)
        self._in_flight -= len(delivery.events)
        self._settle(delivery, accepted=200 <= status < 300)  # noqa: PLR2004 - HTTP's own numbers
        for chat_id in delivery.chats:
            self._start_next(chat_id, self._chats[chat_id])
        delivery.chats = []

    async def _attempt(self, delivery: Delivery, *, duplicate: bool = False) -> int:
        again = delivery.attempts > 0 and not duplicate
        events = [_marked(event) for event in delivery.events] if again else delivery.events
        now = self._config.clock()
        for event in events:
            if isinstance(event.get("replyToken"), str):
                self._tokens.arrives(event["replyToken"], now)
        if not duplicate:
            delivery.attempts += 1
        self._tally.webhooks["redelivered" if again else "duplicated" if duplicate else "sent"] += 1
        content = {"destination": delivery.channel.bot_user_id, "events": events}
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
        return await self._post(
            delivery.channel, body, {"x-line-signature": sign(delivery.channel.secret, body)}
        )

    async def _post(self, channel: Channel, body: bytes, headers: dict[str, str]) -> int:
        if self._session is None:
            raise RuntimeError("the courier does not run")
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "LineBotWebhook/2.0",
            **headers,
        }
        started = time.perf_counter()
        outcome, status = "refused", 0
        # Given as a file: aiohttp warns of large bytes.
        data = BytesIO(body) if len(body) > _LARGE_BODY else body
        try:
            async with self._session.post(
                channel.webhook_url, data=data, headers=headers, allow_redirects=False
            ) as answer:
                await answer.read()
                status = answer.status
                outcome = str(status)
        except TimeoutError:
            outcome = "timeout"
        except (ClientError, OSError):
            outcome = "refused"
        self._tally.webhook_answered(outcome, (time.perf_counter() - started) * 1000)
        return status

    def _settle(self, delivery: Delivery, *, accepted: bool) -> None:
        if accepted and not delivery.accepted:
            delivery.accepted = True
            self._tally.webhooks["accepted"] += len(delivery.events)
        if accepted and delivery.repeats > 0:
            delivery.repeats -= 1
            self._put_off(delivery, self._config.redelivery_first_s)
        elif accepted:
            return
        elif delivery.attempts <= self._config.redelivery_attempts:
            pause_s = self._config.redelivery_first_s * 2 ** (delivery.attempts - 1)
            self._put_off(delivery, min(pause_s, self._config.redelivery_longest_s))
        else:
            self._tally.webhooks["abandoned"] += len(delivery.events)

    def _put_off(self, delivery: Delivery, pause_s: float) -> None:
        due_at = self._config.clock() + timedelta(seconds=pause_s)
        heapq.heappush(self._later, (due_at, next(self._order), delivery))


def _marked(event: Event) -> Event:
    context = event.get("deliveryContext")
    if not isinstance(context, dict):
        return event
    return {**event, "deliveryContext": {**context, "isRedelivery": True}}
