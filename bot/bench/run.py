"""Run benchmarks one after the other; print a table and write a file of lines."""

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path

import typer

from bot.bench.environment import BenchEnvironment, open_house, scratch_folder
from bot.bench.registry import BENCHMARKS, chosen
from bot.bench.result import BenchmarkResult, load_average
from core.errors import ConfigurationError, ServiceError
from core.logging import configure_logging

PYTHON = Path(".venv", "bin", "python")
COLUMNS = "{:<18} {:>9} {:<4} {:>9} {:>7} {:>8}  {}"
HEADER = COLUMNS.format("name", "value", "unit", "baseline", "ratio", "budget", "ok")


def run_bench(only: list[str], json_file: Path, against: Path | None = None) -> None:
    """Measure what `only` names (everything if empty); print a table and write a JSON object a line.

    Needs no running HELPO: it starts what it measures and ends it. Call it from the main thread.
    `against`: the folder of another release with an environment in `.venv`, measured by turns with this one;
    its figures are the baselines.

    Raises:
        ConfigurationError: there is no benchmark of that name, or no release in that folder.
    """
    names = chosen(only, against=against is not None)
    if against and not (against / PYTHON).exists():
        raise ConfigurationError(f"{against}: no {PYTHON} there; install that release first")
    # Logs of this process must not appear between the lines of the table.
    configure_logging("bench", "WARNING")
    json_file.parent.mkdir(parents=True, exist_ok=True)
    typer.echo(HEADER)
    with (
        scratch_folder() as scratch,
        open_house(os.environ, scratch, against and against.resolve()) as bench,
        json_file.open("w") as file,
    ):
        for result in _measured(names, bench):
            typer.echo(row(result))
            file.write(json.dumps(result.line(), ensure_ascii=False) + "\n")
            file.flush()


def _measured(names: list[str], bench: BenchEnvironment) -> Iterator[BenchmarkResult]:
    for name in names:
        benchmark = BENCHMARKS[name]
        load = load_average()
        try:
            found = asyncio.run(benchmark.measure(bench))
        except* (ServiceError, OSError, TimeoutError) as failures:
            yield benchmark.failed(name, _told(failures), load=load)
        else:
            yield benchmark.judged(name, found, load=load)


def _told(error: BaseException) -> str:
    """Return the first cause in words."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"


def row(result: BenchmarkResult) -> str:
    """Return the line of the table."""
    line = result.line()
    known = {"name", "value", "unit", "baseline", "ratio", "budget", "ok"}
    cells = [_cell(line[key]) for key in ("value", "unit", "baseline", "ratio", "budget")]
    more = "  ".join(f"{key}={_cell(found)}" for key, found in line.items() if key not in known)
    return COLUMNS.format(result.name, *cells, "yes" if result.ok else "NO") + (
        f"\n    {more}" if more else ""
    )


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:g}" if isinstance(value, float) else str(value)
