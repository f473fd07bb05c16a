"""Count how many messages were understood as expected."""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional

from nlu.examples import Example

_UNITS = {"": 1.0, "%": 1.0, "h": 1.0, "d": 24.0, "w": 168.0}
_SHOWN = 8


@dataclass
class Reading:
    """The model's result for an example."""

    example: Example
    intent: Optional[str]
    confidence: float
    entities: Dict[str, List[str]] = field(default_factory=dict)
    took_ms: float = 0.0


def report(readings: List[Reading]) -> Dict[str, Any]:
    """Count the results as one JSON object.

    Accuracy over messages with an intent, F1 averaged over expected intents, entities by message and kind. Where
    messages have a voice, also by voice.
    """
    voices = sorted({reading.example.voice for reading in readings} - {""})
    by_voice = {
        voice: _accuracies([reading for reading in readings if reading.example.voice == voice])
        for voice in voices
    }
    return {**_overall(readings), **({"per_voice": by_voice} if voices else {})}


def _accuracies(readings: List[Reading]) -> Dict[str, Any]:
    found = _overall(readings)
    return {name: found[name] for name in ("n", "accuracy", "entity_accuracy")}


def _overall(readings: List[Reading]) -> Dict[str, Any]:
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


def summary(result: Dict[str, Any]) -> str:
    """Return a report as a few lines: the figures, the worst intents, and which intents are confused."""
    shares = "   ".join(
        f"{name} {_percent(result[key])}"
        for name, key in (("accuracy", "accuracy"), ("macro F1", "macro_f1"), ("entities", "entity_accuracy"))
    )
    lines = [
        f"messages {result['n']}   {shares}",
        f"parse p50 {result['parse_ms_p50']} ms   p95 {result['parse_ms_p95']} ms",
    ]
    lines += [
        f"  voice {voice}: messages {of['n']:4}  accuracy {_percent(of['accuracy'])}  entities {_percent(of['entity_accuracy'])}"
        for voice, of in result.get("per_voice", {}).items()
    ]
    worst = sorted(result["per_intent"].items(), key=lambda intent: intent[1]["f1"])[:_SHOWN]
    lines += ["worst intents:"] + [
        f"  {name:28} F1 {_percent(of['f1'])}  precision {_percent(of['precision'])}"
        f"  recall {_percent(of['recall'])}  of {of['n']}"
        for name, of in worst
    ]
    confused = Counter(
        (error["expected"], error["got"]) for error in result["errors"] if "entity" not in error
    )
    lines += ["most confused:"] + [
        f"  {count:4}  {expected} taken for {got}" for (expected, got), count in confused.most_common(_SHOWN)
    ]
    return "\n".join(lines)


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
    expected, got = (reading.example.entities or {})[kind], reading.entities.get(kind, [])
    return {_measure(value) for value in expected} == {_measure(value) for value in got}


def _measure(value: str) -> object:
    """Return equal values in one form: 38 and 38.0, 97% and 97, 24h and 1d, 1w and 7d."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([%hdw]?)", value)
    if match is None:
        return value
    number, unit = match.groups()
    return float(number) * _UNITS[unit], unit in {"h", "d", "w"}


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


def _percent(share: Optional[float]) -> str:
    return "-" if share is None else f"{share:.1%}"


def _share(part: float, whole: float) -> Optional[float]:
    return round(part / whole, 4) if whole else None


def _quantile(ascending: List[float], share: float) -> float:
    return ascending[min(int(len(ascending) * share), len(ascending) - 1)] if ascending else 0.0
