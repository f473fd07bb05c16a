"""Measure how well messages are understood: on labelled ones, or by cross-validation over training data."""

import asyncio
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, Iterable, List

from nlu import model
from nlu.examples import Example, from_training, training_folder
from nlu.scoring import Reading, report

if TYPE_CHECKING:
    from rasa.core.agent import Agent

FOLDS = 5


def evaluate(archive: Path, examples: Iterable[Example]) -> Dict[str, Any]:
    """Parse each example with the model in `archive` and count; the result can be written as JSON."""
    return report(_read(archive, list(examples)))


def evaluate_pipeline(pipeline: Path, examples: Iterable[Example]) -> Dict[str, Any]:
    """Train another pipeline (`nlu/pipelines/*.yml`) on the same data, and evaluate it; its model is thrown away."""
    with tempfile.TemporaryDirectory() as workplace:
        folder = training_folder(model.ROOT, Path(workplace))
        return evaluate(model.fit(folder, Path(workplace), pipeline), examples)


def cross_validate() -> Dict[str, Any]:
    """Train on four fifths of the training data and parse the rest, five times; one result over all of it.

    Each fold has its share of every intent. Takes about five trainings.
    """
    from rasa.nlu.test import generate_folds
    from rasa.shared.nlu.training_data.loading import load_data

    with tempfile.TemporaryDirectory() as gathered:
        folder = training_folder(model.ROOT, Path(gathered))
        first, *others = [load_data(str(file)) for file in sorted(folder.glob("*.yml"))]
    data = first.merge(*others)
    readings: List[Reading] = []
    for train, test in generate_folds(FOLDS, data):
        with tempfile.TemporaryDirectory() as workplace:
            examples = Path(workplace) / "examples.yml"
            examples.write_text(train.nlu_as_yaml(), encoding="utf-8")
            archive = model.fit(examples, Path(workplace))
            readings += _read(
                archive, [from_training(message, data.entity_synonyms) for message in test.intent_examples]
            )
    return report(readings)


def _read(archive: Path, examples: List[Example]) -> List[Reading]:
    from rasa.core.agent import Agent

    from nlu.quiet import hush

    hush()
    agent = Agent.load(str(archive))

    async def read_all() -> List[Reading]:
        await agent.parse_message("こんにちは")  # loads dictionary and vectors
        return [await _read_one(agent, example) for example in examples]

    return asyncio.run(read_all())


async def _read_one(agent: "Agent", example: Example) -> Reading:
    started = time.perf_counter()
    parsed = await agent.parse_message(example.text)
    took_ms = (time.perf_counter() - started) * 1000
    entities: Dict[str, List[str]] = {}
    for entity in parsed["entities"]:
        values = entities.setdefault(entity["entity"], [])
        if entity["value"] not in values:
            values.append(entity["value"])
    intent = parsed["intent"]
    return Reading(example, intent["name"], float(intent["confidence"]), entities, took_ms)
