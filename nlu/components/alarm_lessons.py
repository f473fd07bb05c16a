"""Gather what the alarm head learns from: the labelled cases, and the examples of the intents."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Sequence

from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from nlu.components.sentence_encoder import SentenceEncoder
from nlu.components.sudachi_tokenizer import SudachiTokenizer

CASES = Path(__file__).resolve().parent.parent.parent / "data" / "cases"
FILES = ("danger.jsonl", "strangers.jsonl")
LEARNT = "train"  # the split
EMERGENCY = "emergency"
NO_DANGER = ""
# Nobody labelled these examples for danger, and some of them would deserve a question.
_MAY_BE_ILL = frozenset(
    {
        "consult_symptom",
        "consult_medicine",
        "consult_mental_health",
        "consult_pregnancy_childcare",
        "consult_womens_mens_health",
        "infection_support",
        "report_condition",
    }
)
_UNSURE = 0.1
# Worrying signs are few, and between them and no danger in words of danger (denied, past, a mere case, a figure of
# speech, another's) it is decided; red ones are heard anyway. Chosen by authors left out: docs/nlu.md.
_WEIGHTS = {"red": 1.0, "ask": 3.0, "everyday": 2.0, "near miss": 3.0}


@dataclass(frozen=True)
class Lesson:
    """A message with its danger (`NO_DANGER`, or `EMERGENCY` where nobody said which), its weight and its author."""

    message: Message
    category: str
    weight: float = 1.0
    author: str = ""


def lessons_of_cases() -> List[Lesson]:
    """Return the cases of the split `train`, featurised."""
    found = []
    for name in FILES:
        lines = (CASES / name).read_text(encoding="utf-8").splitlines()
        cases = [json.loads(line) for line in lines if line.strip()]
        learnt = [case for case in cases if case["split"] == LEARNT]
        for case, message in zip(learnt, featurised([case["text"] for case in learnt]), strict=True):
            category = case["category"] if case["label"] != "none" else NO_DANGER
            found.append(Lesson(message, category, _WEIGHTS[_sort(case)], case["author"]))
    return found


def lessons_of_intents(examples: Sequence[Message]) -> List[Lesson]:
    """Return the examples of the intents: no dangers, except those of `emergency`."""
    return [
        Lesson(message, EMERGENCY)
        if message.get(INTENT) == EMERGENCY
        else Lesson(message, NO_DANGER, _UNSURE if message.get(INTENT) in _MAY_BE_ILL else 1.0)
        for message in examples
    ]


def _sort(case: Dict[str, str]) -> str:
    if case["label"] != "none":
        return case["label"]
    return "everyday" if case["kind"] == "everyday" else "near miss"


def featurised(texts: Sequence[str]) -> List[Message]:
    """Return texts as messages with the features of the pipeline."""
    messages = [Message(data={TEXT: text}) for text in texts]
    tokenizer = SudachiTokenizer(SudachiTokenizer.get_default_config())
    encoder = SentenceEncoder("encoder", SentenceEncoder.get_default_config())
    return encoder.process(tokenizer.process(messages))
