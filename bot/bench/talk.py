"""Measure talk.latency and talk.sustained: from a resident's words to the answer on the phone."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from bot.bench.environment import BenchEnvironment
from bot.bench.installation import BenchInstallation, open_installation
from bot.bench.load import Crowd, gathered
from bot.bench.process import CannotMeasure
from bot.bench.result import Measurement
from bot.bench.statistics import middle, quantile
from bot.bench.understanding import understood

RESIDENTS = 50
# Two kinds by turns, to find answers in the wrong order: the second kind is recognised without Rasa.
WORDS = ("こんにちは", "最初から")
SETTLE_S = 20.0

RATE, ROUND_S, ROUNDS = 20.0, 8.0, 3
LONGEST_P95_MS = 150.0

STEPS = (20, 30, 40, 50, 60, 80, 100)  # messages a second
BARE_STEPS = (100, 150, 200)
STEP_S = 8.0
TRIES = 2  # because the machine has other work
# The backlog must not grow: at a step's end at most the messages of this time are unanswered.
BACKLOG_S = 0.5


@dataclass(frozen=True, slots=True)
class Latency:
    """The latency of one round, in milliseconds."""

    p50: float
    p95: float


def words(number: int) -> str:
    """Return the words of message `number`: each resident alternates."""
    return WORDS[(number // RESIDENTS) % len(WORDS)]


async def talk_latency(bench: BenchEnvironment) -> Measurement:
    """Talk at 20 messages a second, by turns with a handler that only echoes."""
    async with _talking(bench) as (helpo, bare, note):
        rounds: list[tuple[Latency, Latency]] = []
        for _ in range(ROUNDS):
            floor = await latency_of(bare)
            rounds.append((await latency_of(helpo), floor))
    found, floor = middle(rounds, by=lambda r: r[0].p50)
    return Measurement(
        value=found.p50,
        baseline=floor.p50,
        keeps=found.p95 <= LONGEST_P95_MS,
        extra={"p95": found.p95, "budget_p95": LONGEST_P95_MS, "baseline_p95": floor.p95, "note": note},
    )


async def talk_sustained(bench: BenchEnvironment) -> Measurement:
    """Talk faster and faster until a message is lost, out of order, or left behind."""
    async with _talking(bench) as (helpo, bare, note):
        highest, why = await _climb(helpo, STEPS)
        floor, _ = await _climb(bare, BARE_STEPS)
    return Measurement(value=highest, baseline=floor, extra={"note": f"{why}; {note}"})


@asynccontextmanager
async def _talking(bench: BenchEnvironment) -> AsyncIterator[tuple[Crowd, Crowd, str]]:
    """Give residents who talk with HELPO, and others whose words are only echoed; all known already."""
    async with AsyncExitStack() as stack:
        installation = await stack.enter_async_context(open_installation(bench))
        await installation.start_simulator()
        await installation.start_intake()
        served, note = await stack.enter_async_context(understood(installation))
        await served.start_worker()
        echo = installation.beside()
        await echo.start_simulator()
        await echo.start_bare()
        crowds = [await _crowd(stack, place) for place in (installation, echo)]
        for crowd in crowds:
            await crowd.talk(words, rate=RATE, seconds=2 * RESIDENTS / RATE)
            await _settled(crowd)
        yield crowds[0], crowds[1], note


async def _crowd(stack: AsyncExitStack, installation: BenchInstallation) -> Crowd:
    return await stack.enter_async_context(gathered(installation.http, installation.simulator, RESIDENTS))


async def _settled(crowd: Crowd) -> None:
    await crowd.settle(SETTLE_S)
    if crowd.unanswered:
        raise CannotMeasure(f"{crowd.unanswered} messages are not answered")
    crowd.forget()


async def latency_of(crowd: Crowd) -> Latency:
    """Talk for a round; return its latency.

    Raises:
        CannotMeasure: a message is not answered.
    """
    await crowd.talk(words, RATE, ROUND_S)
    await crowd.settle(SETTLE_S)
    if lost := crowd.unanswered:
        raise CannotMeasure(f"{lost} messages are not answered")
    took = [e.took_s * 1000 for e in crowd.exchanges() if e.took_s is not None]
    crowd.forget()
    return Latency(quantile(took, 0.5), quantile(took, 0.95))


async def _climb(crowd: Crowd, steps: tuple[int, ...]) -> tuple[float, str]:
    """Return the highest rate that holds, and what happened at the next."""
    highest = 0.0
    for rate in steps:
        trouble = ""
        for _ in range(TRIES):
            trouble = await _trouble(crowd, rate)
            if not trouble:
                break
        if trouble:
            return highest, f"at {rate}/s: {trouble}"
        highest = float(rate)
    return highest, "every step held"


async def _trouble(crowd: Crowd, rate: float) -> str:
    """Talk at a rate; return what went wrong."""
    await crowd.talk(words, rate, STEP_S)
    behind = crowd.unanswered
    await crowd.settle(SETTLE_S)
    exchanges, lost = list(crowd.exchanges()), crowd.lost
    crowd.forget()
    if lost:
        raise CannotMeasure(f"{lost} messages were lost at {rate}/s")
    # Words that come while others of the same resident wait are answered with them.
    if together := sum(e.answer is None for e in exchanges):
        return f"{together} answered together with the next"
    if wrong := disordered([(e.text, e.answer) for e in exchanges]):
        raise CannotMeasure(f"{wrong} answers came in the wrong order at {rate}/s")
    return f"{behind} behind at the end" if behind > max(rate * BACKLOG_S, 5) else ""


def disordered(exchanges: Sequence[tuple[str | None, tuple[str, ...] | None]]) -> int:
    """Count answers that do not belong to the words in their place, and answers without words.

    The second kind of words has an answer of its own, known by its first message.
    """
    marks = Counter(answer[0] for text, answer in exchanges if text == WORDS[1] and answer)
    mark = marks.most_common(1)[0][0] if marks else None
    return sum(
        text is None or (text == WORDS[1]) != (answer is not None and answer[0] == mark)
        for text, answer in exchanges
    )
