"""Measure nlu.parse and nlu.train: how soon a message is parsed, and how long training takes."""

import asyncio
import re
import time
from collections.abc import Sequence
from pathlib import Path

import yaml

from bot.bench.environment import BenchEnvironment
from bot.bench.installation import BenchInstallation, open_installation
from bot.bench.process import CannotMeasure, Process
from bot.bench.result import Measurement
from bot.bench.statistics import quantile
from bot.bench.understanding import missing, served, start_rasa
from bot.up import checks

DATA = Path("data/nlu")
EVERY = 20  # one message in twenty of the training data
WARM_UP = 50
# Requests at once, as many as the worker sends (core.understanding).
CONCURRENCY = 4
LONGEST_P95_MS, LEAST_RATE, MOST_MEMORY_MIB = 15.0, 100.0, 1024.0
TRAINING_LIMIT_S = 600.0
_MARK = re.compile(r"\[([^\[\]]+)\]\([a-z_]+\)")


async def nlu_parse(bench: BenchEnvironment) -> Measurement:
    """Parse messages one by one, then several at once; the baseline is the same server's version page."""
    messages = sample(DATA)
    async with open_installation(bench) as installation:
        if why := missing(installation):
            raise CannotMeasure(why)
        pointed, rasa = start_rasa(installation)  # the end of the installation ends it
        await served(pointed, rasa)
        await _parse(pointed, messages[:WARM_UP])
        bare = await _bare(pointed, len(messages))
        alone = await _parse(pointed, messages)
        rate = await _rate(pointed, messages)
        memory = _memory_mib(rasa)
    p95 = quantile(alone, 0.95)
    return Measurement(
        value=quantile(alone, 0.5),
        baseline=quantile(bare, 0.5),
        keeps=p95 <= LONGEST_P95_MS and rate >= LEAST_RATE and memory <= MOST_MEMORY_MIB,
        extra={
            "p95": p95,
            "budget_p95": LONGEST_P95_MS,
            "rate": rate,
            "budget_rate": LEAST_RATE,
            "memory_mib": memory,
            "note": f"{len(messages)} messages over HTTP; baseline: GET /version of the same server",
        },
    )


async def nlu_train(bench: BenchEnvironment) -> Measurement:
    """Train from nothing; the baseline is the same command when there is nothing to do."""
    if checks.understanding():
        raise CannotMeasure("Rasa is not installed")
    state_dir = bench.scratch / "training"
    async with open_installation(bench, HELPO_STATE_DIR=str(state_dir)) as installation:
        trained, idle = [await _train(installation) for _ in range(2)]
    note = "whole command, no model before; baseline: the same command with nothing to do"
    return Measurement(value=trained, baseline=idle, extra={"note": note})


def sample(data: Path) -> list[str]:
    """Return one in `EVERY` of the training messages, without entity marks."""
    messages: list[str] = []
    for file in sorted(data.glob("*.yml")):
        for block in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]:
            if "intent" in block:
                messages += [
                    _MARK.sub(r"\1", line.removeprefix("- ")) for line in block["examples"].splitlines()
                ]
    return messages[::EVERY]


async def _parse(installation: BenchInstallation, messages: Sequence[str]) -> list[float]:
    """Return how long each took, in ms."""
    return [await _one(installation, message) for message in messages]


async def _one(installation: BenchInstallation, message: str) -> float:
    url = f"{installation.environment['RASA_URL']}/model/parse"
    token = {"token": installation.environment["RASA_TOKEN"]}
    began = time.perf_counter()
    async with installation.http.post(
        url, params=token, json={"text": message}, raise_for_status=True
    ) as answer:
        await answer.json()
    return (time.perf_counter() - began) * 1000


async def _bare(installation: BenchInstallation, times: int) -> list[float]:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        async with installation.http.get(f"{installation.environment['RASA_URL']}/version") as answer:
            await answer.read()
        took.append((time.perf_counter() - began) * 1000)
    return took


async def _rate(installation: BenchInstallation, messages: Sequence[str]) -> float:
    """Return messages a second, several at once."""
    waiting = iter(messages)

    async def ask() -> None:
        for message in waiting:
            await _one(installation, message)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(CONCURRENCY):
            tasks.create_task(ask())
    return len(messages) / (time.perf_counter() - began)


async def _train(installation: BenchInstallation) -> float:
    began = time.monotonic()
    process = installation.start(installation.part("train", "nlu", "train"))
    await process.ends(TRAINING_LIMIT_S)
    return time.monotonic() - began


def _memory_mib(process: Process) -> float:
    """Return the resident memory of the server."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024
