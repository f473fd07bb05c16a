"""Read labelled messages: texts with the expected intent and entities."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Dict, List, Optional, Tuple

if TYPE_CHECKING:
    from rasa.shared.nlu.training_data.message import Message


# Rasa takes [word](kind) and {…} for marks of entities.
_MARKS = str.maketrans({"[": "（", "]": "）", "{": "（", "}": "）"})


class BadExamples(Exception):
    """The file of labelled messages is missing or broken; the message names path, line and reason."""


@dataclass(frozen=True)
class Example:
    """A message with the expected result; entities: kind -> the values expected, in any order; who speaks how."""

    text: str
    intent: Optional[str] = None
    entities: Optional[Dict[str, List[str]]] = None
    voice: str = ""


def read_examples(file: Path, split: str = "") -> List[Example]:
    """Read lines `{"text", "intent"}` and/or `{"text", "entities": {kind: value or [values]}}`; blank lines are skipped.

    With `split`, only lines whose `split` it is. A line may also have a `voice`.

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
            found = json.loads(line)
            example = _example(found)
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            raise BadExamples(f"{file}:{number}: {_reason(error)}") from error
        if not split or found.get("split") == split:
            examples.append(example)
    if not examples:
        raise BadExamples(f"{file}: no examples" + (f" of the split '{split}'" if split else ""))
    return examples


def training_folder(root: Path, workplace: Path) -> Path:
    """Gather the training data in one folder: the files of `data/nlu`, and the cases of the split `train`.

    Raises:
        BadExamples: A case is broken; says which and why.
    """
    folder = workplace / "training"
    shutil.copytree(root / "data" / "nlu", folder, ignore=shutil.ignore_patterns("*.md"))
    (folder / "cases.yml").write_text(_as_training(case_intents(root)), encoding="utf-8")
    return folder


def case_intents(root: Path, split: str = "train") -> "List[Tuple[str, str]]":
    """Return (text, intent) of the labelled cases of one split, in the order of the file.

    Raises:
        BadExamples: A line is no case; says which and why.
    """
    file = root / "data" / "cases" / "intents.jsonl"
    found = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            case = json.loads(line)
            if case["split"] == split:
                found.append((str(case["text"]), str(case["intent"])))
        except (ValueError, TypeError, KeyError) as error:
            raise BadExamples(f"{file}:{number}: {_reason(error)}") from error
    return found


def _as_training(cases: "List[Tuple[str, str]]") -> str:
    """Write cases as Rasa reads them: a message a line, without the signs that mark entities."""
    by_intent: Dict[str, List[str]] = {}
    for text, intent in cases:
        line = " ".join(text.translate(_MARKS).split())
        by_intent.setdefault(intent, []).append(f"- {line}")
    blocks = [{"intent": intent, "examples": "\n".join(lines) + "\n"} for intent, lines in by_intent.items()]
    return json.dumps({"version": "3.1", "nlu": blocks}, ensure_ascii=False)


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
    return Example(text, intent, entities, str(line.get("voice", "")))


def _reason(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)
