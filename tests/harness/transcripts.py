"""Record and replay talks, word for word, to compare a rebuild with the recorded release.

`tests/fixtures/transcripts.json` holds dialogues, the answers of the release that recorded them, and what Rasa said of
every text and clause that was asked about: a replay needs no Rasa. A step is one of

    {"says": text}  {"taps": label}  {"taps": label, "of": step}  {"sends": act}  {"unsends": step}
    {"waits_s": seconds}  {"rasa": "away" or "back"}  {"staff": "claims"}

A label that is a number is the place of a button below the newest message; recording writes its words instead.
`of` names the step whose message carries the button (else the newest that shows it), `sends` is an act of the
simulator's phone. `python -m tests.harness.transcripts --record` plays the steps and writes the answers anew; it needs a
running Rasa server (RASA_URL, RASA_TOKEN) for words that the file does not know.
"""

import difflib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import aiohttp
from sqlalchemy import select

from core.crypto import KeyRing
from core.db.tables import Conversation, Profession, Resident
from core.municipalities import Municipality
from core.settings import Settings
from core.talk import lock_talk
from core.texts import Texts
from core.understanding import Entity, NluClient, NluUnavailable, Understanding
from facilities.importer import import_files
from handoff.service_clinician import claim
from handoff.service_resident import open_thread_of
from shop.importer import import_shops
from tests.harness.in_process import ScriptedResident, Town
from tests.harness.people import make_staff

FILE = Path(__file__).parents[1] / "fixtures" / "transcripts.json"
RECORDS = "HELPO_RECORD_TRANSCRIPTS"
AT_ONCE = 20
# Answers to questions that a new release asks in place of those that were recorded.
_REFERS = {"of", "unsends"}
USUAL = ("全部あてはまる", "16〜39歳", "1〜5歳", "自分", "どれもない", "はかっていない", "わからない")
# A long message takes the parser its time; nobody waits here.
PATIENCE_S = 60.0

Step = dict[str, Any]


class MovableClock(Protocol):
    """The tests' clock."""

    now: datetime

    def __call__(self) -> datetime: ...

    def advance(self, **amount: float) -> datetime: ...


@dataclass
class Dialogue:
    """What one resident does from a moment on; each step holds what was `heard` and the `labels` to tap."""

    name: str
    at: datetime
    steps: list[Step]
    city: str = "iwaki"


@dataclass
class Archive:
    """The file: dialogues, and what Rasa says of each text."""

    release: str = ""
    meanings: dict[str, Understanding] = field(default_factory=dict)
    dialogues: list[Dialogue] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path = FILE) -> "Archive":
        value = json.loads(path.read_text(encoding="utf-8"))
        meanings = {
            text: Understanding(intent, confidence, tuple(Entity(*fields) for fields in entities))
            for text, (intent, confidence, entities) in value["meanings"].items()
        }
        dialogues = [Dialogue(**{**d, "at": datetime.fromisoformat(d["at"])}) for d in value["dialogues"]]
        return cls(value["release"], meanings, dialogues)

    def write(self, path: Path = FILE) -> None:
        """Write one line for each text and each step, so that changes can be reviewed."""
        meanings = ",\n".join(
            f"{_line(text)}:{_line([m.intent, m.confidence, [[e.kind, e.value, e.text] for e in m.entities]])}"
            for text, m in sorted(self.meanings.items())
        )
        dialogues = ",\n".join(
            f'{{"name":{_line(d.name)},"at":{_line(d.at.isoformat())},"city":{_line(d.city)},"steps":[\n'
            + ",\n".join(_line(step) for step in d.steps)
            + "\n]}"
            for d in self.dialogues
        )
        path.write_text(
            f'{{"release":{_line(self.release)},"meanings":{{\n{meanings}\n}},"dialogues":[\n{dialogues}\n]}}\n',
            encoding="utf-8",
        )

    def chunks(self) -> list[list[Dialogue]]:
        """Return the dialogues in groups for one town each; its clock only goes forward."""
        ordered = sorted(self.dialogues, key=lambda dialogue: dialogue.at)
        return [ordered[first : first + AT_ONCE] for first in range(0, len(ordered), AT_ONCE)]


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@dataclass
class RecordedMeanings:
    """Rasa as it was recorded; while recording, a server is asked for what is not known yet."""

    known: dict[str, Understanding]
    rasa: NluClient | None = None
    is_down: bool = False
    asked: set[str] = field(default_factory=set)
    unknown: list[str] = field(default_factory=list)

    async def understand(self, text: str) -> Understanding:
        if self.is_down:
            raise NluUnavailable("down")
        self.asked.add(text)
        if text not in self.known:
            if self.rasa is None:
                self.unknown.append(text)
                raise NluUnavailable("not recorded")
            self.known[text] = await self.rasa.understand(text)
        return self.known[text]


@asynccontextmanager
async def rasa_server() -> AsyncIterator[NluClient]:
    """Connect to the server that RASA_URL and RASA_TOKEN name."""
    async with aiohttp.ClientSession() as http:
        yield NluClient(http, os.environ["RASA_URL"], os.environ["RASA_TOKEN"], timeout_s=PATIENCE_S)


async def furnish(town: Town, cities: Mapping[str, Municipality], settings: Settings) -> None:
    """Bring the sample's facilities and shops into the town."""
    for city in cities.values():
        await import_files(town.sessions, [settings.data_dir / "facilities/sample"], city, town.clock)
    for name in ("iwaki", "demo-kitahama"):
        path = settings.data_dir / "shop/sample" / f"{name}.csv"
        await import_shops(town.sessions, path, cities[name], town.clock)


@dataclass
class TranscriptStage:
    """A town in which dialogues are played one after the other."""

    town: Town
    clock: MovableClock
    meanings: RecordedMeanings
    ring: KeyRing
    texts: Texts

    def __post_init__(self) -> None:
        self.town.meanings.understand = self.meanings.understand  # type: ignore[method-assign]

    async def enter(self, dialogue: Dialogue) -> ScriptedResident:
        """Let the dialogue's resident become a friend of the account at its moment."""
        self.clock.now = max(self.clock.now, dialogue.at)
        self.meanings.is_down = False
        return await self.town.resident(dialogue.city)

    async def play(self, dialogue: Dialogue, *, adapts: bool = False) -> list[Step]:
        """Do the dialogue's steps; returns them with what is heard now.

        `adapts`: where a button is not there any more, the usual answer to the question that stands there is tapped, or
        the dialogue ends there.
        """
        resident = await self.enter(dialogue)
        told: list[dict[str, Any]] = []
        played: list[Step] = []
        for act in dialogue.steps:
            try:
                step = _worded(act, resident.labels)
                heard = await self.do(resident, step, told)
            except (AssertionError, IndexError):
                usual = next((label for label in USUAL if label in resident.labels), "")
                if not adapts or "taps" not in act or "of" in act or not usual:
                    if adapts and played:
                        return played
                    raise
                step = {"taps": usual}
                heard = await self.do(resident, step, told)
                # Steps that name others by their number stay where they are.
                if act["taps"] in resident.labels and not any(
                    _REFERS & step.keys() for step in dialogue.steps
                ):
                    played.append({**step, "heard": heard, "labels": list(resident.labels)})
                    step = act
                    heard = await self.do(resident, step, told)
            played.append({**_act_of(step), "heard": heard, "labels": list(resident.labels)})
        return played

    async def do(self, resident: ScriptedResident, step: Step, told: list[dict[str, Any]]) -> str:
        """Do one step and return all words that come; `told` collects each step's messages."""
        done: dict[str, Any] = {}
        if "says" in step:
            done = await resident.does(type="text", text=step["says"])
        elif "sends" in step:
            done = await resident.does(**step["sends"])
        elif "taps" in step:
            done = await _tapped(resident, step, told)
        elif "unsends" in step:
            done = await resident.does(type="unsend", message_id=told[step["unsends"]]["message_id"])
        elif "waits_s" in step:
            self.clock.advance(seconds=step["waits_s"])
        elif "rasa" in step:
            self.meanings.is_down = step["rasa"] == "away"
        elif step.get("staff") == "claims":
            await self._claimed(resident)
        else:
            raise ValueError(f"no such step: {step}")
        await self.town.settle()
        messages = await resident.hears()
        told.append(
            {
                "message_id": done.get("message_id"),
                "seqs": [m["seq"] for m in messages],
                "actions": [action for m in messages for action in m["actions"]],
            }
        )
        return "\n".join(m["text"] for m in messages)

    async def _claimed(self, resident: ScriptedResident) -> None:
        staff = await make_staff(
            self.town.sessions, self.ring, self.clock, f"staff-{resident.user_id}", tuple(Profession)
        )
        async with self.town.sessions.begin() as session:
            talk = await lock_talk(session, self.ring, await self.talk_of(resident))
            thread = await open_thread_of(session, talk.conversation.id, lock=True)
            assert thread is not None, "nobody waits"
            await claim(talk, thread, staff, self.clock(), texts=self.texts)

    async def talk_of(self, resident: ScriptedResident) -> Any:
        """Return the id of the resident's talk."""
        found = (
            select(Conversation.id)
            .join(Resident, Resident.id == Conversation.resident_id)
            .where(Resident.line_user_id == resident.user_id)
        )
        async with self.town.sessions() as session:
            return (await session.scalars(found)).one()


async def _tapped(resident: ScriptedResident, step: Step, told: Sequence[dict[str, Any]]) -> dict[str, Any]:
    more = {"data": step["data"]} if "data" in step else {}
    if "of" not in step:
        return await resident.does(type="tap", label=step["taps"], **more)
    refused: AssertionError | None = None
    for seq in reversed(told[step["of"]]["seqs"]):
        try:
            return await resident.does(type="tap", label=step["taps"], seq=seq, **more)
        except AssertionError as error:
            refused = error
    raise refused or AssertionError(f"nothing was heard at step {step['of']}")


def _worded(step: Step, labels: Sequence[str]) -> Step:
    return {**step, "taps": labels[step["taps"]]} if isinstance(step.get("taps"), int) else step


def _act_of(step: Step) -> Step:
    return {key: value for key, value in step.items() if key not in {"heard", "labels"}}


def differences(dialogue: Dialogue, played: Sequence[Step]) -> list[str]:
    """Return, readable, where a replay answers other than what was recorded."""
    found = []
    for number, (step, now) in enumerate(zip(dialogue.steps, played, strict=True)):
        act = _line(_act_of(step))[:160]
        if step["heard"] != now["heard"]:
            lines = difflib.unified_diff(
                step["heard"].splitlines(), now["heard"].splitlines(), "expected", "got", n=1, lineterm=""
            )
            found.append("\n".join([f"{dialogue.name}, step {number} {act}: other words", *lines]))
        if step["labels"] != now["labels"]:
            found.append(
                f"{dialogue.name}, step {number} {act}: other buttons\n"
                f"  expected {step['labels']}\n  got      {now['labels']}"
            )
    return found


def main() -> int:
    """Record anew."""
    if sys.argv[1:] != ["--record"]:
        sys.stderr.write("usage: python -m tests.harness.transcripts --record\n")
        return 2
    test = "tests/dialogue/test_transcripts.py"
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:xdist", test, "-k", "word_for_word"]
    return subprocess.call(command, cwd=FILE.parents[2], env={**os.environ, RECORDS: "1"})


if __name__ == "__main__":
    sys.exit(main())
