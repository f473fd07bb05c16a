"""Measure redflag.rasa_down: how soon the 119 card is there while Rasa hangs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from bot.bench.environment import BenchEnvironment
from bot.bench.installation import REFUSED, open_installation
from bot.bench.load import Crowd, gathered
from bot.bench.ports import free_bind, port_of
from bot.bench.process import CannotMeasure
from bot.bench.result import Measurement
from bot.bench.statistics import quantile

ALARM = "父が息をしていません"
# Other residents write meanwhile: their turns wait for Rasa and must not delay the alarms.
ORDINARY = "ちょっと教えてほしいことがあります"
RESIDENTS = 40
ALARM_RATE, ORDINARY_RATE, SECONDS = 4.0, 5.0, 20.0
SETTLE_S = 30.0
# Alarms do not ask Rasa, so the measurement starts with the first turns that hang.
WARM_UP_S = 3.0


async def redflag_rasa_down(bench: BenchEnvironment) -> Measurement:
    """Raise alarms with Rasa hanging, then with Rasa refused at once."""
    refused = await _p95(bench, REFUSED)
    async with _hanging() as url:
        hanging = await _p95(bench, url)
    return Measurement(
        value=hanging,
        baseline=refused,
        extra={"note": f"p95 of {int(ALARM_RATE * SECONDS)} alarms among {ORDINARY_RATE:g}/s other messages"},
    )


async def _p95(bench: BenchEnvironment, rasa_url: str) -> float:
    async with AsyncExitStack() as stack:
        installation = await stack.enter_async_context(open_installation(bench, RASA_URL=rasa_url))
        await installation.start_simulator()
        await installation.start_intake()
        await installation.start_worker()
        alarmed, others = [
            await stack.enter_async_context(gathered(installation.http, installation.simulator, RESIDENTS))
            for _ in range(2)
        ]
        await alarmed.talk(lambda _: ALARM, ALARM_RATE, WARM_UP_S)
        await alarmed.settle(SETTLE_S)
        alarmed.forget()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(others.talk(lambda _: ORDINARY, ORDINARY_RATE, SECONDS))
            tasks.create_task(alarmed.talk(lambda _: ALARM, ALARM_RATE, SECONDS))
        await alarmed.settle(SETTLE_S)
        return _worst(alarmed)


def _worst(crowd: Crowd) -> float:
    exchanges = list(crowd.exchanges())
    if not all(e.answer and "119" in e.answer[0] for e in exchanges):
        raise CannotMeasure("an alarm was not answered with the 119 card")
    return quantile([e.took_s * 1000 for e in exchanges if e.took_s is not None], 0.95)


@asynccontextmanager
async def _hanging() -> AsyncIterator[str]:
    """Give the address of a server that accepts every connection and never answers."""
    writers: list[asyncio.StreamWriter] = []

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        while await reader.read(65536):
            pass
        writer.close()

    bind = free_bind()
    server = await asyncio.start_server(hang, "127.0.0.1", port_of(bind))
    try:
        yield f"http://{bind}"
    finally:
        server.close()
        for writer in writers:
            writer.close()
