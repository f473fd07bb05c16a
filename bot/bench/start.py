"""Measure start.cold and start.warm: from `helpo up` to the first page, with both environments installed."""

import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.bench.environment import BenchEnvironment
from bot.bench.full_installation import Whole, open_whole
from bot.bench.installation import REFUSED, open_installation
from bot.bench.process import CannotMeasure
from bot.bench.result import Extra, Measurement
from bot.bench.statistics import middle
from bot.up import checks
from bot.up.test_servers import servers

RASA_LIMIT_S = 120.0
LONGEST_RASA_S = 45.0
ROUNDS = 3
TRAINED = "ことばの理解（Rasa）　"


async def start_cold(bench: BenchEnvironment) -> Measurement:
    """Start on a state folder that does not exist; the baseline makes and starts empty servers."""
    began = time.monotonic()
    with servers(bench.scratch / "lone", fsync=True):
        floor = time.monotonic() - began
    async with _whole(bench, bench.scratch / "cold", understands=False) as whole:
        page = await whole.first_page()
    note = "environments installed before; with installs and training: README; baseline: empty servers alone"
    return Measurement(value=page, baseline=floor, extra={"note": note})


async def start_warm(bench: BenchEnvironment) -> Measurement:
    """Start on a used state folder; the baseline starts one bare handler."""
    floors = [await _bare(bench) for _ in range(ROUNDS)]
    state_dir = bench.scratch / "warm"
    async with _whole(bench, state_dir, understands=False) as whole:
        await whole.first_page()
        await whole.ready()
    pages = [await _page(bench, state_dir) for _ in range(ROUNDS)]
    rasa, note = await _rasa(bench, state_dir)
    extra: dict[str, Extra] = {"rasa_ready": rasa, "budget_rasa": LONGEST_RASA_S, "note": note}
    keeps = rasa is None or rasa <= LONGEST_RASA_S
    return Measurement(
        value=middle(pages, by=float), baseline=middle(floors, by=float), keeps=keeps, extra=extra
    )


async def _page(bench: BenchEnvironment, state_dir: Path) -> float:
    async with _whole(bench, state_dir, understands=False) as whole:
        page = await whole.first_page()
        await whole.ready()
    return page


async def _rasa(bench: BenchEnvironment, state_dir: Path) -> tuple[float | None, str]:
    """Return seconds until Rasa answers too, and a remark when that was not measured."""
    trained = bench.state_dir / "models"
    if checks.understanding() or not any(trained.glob("*.tar.gz")):
        return None, "baseline: a bare handler; Rasa not measured: not installed or not trained"
    shutil.copytree(trained, state_dir / "models", dirs_exist_ok=True)
    async with _whole(bench, state_dir, understands=True) as whole:
        try:
            await whole.process.says(TRAINED, RASA_LIMIT_S)
        except CannotMeasure:
            return None, "baseline: a bare handler; Rasa did not come up in time"
        return time.monotonic() - whole.started_at, "baseline: a bare handler"


@asynccontextmanager
async def _whole(bench: BenchEnvironment, state_dir: Path, *, understands: bool) -> AsyncIterator[Whole]:
    environment = {} if understands else {"RASA_URL": REFUSED, "RASA_TOKEN": "nobody"}
    state_dir.with_suffix(".log").unlink(missing_ok=True)
    async with open_whole(bench, state_dir, **environment) as whole:
        yield whole


async def _bare(bench: BenchEnvironment) -> float:
    async with open_installation(bench) as installation:
        began = time.monotonic()
        await installation.start_bare()
        return time.monotonic() - began
