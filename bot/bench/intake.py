"""Measure webhook.intake and webhook.p99: how much comes in, and how soon LINE has its 200."""

from dataclasses import dataclass

from bot.bench.environment import BenchEnvironment
from bot.bench.installation import BenchInstallation, open_installation
from bot.bench.process import CannotMeasure
from bot.bench.raw_http import flood, pour
from bot.bench.result import Measurement
from bot.bench.statistics import middle, quantile
from bot.bench.understanding import understood
from bot.bench.webhooks import line_users, post, webhook

RESIDENTS = 300
CONCURRENCY = 32
ROUND = 1500  # requests
ROUNDS = 5
LEAST_RATIO = 0.75

RATE = 200.0
POUR_S = 8.0
POURS = 3
CONNECTIONS = 64
LONGEST_ALONE_MS = 20.0


@dataclass(frozen=True, slots=True)
class Round:
    """Requests a second of the intake and of the bare handler, one right after the other."""

    intake: float
    bare: float

    @property
    def ratio(self) -> float:
        """The intake's rate as a multiple of the bare handler's."""
        return self.intake / self.bare


async def webhook_intake(bench: BenchEnvironment) -> Measurement:
    """Flood the intake and the bare handler by turns."""
    async with open_installation(bench) as installation:
        bare = installation.beside()
        await installation.start_intake()
        await bare.start_bare()
        users = line_users(RESIDENTS)
        await flood(installation.port, _webhooks(installation, users, RESIDENTS), CONCURRENCY)
        await flood(bare.port, _inserts(bare, installation, users, RESIDENTS), CONCURRENCY)
        rounds = [await _round(installation, bare, users, number % 2 == 0) for number in range(ROUNDS)]
        _check_stored(installation, RESIDENTS + ROUND * ROUNDS)
    found = middle(rounds, by=lambda r: r.ratio)
    return Measurement(
        value=found.intake,
        baseline=found.bare,
        keeps=found.ratio >= LEAST_RATIO,
        extra={"budget_ratio": LEAST_RATIO, "best": max(r.intake for r in rounds), "note": "fsync on"},
    )


async def _round(
    installation: BenchInstallation,
    bare: BenchInstallation,
    users: list[str],
    intake_first: bool,  # noqa: FBT001
) -> Round:
    webhooks, inserts = _webhooks(installation, users, ROUND), _inserts(bare, installation, users, ROUND)
    if intake_first:
        intake = await flood(installation.port, webhooks, CONCURRENCY)
        return Round(intake, await flood(bare.port, inserts, CONCURRENCY))
    floor = await flood(bare.port, inserts, CONCURRENCY)
    return Round(await flood(installation.port, webhooks, CONCURRENCY), floor)


def _webhooks(installation: BenchInstallation, users: list[str], count: int) -> list[bytes]:
    return [
        webhook(installation.port, installation.channel_secret, users[n % len(users)]) for n in range(count)
    ]


def _inserts(
    bare: BenchInstallation, installation: BenchInstallation, users: list[str], count: int
) -> list[bytes]:
    """Return requests for inserts with as many bytes as webhooks have."""
    bodies = (request.partition(b"\r\n\r\n")[2] for request in _webhooks(installation, users, count))
    return [post(bare.port, "/insert", body) for body in bodies]


def _check_stored(installation: BenchInstallation, expected: int) -> None:
    stored = installation.count("select count(*) from line_event")
    if stored != expected:
        raise CannotMeasure(f"{expected} webhooks were answered 200, {stored} events are stored")


async def webhook_p99(bench: BenchEnvironment) -> Measurement:
    """Send webhooks at 200/s: to the intake alone, then with all other processes working on them."""
    async with open_installation(bench) as installation:
        await installation.start_intake()
        users = line_users(RESIDENTS)
        await flood(installation.port, _webhooks(installation, users, RESIDENTS), CONCURRENCY)
        alone = [await _p99(installation, users) for _ in range(POURS)]
        line = installation.beside()
        await line.start_bare()
        working = installation.pointed(LINE_API_URL=line.public, LINE_DATA_URL=line.public)
        async with understood(working) as (served, note):
            await served.start_pages()
            await served.start_scheduler()
            await served.start_worker()
            together = [await _p99(installation, users) for _ in range(POURS)]
        _check_stored(installation, RESIDENTS + int(RATE * POUR_S) * 2 * POURS)
    value, baseline = middle(together, by=float), middle(alone, by=float)
    return Measurement(
        value=value,
        baseline=baseline,
        keeps=baseline <= LONGEST_ALONE_MS,
        extra={"budget_baseline": LONGEST_ALONE_MS, "note": f"baseline: intake alone; {note}"},
    )


async def _p99(installation: BenchInstallation, users: list[str]) -> float:
    took = await pour(
        installation.port, _webhooks(installation, users, int(RATE * POUR_S)), RATE, CONNECTIONS
    )
    return quantile(took, 0.99) * 1000
