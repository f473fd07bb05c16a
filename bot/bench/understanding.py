"""Rasa for a stage: the real one where it is installed and trained, else refused, and said so."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.bench.ports import free_bind
from bot.bench.process import CannotMeasure
from bot.bench.stage import WORK_NICENESS, Stage
from bot.up import checks

READY_S = 120.0


@asynccontextmanager
async def understood(stage: Stage) -> AsyncIterator[tuple[Stage, str]]:
    """Give the stage with a running Rasa and a word on it; without a model the stage as it is."""
    why = _missing(stage)
    if why:
        yield stage, f"understanding refused: {why}"
        return
    url = f"http://{free_bind()}"
    pointed = stage.pointed(RASA_URL=url)
    model = pointed.pointed(HELPO_STATE_DIR=str(stage.house.state_dir.resolve()))
    rasa = model.start(model.part("rasa", "nlu", "serve", niceness=WORK_NICENESS))
    try:
        await rasa.answers(stage.http, f"{url}/status?token={stage.environment['RASA_TOKEN']}", READY_S)
    except CannotMeasure as error:
        await rasa.stop()
        yield stage, f"understanding refused: {error}"
        return
    try:
        yield pointed, "with Rasa"
    finally:
        await rasa.stop()


def _missing(stage: Stage) -> str:
    if checks.understanding():
        return "Rasa is not installed"
    trained = any((stage.house.state_dir / "models").glob("*.tar.gz"))
    return "" if trained else "no trained model (helpo nlu train)"
