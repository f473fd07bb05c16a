"""Run the worker process: serve events, send, fetch media, each in a work lane of its own."""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.app import (
    Runtime,
    aftercare_rounds,
    build_processor,
    due_answers,
    open_runtime,
    open_shop,
    stop_on_signals,
)
from bot.delivery.claims import SendClaim
from bot.delivery.line_channel import LineChannels, open_channels
from bot.delivery.send_off import AnswerSendOff
from bot.delivery.sender import Sender
from bot.inbound.processor import EventProcessor
from bot.line.groups import serve_group_events
from bot.line.media import serve_media
from bot.processes.lane import BACKSTOP_S, OUTAGE_PAUSE_S, WorkLane, first_of, is_passing
from bot.processes.metrics_page import private_metrics
from bot.processes.poller import Poller
from bot.triage.danger.ear import load_ear
from core.db.tables import Lane
from core.live import WAKE_INBOUND, WAKE_MEDIA, WAKE_TALK
from core.logging import get_logger
from core.settings import Settings
from core.understanding import NluClient

log = get_logger()

LANES = ("inbound", "talk", "bulk", "media")
# Concurrently in one process; two cores do no more at once, and a slow LINE must not delay the rest.
TURNS_AT_ONCE = 8
SENDS_AT_ONCE = 24
BULK_AT_ONCE = 8
MEDIA_AT_ONCE = 4
# Seconds to wait after a failed batch.
FAILURE_PAUSE_S = 1.0
POOL_SIZE = 20


async def run_worker(settings: Settings, lanes: Sequence[str]) -> None:
    """Serve `lanes` until SIGTERM; work in progress is finished within the grace time."""
    async with AsyncExitStack() as stack:
        runtime = await stack.enter_async_context(open_runtime(settings, pool_size=POOL_SIZE))
        channels = await stack.enter_async_context(open_channels(settings, runtime.channels, runtime.clock))
        session = await stack.enter_async_context(aiohttp.ClientSession(trust_env=False))
        nlu = NluClient(
            session,
            settings.rasa_url,
            settings.rasa_token.get_secret_value(),
            timeout_s=settings.rasa_timeout_s,
        )
        await stack.enter_async_context(private_metrics(settings))
        stop = stop_on_signals()
        poller = Poller(runtime.sessions, runtime.clock)
        talk = _talk_lane(runtime, channels) if "talk" in lanes else None
        steps = [step for lane in lanes for step in _steps(lane, runtime, channels, nlu, poller, talk, stop)]
        steps.append(poller.run(stop))
        log.info("worker_started", lanes=list(lanes))
        await _run(steps, runtime, stop, settings.shutdown_grace_s)
    log.info("worker_stopped")


async def _run(
    steps: Sequence[Coroutine[Any, Any, None]], runtime: Runtime, stop: asyncio.Event, grace_s: float
) -> None:
    """Run every step until `stop`, then give work in progress `grace_s` seconds."""
    async with asyncio.timeout(None) as deadline, asyncio.TaskGroup() as tasks:
        background = [
            tasks.create_task(runtime.signals.run()),
            tasks.create_task(runtime.signals.relay((WAKE_INBOUND, WAKE_TALK, WAKE_MEDIA))),
        ]
        working = [tasks.create_task(step) for step in steps]
        await stop.wait()
        deadline.reschedule(asyncio.get_running_loop().time() + grace_s)
        await asyncio.wait(working)
        for task in background:
            task.cancel()


@dataclass(frozen=True, slots=True)
class TalkLane:
    """The lane in which answers and emergency cards leave, and its sender."""

    sender: Sender
    sends: WorkLane[SendClaim]


def _talk_lane(runtime: Runtime, channels: LineChannels) -> TalkLane:
    lanes = (Lane.SAFETY, Lane.TALK)
    sender = Sender(runtime.sessions, runtime.ring, runtime.clock, channels, lanes, runtime.texts)
    return TalkLane(sender, WorkLane("talk", sender.claim, sender.send_all, SENDS_AT_ONCE))


def _steps(
    lane: str,
    runtime: Runtime,
    channels: LineChannels,
    nlu: NluClient,
    poller: Poller,
    talk: TalkLane | None,
    stop: asyncio.Event,
) -> list[Coroutine[Any, Any, None]]:
    match lane:
        case "inbound":
            # Where the talk lane runs here too, an answer leaves with its turn.
            send_off = AnswerSendOff(talk.sender, talk.sends) if talk else None
            processor = _processor(runtime, channels, nlu, send_off)
            turns = WorkLane("inbound", processor.claim, processor.serve, TURNS_AT_ONCE)
            # Apart from turns: an emergency must not wait behind a slow or broken turn of its own talk.
            screen = serve_batches("screen", processor.screen_overlooked, poller.wake_for("screen"), stop)
            due = due_answers(processor.responder, runtime.sessions, runtime.ring, runtime.clock)
            cards = serve_batches("cards", due.send, poller.wake_for("cards"), stop)
            after = aftercare_rounds(processor.responder, runtime.sessions, runtime.ring, runtime.clock)
            asked = serve_batches("aftercare", after.serve, poller.wake_for("aftercare"), stop)
            return [
                turns.run(poller.wake_for("inbound", runtime.signals.hear(WAKE_INBOUND)), stop),
                screen,
                cards,
                asked,
            ]
        case "talk":
            assert talk is not None
            return [talk.sends.run(poller.wake_for("talk", runtime.signals.hear(WAKE_TALK)), stop)]
        case "bulk":
            sender = Sender(
                runtime.sessions, runtime.ring, runtime.clock, channels, (Lane.BULK,), runtime.texts
            )
            bulk = WorkLane("bulk", sender.claim, sender.send_all, BULK_AT_ONCE)
            return [bulk.run(poller.wake_for("bulk"), stop)]
        case _:
            at = (runtime.sessions, runtime.ring, channels.clients, runtime.clock)
            # Two steps: LINE may take long to let us leave a group, and pictures must not wait for it.
            pictures = poller.wake_for("media", runtime.signals.hear(WAKE_MEDIA))
            return [
                serve_batches("media", lambda: serve_media(*at, MEDIA_AT_ONCE), pictures, stop),
                serve_batches("groups", lambda: serve_group_events(*at), poller.wake_for("groups"), stop),
            ]


async def serve_batches(
    lane: str, serve: Callable[[], Awaitable[int]], wake: asyncio.Event, stop: asyncio.Event
) -> None:
    """Call `serve`, which returns how much it served, until `stop`; an error in a batch does not end it."""
    while not stop.is_set():
        wake.clear()
        try:
            done = await serve()
        except Exception as error:
            if is_passing(error):
                log.warning("lane_waits_for_database", lane=lane)
                await first_of(stop, timeout_s=OUTAGE_PAUSE_S)
            else:
                log.exception("batch_failed", lane=lane)
                await first_of(stop, timeout_s=FAILURE_PAUSE_S)
            continue
        if not done:
            await first_of(wake, stop, timeout_s=BACKSTOP_S)


def _processor(
    runtime: Runtime, channels: LineChannels, nlu: NluClient, send_off: AnswerSendOff | None
) -> EventProcessor:
    settings = runtime.settings
    if settings.is_real_channel and settings.run_drafts:
        log.warning("drafts_run_beside_a_real_channel")
    ear = load_ear(settings.data_dir)
    # The content stays as long as the process: looking through it for garbage took 90 ms each time.
    gc.freeze()
    return build_processor(
        runtime.content,
        ear,
        runtime.sessions,
        runtime.ring,
        runtime.clock,
        nlu,
        open_shop(runtime),
        channels,
        runs_drafts=settings.runs_drafts,
        send_off=send_off,
    )
