"""The worker process: serves events, sends, fetches media, each in a lane of its own."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from typing import Any

import aiohttp

from bot.app import Parts, open_parts, open_shop, stop_on_signals
from bot.channels import LineChannels, open_channels
from bot.conversation.acting import Actor
from bot.conversation.due_cards import send_due_cards
from bot.conversation.responding import Responder
from bot.conversation.sending import Sender
from bot.conversation.serving import Server
from bot.lanes import OUTAGE_PAUSE_S, first_of, is_passing
from bot.lanes import Lane as WorkLane
from bot.line.groups import serve_group_events
from bot.line.media import serve_media
from bot.triage.protocol import load_protocols
from bot.triage.screen import load_screen
from core.db.tables import Lane
from core.live import WAKE_INBOUND, WAKE_MEDIA, WAKE_TALK
from core.logging import get_logger
from core.settings import Settings
from core.understanding import NluClient

log = get_logger()

LANES = ("inbound", "talk", "bulk", "media")
# Side by side in one process; two cores do no more at once, and a slow LINE must not hold up the rest.
TURNS_AT_ONCE = 8
SENDS_AT_ONCE = 24
BULK_AT_ONCE = 8
MEDIA_AT_ONCE = 4
MEDIA_POLL_S = 1.0
POOL_SIZE = 20


async def run_worker(settings: Settings, lanes: Sequence[str]) -> None:
    """Serve `lanes` until SIGTERM; what is in progress is finished within the grace time."""
    async with AsyncExitStack() as stack:
        parts = await stack.enter_async_context(open_parts(settings, pool_size=POOL_SIZE))
        channels = await stack.enter_async_context(open_channels(settings, parts.channels, parts.clock))
        session = await stack.enter_async_context(aiohttp.ClientSession(trust_env=False))
        nlu = NluClient(
            session,
            settings.rasa_url,
            settings.rasa_token.get_secret_value(),
            timeout_s=settings.rasa_timeout_s,
        )
        stop = stop_on_signals()
        steps = [step for lane in lanes for step in _steps(lane, parts, channels, nlu, stop)]
        log.info("worker_started", lanes=list(lanes))
        await _run(steps, parts, stop, settings.shutdown_grace_s)
    log.info("worker_stopped")


async def _run(
    steps: Sequence[Coroutine[Any, Any, None]], parts: Parts, stop: asyncio.Event, grace_s: float
) -> None:
    """Run every step until `stop`, then give what is in progress `grace_s` seconds."""
    async with asyncio.timeout(None) as deadline, asyncio.TaskGroup() as tasks:
        background = [
            tasks.create_task(parts.signals.run()),
            tasks.create_task(parts.signals.relay((WAKE_INBOUND, WAKE_TALK, WAKE_MEDIA))),
        ]
        working = [tasks.create_task(step) for step in steps]
        await stop.wait()
        deadline.reschedule(asyncio.get_running_loop().time() + grace_s)
        await asyncio.wait(working)
        for task in background:
            task.cancel()


def _steps(
    lane: str, parts: Parts, channels: LineChannels, nlu: NluClient, stop: asyncio.Event
) -> list[Coroutine[Any, Any, None]]:
    match lane:
        case "inbound":
            server = _server(parts, channels, nlu)
            turns = WorkLane("inbound", server.claim, server.serve, TURNS_AT_ONCE)
            # An emergency does not wait behind a slow or broken turn of its own talk.
            screen = serve_batches("screen", server.screen_overlooked, asyncio.Event(), stop)
            cards = serve_batches("cards", lambda: _send_due_cards(parts), asyncio.Event(), stop)
            return [turns.run(parts.signals.hear(WAKE_INBOUND), stop), screen, cards]
        case "talk":
            sender = Sender(
                parts.sessions, parts.ring, parts.clock, channels, (Lane.SAFETY, Lane.TALK), parts.texts
            )
            sends = WorkLane("talk", sender.claim, sender.send_all, SENDS_AT_ONCE)
            return [sends.run(parts.signals.hear(WAKE_TALK), stop)]
        case "bulk":
            sender = Sender(parts.sessions, parts.ring, parts.clock, channels, (Lane.BULK,), parts.texts)
            bulk = WorkLane("bulk", sender.claim, sender.send_all, BULK_AT_ONCE)
            return [bulk.run(asyncio.Event(), stop)]
        case _:
            at = (parts.sessions, parts.ring, channels.clients, parts.clock)
            # Two steps: LINE may take long to let us leave a group, and pictures do not wait for it.
            return [
                serve_batches(
                    "media", lambda: serve_media(*at, MEDIA_AT_ONCE), parts.signals.hear(WAKE_MEDIA), stop
                ),
                serve_batches("groups", lambda: serve_group_events(*at), asyncio.Event(), stop),
            ]


async def serve_batches(
    lane: str, serve: Callable[[], Awaitable[int]], ear: asyncio.Event, stop: asyncio.Event
) -> None:
    """Call `serve`, which returns how much it served, until `stop`; no error of a batch ends it."""
    while not stop.is_set():
        ear.clear()
        try:
            done = await serve()
        except Exception as error:
            if is_passing(error):
                log.warning("lane_waits_for_database", lane=lane)
                await first_of(stop, timeout_s=OUTAGE_PAUSE_S)
            else:
                log.exception("batch_failed", lane=lane)
                await first_of(stop, timeout_s=MEDIA_POLL_S)
            continue
        if not done:
            await first_of(ear, stop, timeout_s=MEDIA_POLL_S)


async def _send_due_cards(parts: Parts) -> int:
    """Held emergency cards hang on no scheduler: every worker looks for them, each goes out once."""
    return await send_due_cards(parts.sessions, parts.ring, parts.texts, parts.cities, parts.clock)


def _server(parts: Parts, channels: LineChannels, nlu: NluClient) -> Server:
    settings = parts.settings
    shop = open_shop(parts)
    if settings.is_real_channel and settings.run_drafts:
        log.warning("drafts_run_beside_a_real_channel")
    responder = Responder(
        texts=parts.texts,
        cities=parts.cities,
        protocols=load_protocols(settings.data_dir),
        actor=Actor(parts.texts, parts.cities, shop),
        runs_drafts=settings.runs_drafts,
        products=shop.catalogue,
    )
    screen = load_screen(settings.data_dir)
    return Server(parts.sessions, parts.ring, parts.clock, nlu, screen, responder, channels)
