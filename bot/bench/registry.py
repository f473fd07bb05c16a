"""Register the benchmarks by name, with their budgets; other tools know them by these names."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from bot.bench.environment import BenchEnvironment
from bot.bench.facilities import facilities_import, facilities_search
from bot.bench.inbox import inbox_live
from bot.bench.intake import webhook_intake, webhook_p99
from bot.bench.mixed_talk import talk_cost, talk_mix
from bot.bench.nlu import nlu_parse, nlu_train
from bot.bench.recovery import recovery_kill
from bot.bench.redflag import redflag_rasa_down
from bot.bench.result import BenchmarkResult, Measurement
from bot.bench.start import start_cold, start_warm
from bot.bench.talk import talk_latency, talk_sustained
from bot.bench.triage import triage_turn
from core.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Benchmark:
    """How a figure is measured, its unit, and its budget (design 6): the most it may be, or the least.

    `compares`: it can be compared with another release.
    """

    measure: Callable[[BenchEnvironment], Coroutine[Any, Any, Measurement]]
    unit: str
    budget: float
    is_least: bool = False
    compares: bool = False

    def judged(self, name: str, found: Measurement, **more: float) -> BenchmarkResult:
        """Return the result of a finding."""
        is_within = found.value >= self.budget if self.is_least else found.value <= self.budget
        return BenchmarkResult(
            name=name,
            value=found.value,
            unit=self.unit,
            baseline=found.baseline,
            budget=self.budget,
            ok=is_within and found.keeps,
            extra={**found.extra, **more},
        )

    def failed(self, name: str, why: str, **more: float) -> BenchmarkResult:
        """Return the result of a benchmark that failed."""
        return BenchmarkResult(
            name=name,
            value=None,
            unit=self.unit,
            baseline=None,
            budget=self.budget,
            ok=False,
            extra={"note": why, **more},
        )


BENCHMARKS: Mapping[str, Benchmark] = {
    "webhook.intake": Benchmark(webhook_intake, "1/s", 600.0, is_least=True),
    "webhook.p99": Benchmark(webhook_p99, "ms", 150.0),
    "talk.latency": Benchmark(talk_latency, "ms", 60.0),
    "talk.mix": Benchmark(talk_mix, "ms", 40.0, compares=True),
    "talk.cost": Benchmark(talk_cost, "ms", 15.0, compares=True),
    "talk.sustained": Benchmark(talk_sustained, "1/s", 50.0, is_least=True),
    "triage.turn": Benchmark(triage_turn, "ms", 5.0),
    "redflag.rasa_down": Benchmark(redflag_rasa_down, "ms", 1000.0),
    "recovery.kill": Benchmark(recovery_kill, "s", 15.0),
    "nlu.parse": Benchmark(nlu_parse, "ms", 8.0),
    "nlu.train": Benchmark(nlu_train, "s", 60.0),
    # Rows of the ministry's files: the whole nation within five minutes.
    "facilities.import": Benchmark(facilities_import, "1/s", 5000.0, is_least=True),
    "facilities.search": Benchmark(facilities_search, "ms", 10.0),
    "inbox.live": Benchmark(inbox_live, "ms", 300.0),
    "start.cold": Benchmark(start_cold, "s", 300.0),
    "start.warm": Benchmark(start_warm, "s", 12.0),
}


def chosen(only: list[str], *, against: bool = False) -> list[str]:
    """Return the names to measure, in the registry's order.

    All when none is asked for (of those that can be compared, `against` another release). Several names in
    one word, separated by commas or spaces, are accepted.

    Raises:
        ConfigurationError: there is no such benchmark, or it measures this release only.
    """
    wanted = {name for word in only for name in word.replace(",", " ").split()}
    if unknown := sorted(wanted - BENCHMARKS.keys()):
        raise ConfigurationError(
            f"no such benchmark: {', '.join(unknown)}; known are: {', '.join(BENCHMARKS)}"
        )
    able = [name for name, benchmark in BENCHMARKS.items() if benchmark.compares or not against]
    if wanted - set(able):
        raise ConfigurationError(f"--against is for {', '.join(able)}")
    return [name for name in able if not wanted or name in wanted]
