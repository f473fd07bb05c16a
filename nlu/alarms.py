"""Ask for the alarm of each message: of the model as it is served, or of heads that have not learnt from its author."""

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any, Dict, Iterator, List, Sequence

from nlu import model
from nlu.examples import BadExamples, training_folder

Alarm = Dict[str, Any]
MAX_CHARACTERS = 1000  # as the application sends


def read_texts(file: Path) -> List[Dict[str, str]]:
    """Read lines `{"text"}`, with `author` if there is one; blank lines are skipped.

    Raises:
        BadExamples: The file cannot be read, or a line is no such object.
    """
    try:
        lines = file.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise BadExamples(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadExamples(f"{file}: not UTF-8 (byte {error.start})") from error
    found = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            case = json.loads(line)
        except ValueError as error:
            raise BadExamples(f"{file}:{number}: {error}") from error
        if not isinstance(case, dict) or not isinstance(case.get("text"), str):
            raise BadExamples(f'{file}:{number}: expected an object like {{"text": "…"}}')
        found.append({"text": case["text"], "author": str(case.get("author", ""))})
    return found


def served_alarms(archive: Path, texts: Sequence[str]) -> Iterator[Alarm]:
    """Yield what the model in `archive` answers as `alarm` to each text; an empty one to a blank text."""
    from rasa.core.agent import Agent

    from nlu.quiet import hush

    hush()
    agent = Agent.load(str(archive))
    for text in texts:
        words = text.lstrip("/／ \u3000\r\n\t")[:MAX_CHARACTERS]
        parsed = asyncio.run(agent.parse_message(words)) if words.strip() else {}
        yield parsed.get("alarm", {})


def strangers_alarms(cases: Sequence[Dict[str, str]]) -> Iterator[Alarm]:
    """Yield the alarm of each case by a head that has learnt from everybody but its author.

    Takes a training of the head for each author.
    """
    from rasa.shared.nlu.training_data.loading import load_data

    from nlu.components.alarm_head import AlarmHead
    from nlu.components.alarm_judge import AlarmFeatures, AlarmJudge
    from nlu.components.alarm_lessons import featurised, lessons_of_cases, lessons_of_intents
    from nlu.quiet import hush

    hush()
    settings = AlarmHead.get_default_config()
    with tempfile.TemporaryDirectory() as gathered:
        folder = training_folder(model.ROOT, Path(gathered))
        first, *others = [load_data(str(file)) for file in sorted(folder.glob("*.yml"))]
    known = first.merge(*others).intent_examples
    examples = featurised([one.get("text") for one in known])
    for one, example in zip(known, examples, strict=True):
        example.set("intent", one.get("intent"))
    lessons = [*lessons_of_cases(), *lessons_of_intents(examples)]
    messages = featurised([case["text"][:MAX_CHARACTERS] for case in cases])
    found: Dict[int, Alarm] = {}
    for author in sorted({case["author"] for case in cases}):
        learnt = [lesson for lesson in lessons if not author or lesson.author != author]
        features = AlarmFeatures.fit([lesson.message for lesson in learnt], settings["min_messages"])
        rows = features.rows([lesson.message for lesson in learnt])
        judge = AlarmJudge.fit(features, rows, learnt, settings)
        for place, case in enumerate(cases):
            if case["author"] == author and case["text"].strip():
                category, confidence = judge.judge(features.weigh(messages[place]))
                found[place] = {"category": category, "confidence": confidence}
    for place in range(len(cases)):
        yield found.get(place, {})
