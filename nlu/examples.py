"""Read labelled messages: texts with the expected intent and entities."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Dict, List, Optional

if TYPE_CHECKING:
    from rasa.shared.nlu.training_data.message import Message


class BadExamples(Exception):
    """The file of labelled messages is missing or broken; the message names path, line and reason."""


@dataclass(frozen=True)
class Example:
    """A message with the expected result; entities: kind -> the values expected, in any order."""

    text: str
    intent: Optional[str] = None
    entities: Optional[Dict[str, List[str]]] = None


def read_examples(file: Path) -> List[Example]:
    """Read lines `{"text", "intent"}` and/or `{"text", "entities": {kind: value or [values]}}`; blank lines are skipped.

    Raises:
        BadExamples: The file cannot be read, a line is no such object, or there is none.
    """
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise BadExamples(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadExamples(f"{file}: not UTF-8 (byte {error.start})") from error
    examples = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            examples.append(_example(json.loads(line)))
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            raise BadExamples(f"{file}:{number}: {_reason(error)}") from error
    if not examples:
        raise BadExamples(f"{file}: no examples")
    return examples


def from_training(message: "Message", synonyms: Dict[str, str]) -> Example:
    """Make an example of a training example; marked words are normalised as in the pipeline."""
    entities: Dict[str, List[str]] = {}
    for entity in message.get("entities", []):
        entities.setdefault(entity["entity"], []).append(synonyms.get(entity["value"], entity["value"]))
    return Example(message.get("text"), message.get("intent"), entities or None)


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


def _reason(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)
