"""How well messages are understood: on a file of labelled messages, or by cross-validation over the training data."""

import asyncio
import json
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Optional

from nlu import model

if TYPE_CHECKING:
    from rasa.core.agent import Agent
    from rasa.shared.nlu.training_data.message import Message

FOLDS = 5


class BadExamples(Exception):
    """The file of labelled messages is broken; the message names line and reason."""


@dataclass(frozen=True)
class Example:
    """A message with what it should be understood as; entities: kind -> the values expected, in any order."""

    text: str
    intent: Optional[str] = None
    entities: Optional[Dict[str, List[str]]] = None


@dataclass
class Reading:
    """What the model made of an example."""

    example: Example
    intent: Optional[str]
    confidence: float
    entities: Dict[str, List[str]] = field(default_factory=dict)
    took_ms: float = 0.0


def read_examples(file: Path) -> List[Example]:
    """Read lines `{"text", "intent"}` and/or `{"text", "entities": {kind: value or [values]}}`; blank lines are skipped.

    Raises:
        BadExamples: A line is no such object, or there is none.
    """
    examples = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            examples.append(_example(json.loads(line)))
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            raise BadExamples(f"{file}:{number}: {error}") from error
    if not examples:
        raise BadExamples(f"{file}: no examples")
    return examples


def evaluate(archive: Path, examples: Iterable[Example]) -> Dict[str, Any]:
    """Parse each example with the model in `archive` and count; the result is ready for JSON."""
    return report(_read(archive, list(examples)))


def cross_validate() -> Dict[str, Any]:
    """Train on four fifths of the training data and read the rest, five times; one result over all of it."""
    from rasa.nlu.test import generate_folds
    from rasa.shared.nlu.training_data.loading import load_data

    files = sorted((model.ROOT / "data" / "nlu").glob("*.yml"))
    first, *others = [load_data(str(file)) for file in files]
    data = first.merge(*others)
    readings: List[Reading] = []
    for train, test in generate_folds(FOLDS, data):
        with tempfile.TemporaryDirectory() as workplace:
            examples = Path(workplace) / "examples.yml"
            examples.write_text(train.nlu_as_yaml(), encoding="utf-8")
            archive = model.fit(examples, Path(workplace))
            readings += _read(
                archive, [_from_training(message, data.entity_synonyms) for message in test.intent_examples]
            )
    return report(readings)


def report(readings: List[Reading]) -> Dict[str, Any]:
    """Count: accuracy over messages with an intent, F1 averaged over expected intents, entities by message and kind."""
    labelled = [reading for reading in readings if reading.example.intent is not None]
    per_intent = _per_intent(labelled)
    slots = [(reading, kind) for reading in readings for kind in reading.example.entities or {}]
    right = [slot for slot in slots if _values_agree(*slot)]
    durations = sorted(reading.took_ms for reading in readings)
    return {
        "n": len(readings),
        "accuracy": _share(
            sum(reading.intent == reading.example.intent for reading in labelled), len(labelled)
        ),
        "macro_f1": _share(sum(intent["f1"] for intent in per_intent.values()), len(per_intent)),
        "per_intent": per_intent,
        "entity_accuracy": _share(len(right), len(slots)),
        "parse_ms_p50": round(_quantile(durations, 0.5), 2),
        "parse_ms_p95": round(_quantile(durations, 0.95), 2),
        "errors": [_intent_error(reading) for reading in labelled if reading.intent != reading.example.intent]
        + [_entity_error(reading, kind) for reading, kind in slots if not _values_agree(reading, kind)],
    }


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


def _example(line: object) -> Example:
    if not isinstance(line, dict):
        raise TypeError("not an object")
    text = line["text"]
    intent = line.get("intent")
    entities = line.get("entities")
    if not isinstance(text, str) or not (intent is None or isinstance(intent, str)):
        raise TypeError("`text` and `intent` must be strings")
    if intent is None and entities is None:
        raise TypeError("neither `intent` nor `entities`")
    if entities is not None:
        entities = {
            str(kind): [str(value) for value in (values if isinstance(values, list) else [values])]
            for kind, values in entities.items()
        }
    return Example(text, intent, entities)


def _from_training(message: "Message", synonyms: Dict[str, str]) -> Example:
    entities: Dict[str, List[str]] = {}
    for entity in message.get("entities", []):
        entities.setdefault(entity["entity"], []).append(synonyms.get(entity["value"], entity["value"]))
    return Example(message.get("text"), message.get("intent"), entities or None)


def _per_intent(labelled: List[Reading]) -> Dict[str, Dict[str, float]]:
    counted = {}
    for intent in sorted({reading.example.intent or "" for reading in labelled}):
        expected = sum(reading.example.intent == intent for reading in labelled)
        answered = sum(reading.intent == intent for reading in labelled)
        hits = sum(reading.intent == intent == reading.example.intent for reading in labelled)
        counted[intent] = {
            "precision": _share(hits, answered) or 0.0,
            "recall": _share(hits, expected) or 0.0,
            "f1": _share(2 * hits, expected + answered) or 0.0,
            "n": expected,
        }
    return counted


def _values_agree(reading: Reading, kind: str) -> bool:
    return set((reading.example.entities or {})[kind]) == set(reading.entities.get(kind, []))


def _intent_error(reading: Reading) -> Dict[str, Any]:
    return {
        "text": reading.example.text,
        "expected": reading.example.intent,
        "got": reading.intent,
        "confidence": round(reading.confidence, 3),
    }


def _entity_error(reading: Reading, kind: str) -> Dict[str, Any]:
    return {
        "text": reading.example.text,
        "entity": kind,
        "expected": (reading.example.entities or {})[kind],
        "got": reading.entities.get(kind, []),
    }


def _share(part: float, whole: float) -> Optional[float]:
    return round(part / whole, 4) if whole else None


def _quantile(ascending: List[float], share: float) -> float:
    return ascending[min(int(len(ascending) * share), len(ascending) - 1)] if ascending else 0.0
