"""Say what is heard of danger in a file of messages: by the rules alone, or as the talk hears, with the alarm head."""

import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from bot.triage.danger.alarm_threshold import load_alarm_threshold
from bot.triage.danger.danger_screen import Danger
from bot.triage.danger.ear import NOTHING_HEARD, HeardDangers, load_ear
from bot.triage.danger.hearing import hear, heard_by
from core.errors import ContentError
from core.understanding import Alarm


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the file: its text, and what else stands there (label, kind, voice, author, split)."""

    text: str
    labels: dict[str, str]


@dataclass(frozen=True, slots=True)
class HeardLine:
    """A line with what rules and alarm head together heard, and whether the head would ask without the rules."""

    line: Line
    heard: HeardDangers
    is_alarmed: bool = False

    @property
    def danger(self) -> Danger | None:
        """The danger that the talk would act on."""
        return self.heard.card or self.heard.worry

    @property
    def by(self) -> Literal["screen", "alarm"] | None:
        """Who heard it."""
        return heard_by(self.danger) if self.danger else None


def read_lines(file: Path, split: str = "") -> list[Line]:
    """Read JSON lines `{"text"}`; blank lines are skipped. With `split`, only lines whose `split` it is.

    Raises:
        ContentError: the file cannot be read, or a line is no object with a `text`; says where and why.
    """
    try:
        source = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ContentError(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ContentError(f"{file}: not UTF-8 (byte {error.start})") from error
    lines = [
        _line(line, f"{file}:{number}") for number, line in enumerate(source.split("\n"), 1) if line.strip()
    ]
    return [line for line in lines if not split or line.labels.get("split") == split]


def _line(line: str, place: str) -> Line:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise ContentError(f"{place}: is no JSON: {error}") from error
    text = found.get("text") if isinstance(found, dict) else None
    if not isinstance(text, str):
        raise ContentError(f'{place}: expected an object like {{"text": "…"}}')
    labels = {name: value for name, value in found.items() if name != "text" and isinstance(value, str)}
    return Line(text, labels)


def screen_lines(lines: Sequence[Line], data_dir: Path) -> Iterator[dict[str, Any]]:
    """Yield `{"text", "red_flag", "category"}` of each line: what brings a card; the category null without one."""
    ear = load_ear(data_dir)
    for line in lines:
        card = ear(line.text).card
        yield {"text": line.text, "red_flag": card is not None, "category": card.category if card else None}


def hear_lines(lines: Sequence[Line], alarms: Sequence[Alarm | None], data_dir: Path) -> Iterator[HeardLine]:
    """Yield what is heard in each line by the rules and its alarm, as in the talk."""
    ear, threshold = load_ear(data_dir), load_alarm_threshold(data_dir)
    for line, alarm in zip(lines, alarms, strict=True):
        alone = hear(NOTHING_HEARD, alarm, threshold)
        yield HeardLine(line, hear(ear(line.text), alarm, threshold), alone != NOTHING_HEARD)


def as_json(one: HeardLine) -> dict[str, Any]:
    """Return `{"text", "card", "question", "category", "by"}`; category and by null where nothing was heard."""
    return {
        "text": one.line.text,
        "card": one.heard.card is not None,
        "question": one.heard.card is None and one.heard.worry is not None,
        "category": one.danger.category if one.danger else None,
        "by": one.by,
    }


class NoAlarms(Exception):
    """The alarm head could not be asked; the message says why."""


def no_alarms(count: int) -> list[Alarm | None]:
    """Return no alarm for each of `count` messages."""
    return [None] * count


def ask_alarms(python: Path, lines: Sequence[Line], *, are_strangers: bool = False) -> list[Alarm | None]:
    """Return the alarm of each line, asked in Rasa's environment.

    Of strangers: by heads that have not learnt from the line's author, one trained for each.

    Raises:
        NoAlarms: there is no such environment or no model, or it failed.
    """
    if not python.exists():
        raise NoAlarms(f"{python} is missing; run 'make setup' in the project's folder")
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".jsonl") as file:
        for line in lines:
            file.write(json.dumps({"text": line.text, "author": line.labels.get("author", "")}) + "\n")
        file.flush()
        command = [str(python), "-m", "nlu", "alarm", file.name, *(["--strangers"] if are_strangers else [])]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    if done.returncode:
        raise NoAlarms(
            done.stderr.strip().rpartition("\n")[2] or f"python -m nlu ended with {done.returncode}"
        )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if len(answers) != len(lines):
        raise NoAlarms(f"python -m nlu answered {len(answers)} of {len(lines)} messages")
    return [Alarm(one["category"], one["confidence"]) if one else None for one in answers]
