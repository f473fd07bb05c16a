"""Measure talk.mix and talk.cost: a realistic mix, how soon it is answered, and what it costs."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bot.bench import usage
from bot.bench.clinic import signed_in
from bot.bench.environment import BenchEnvironment
from bot.bench.full_installation import Whole, open_whole
from bot.bench.installation import open_installation
from bot.bench.load import Crowd, gathered
from bot.bench.process import CannotMeasure, Process
from bot.bench.result import Measurement
from bot.bench.start import TRAINED
from bot.bench.statistics import middle, quantile
from bot.bench.talk import RATE, RESIDENTS, Latency, latency_of
from bot.bench.talk import ROUND_S as TALK_ROUND_S
from bot.bench.town import BenchTown, Said, populated
from bot.bench.usage import Counted, Database
from bot.up import checks

WARM_UP_S, ROUND_S, ROUNDS = 15.0, 15.0, 3
COUNTED_S = 10.0  # seconds, with every statement in the log
IDLE_S = 30.0
SETTLE_S = 40.0
RASA_LIMIT_S = 300.0
CLINICIAN = "demo-nurse"
LONGEST_P95_MS = 80.0
MOST_COMMITS, MOST_IDLE_COMMITS = 6.0, 5.0


@dataclass(frozen=True, slots=True)
class Installation:
    """A running release and the residents who write to it."""

    whole: Whole
    town: BenchTown
    database: Database

    async def round(self, seconds: float = ROUND_S) -> list[Said]:
        """Talk for a while and wait until everything is served."""
        said = await self.town.talk(RATE, seconds)
        await self.town.settle(SETTLE_S)
        async with asyncio.timeout(SETTLE_S):
            while await self.database.waiting():  # noqa: ASYNC110 - another process's work has no event for us
                await asyncio.sleep(0.1)
        return said


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor time a message in one round, in all and by part (ms)."""

    ms: float
    by_part: dict[str, float]


@dataclass(frozen=True, slots=True)
class Work:
    """Commits and statements of the database a message, and those of a second without messages."""

    commits: float
    statements: float
    idle: Counted
    idle_ms: float


async def talk_mix(bench: BenchEnvironment) -> Measurement:
    """Talk in the mix at 20 messages a second, by turns with a handler that only echoes."""
    async with AsyncExitStack() as stack:
        ours, others, note = await _installations(stack, bench)
        if others is None:
            echo = await stack.enter_async_context(_echo(bench))
            rounds = [(_latency(await ours.round()), await echo.latency()) for _ in range(ROUNDS)]
        else:
            rounds = [(_latency(await ours.round()), _latency(await others.round())) for _ in range(ROUNDS)]
        shares = {f"share_{kind}": share for kind, share in ours.town.mix.shares().items()}
    found = middle([ours for ours, _ in rounds], by=lambda r: r.p50)
    base = middle([base for _, base in rounds], by=lambda r: r.p50)
    return Measurement(
        value=found.p50,
        baseline=base.p50,
        keeps=found.p95 <= LONGEST_P95_MS,
        extra={
            "p95": found.p95,
            "budget_p95": LONGEST_P95_MS,
            "baseline_p95": base.p95,
            "ratio_p95": found.p95 / base.p95,
            **shares,
            "note": note,
        },
    )


async def talk_cost(bench: BenchEnvironment) -> Measurement:
    """Measure the cost of one message of the mix, beside a handler that only echoes."""
    async with AsyncExitStack() as stack:
        ours, others, note = await _installations(stack, bench)
        if others is None:
            echo = await stack.enter_async_context(_echo(bench))
            rounds = [(await _cost(ours), await echo.cost()) for _ in range(ROUNDS)]
        else:
            rounds = [(await _cost(ours), (await _cost(others)).ms) for _ in range(ROUNDS)]
        work = await _work(ours)
        base = await _work(others) if others else None
    found = middle([ours for ours, _ in rounds], by=lambda cost: cost.ms)
    keeps = work.commits <= MOST_COMMITS and work.idle.commits <= MOST_IDLE_COMMITS
    extra = {**_told(work, ""), **(_told(base, "baseline_") if base else {})}
    budgets = {"budget_commits": MOST_COMMITS, "budget_idle_commits": MOST_IDLE_COMMITS}
    return Measurement(
        value=found.ms,
        baseline=median(base for _, base in rounds),
        keeps=keeps,
        extra={**extra, **budgets, **found.by_part, "note": note},
    )


def _told(work: Work, prefix: str) -> dict[str, float]:
    return {
        f"{prefix}commits": work.commits,
        f"{prefix}statements": work.statements,
        f"{prefix}idle_commits": work.idle.commits,
        f"{prefix}idle_rows": work.idle.rows,
        f"{prefix}idle_ms": work.idle_ms,
    }


async def _installations(
    stack: AsyncExitStack, bench: BenchEnvironment
) -> tuple[Installation, Installation | None, str]:
    """Start this release and the one to compare with, if any; both have served for a while."""
    if refused := _missing(bench):
        raise CannotMeasure(refused)
    ours = await _installed(stack, bench, None)
    others = await _installed(stack, bench, bench.against) if bench.against else None
    return ours, others, f"baseline: {bench.against.name if bench.against else 'a handler that echoes'}"


def _missing(bench: BenchEnvironment) -> str:
    if why := checks.understanding():
        return why
    return "" if any((bench.state_dir / "models").glob("*.tar.gz")) else "no trained model (helpo nlu train)"


async def _installed(stack: AsyncExitStack, bench: BenchEnvironment, release: Path | None) -> Installation:
    state_dir = bench.scratch / ("mix" if release is None else "against")
    shutil.rmtree(state_dir, ignore_errors=True)
    models = (release / "var" if release else bench.state_dir) / "models"
    if models.exists():
        shutil.copytree(models, state_dir / "models")
    log = state_dir.with_suffix(".log")
    log.unlink(missing_ok=True)
    whole = await stack.enter_async_context(open_whole(bench, state_dir, release))
    await whole.ready()
    await whole.process.says(TRAINED, RASA_LIMIT_S)
    clinician = await stack.enter_async_context(signed_in(whole.public, whole.login(CLINICIAN)))
    town = await stack.enter_async_context(populated(whole.http, whole.simulator, clinician.work))
    measured = Installation(whole, town, Database(whole))
    await measured.round(WARM_UP_S)
    return measured


def _latency(said: Sequence[Said]) -> Latency:
    took = [one.took_ms for one in said if one.took_ms is not None]
    return Latency(quantile(took, 0.5), quantile(took, 0.95))


async def _cost(at: Installation) -> Cost:
    before = usage.processor_ms(at.whole)
    messages = len(await at.round())
    used = {part: ms / messages for part, ms in usage.used_since(at.whole, before).items()}
    return Cost(usage.own_ms(used), {f"{part}_ms": ms for part, ms in used.items()})


async def _work(at: Installation) -> Work:
    """Count commits and statements: a silence, messages, then a silence until the counters are up to date.

    On a machine that cannot keep up both come out too low, because idle processes then query less often.
    """
    await asyncio.sleep(usage.TELLS_WITHIN_S)
    before, used = await at.database.counted(), usage.processor_ms(at.whole)
    await asyncio.sleep(IDLE_S)
    silent = await at.database.counted()
    idle = silent.since(before).a_second(IDLE_S)
    idle_ms = usage.own_ms(usage.used_since(at.whole, used)) / IDLE_S
    loop = asyncio.get_running_loop()
    began = loop.time()
    messages = len(await at.round())
    await asyncio.sleep(usage.TELLS_WITHIN_S)
    talked = (await at.database.counted()).since(silent)
    commits = (talked.commits - idle.commits * (loop.time() - began)) / messages
    return Work(commits, await _statements(at), idle, idle_ms)


async def _statements(at: Installation) -> float:
    """Count statements a message from the log, in a round of its own because logging takes time.

    The statements of the same time without messages are subtracted.
    """
    loop = asyncio.get_running_loop()
    begin = await at.database.log_statements(on=True)
    began = loop.time()
    messages = len(await at.round(COUNTED_S))
    took = loop.time() - began
    between = at.database.log_length()
    await asyncio.sleep(took)
    end = await at.database.log_statements(on=False)
    idle = at.database.statements(between, end)
    return (at.database.statements(begin, between) - idle) / messages


@dataclass(frozen=True, slots=True)
class Echo:
    """A handler that answers each event with its own words, and residents who write to it."""

    process: Process
    crowd: Crowd

    async def latency(self) -> Latency:
        """Talk for a while; return the latency."""
        return await latency_of(self.crowd)

    async def cost(self) -> float:
        """Talk for a while; return milliseconds of processor time a message."""
        before = usage.ticks_ms(self.process.pid)
        await latency_of(self.crowd)
        return (usage.ticks_ms(self.process.pid) - before) / (RATE * TALK_ROUND_S)


@asynccontextmanager
async def _echo(bench: BenchEnvironment) -> AsyncIterator[Echo]:
    async with open_installation(bench) as installation:
        await installation.start_simulator()
        process = await installation.start_bare()
        async with gathered(installation.http, installation.simulator, RESIDENTS) as crowd:
            yield Echo(process, crowd)
