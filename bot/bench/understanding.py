"""Run Rasa for an installation: the real one where it is installed and trained; else it is refused and reported."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.bench.installation import WORK_NICENESS, BenchInstallation
from bot.bench.ports import free_bind
from bot.bench.process import CannotMeasure, Process
from bot.up import checks

READY_S = 120.0


@asynccontextmanager
async def understood(installation: BenchInstallation) -> AsyncIterator[tuple[BenchInstallation, str]]:
    """Give the installation with a running Rasa and a remark on it; without a model the installation as it is."""
    why = missing(installation)
    if why:
        yield installation, f"understanding refused: {why}"
        return
    pointed, rasa = start_rasa(installation)
    try:
        await served(pointed, rasa)
    except CannotMeasure as error:
        await rasa.stop()
        yield installation, f"understanding refused: {error}"
        return
    try:
        yield pointed, "with Rasa"
    finally:
        await rasa.stop()


def start_rasa(installation: BenchInstallation) -> tuple[BenchInstallation, Process]:
    """Start Rasa on the project's own model; return the installation that points to it, and the process."""
    pointed = installation.pointed(RASA_URL=f"http://{free_bind()}")
    model = pointed.pointed(HELPO_STATE_DIR=str(installation.bench.state_dir.resolve()))
    return pointed, model.start(model.part("rasa", "nlu", "serve", niceness=WORK_NICENESS))


async def served(pointed: BenchInstallation, rasa: Process) -> None:
    """Wait until Rasa answers.

    Raises:
        CannotMeasure: it ended, or takes too long.
    """
    url = f"{pointed.environment['RASA_URL']}/status?token={pointed.environment['RASA_TOKEN']}"
    await rasa.answers(pointed.http, url, READY_S)


def missing(installation: BenchInstallation) -> str:
    """Return why Rasa is missing here; empty when it is not."""
    if checks.understanding():
        return "Rasa is not installed"
    trained = any((installation.bench.state_dir / "models").glob("*.tar.gz"))
    return "" if trained else "no trained model (helpo nlu train)"
