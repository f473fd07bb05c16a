"""Test that residents read the same words and find the same buttons as in the recorded release."""

import os

import pytest

from core.crypto import KeyRing
from core.municipalities import Municipality
from core.settings import Settings
from core.texts import Texts
from tests.harness.in_process import Town
from tests.harness.transcripts import (
    RECORDS,
    Archive,
    Dialogue,
    MovableClock,
    RecordedMeanings,
    TranscriptStage,
    differences,
    furnish,
    rasa_server,
)

ARCHIVE = Archive.read()
CHUNKS = ARCHIVE.chunks()
ASKED: set[str] = set()
# A third of all is played with the ordinary tests, the rest where minutes are.
ORDINARY = 3


@pytest.fixture
async def stage(
    town: Town,
    clock: MovableClock,
    ring: KeyRing,
    texts: Texts,
    cities: dict[str, Municipality],
    settings: Settings,
) -> TranscriptStage:
    await furnish(town, cities, settings)
    return TranscriptStage(town, clock, RecordedMeanings(ARCHIVE.meanings), ring, texts)


def _marks(number: int) -> list[pytest.MarkDecorator]:
    return [pytest.mark.slow] if number % ORDINARY else []


@pytest.mark.parametrize("number", [pytest.param(n, marks=_marks(n)) for n in range(len(CHUNKS))])
@pytest.mark.timeout(300)
async def test_every_dialogue_is_answered_word_for_word_as_before(
    stage: TranscriptStage, number: int
) -> None:
    if RECORDS in os.environ:
        await record(stage, number)
        pytest.skip("recorded anew")
    found: list[str] = []
    for dialogue in CHUNKS[number]:
        try:
            found += differences(dialogue, await stage.play(dialogue))
        except AssertionError as error:
            found.append(f"{dialogue.name}: {error}")
    found += [f"Rasa was asked what nobody recorded: {text[:200]}" for text in stage.meanings.unknown]
    assert not found, f"{len(found)} differences\n\n" + "\n\n".join(found)


async def record(stage: TranscriptStage, number: int) -> None:
    failed: list[tuple[Dialogue, AssertionError]] = []
    async with rasa_server() as stage.meanings.rasa:
        for dialogue in CHUNKS[number]:
            try:
                dialogue.steps = await stage.play(dialogue, adapts=True)
            except (AssertionError, IndexError) as error:
                failed.append((dialogue, AssertionError(error)))
    ASKED.update(stage.meanings.asked)
    if number == len(CHUNKS) - 1:
        ARCHIVE.meanings = {text: found for text, found in ARCHIVE.meanings.items() if text in ASKED}
    ARCHIVE.write()
    assert not failed, "\n".join(f"{dialogue.name}: {error}" for dialogue, error in failed)
