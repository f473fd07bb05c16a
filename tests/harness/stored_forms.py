"""Record what a release leaves in its database, so that tests can show that the next one reads it.

`tests/fixtures/stored_<release>.json` holds states of talks with what the next step was answered, summaries, messages
of the outbox as they were rendered, data of buttons, timers and the scheduler's jobs. It is written once, by the
release itself, and never by a later one: `HELPO_RECORD_STORED=<release>` before pytest, twice; the first run looks
into dialogues, the second (which needs a Rasa server, see tests/harness/transcripts.py) adds what each state's next step is
answered.
"""

import base64
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.line.rendering import freeze, render
from core.db.tables import Outbox, Thread, Timer
from core.messages import Message, Tap, actions_of, load
from core.residents.keys import open_json
from core.talk import Talk, lock_talk
from core.understanding import Entity, Understanding
from tests.harness.in_process import ScriptedResident
from tests.harness.transcripts import Dialogue, Step, TranscriptStage

FOLDER = Path(__file__).parents[1] / "fixtures"
# So many examples of each shape are kept.
EACH = 2
Json = dict[str, Any]


@dataclass
class StoredForms:
    """The file."""

    release: str
    meanings: dict[str, list[Any]] = field(default_factory=dict)
    # {"at", "city", "from", "state", "act", "heard", "labels"}
    states: list[Json] = field(default_factory=list)
    summaries: list[Json] = field(default_factory=list)
    # {"body", "rendered"}
    bodies: list[Json] = field(default_factory=list)
    postbacks: list[str] = field(default_factory=list)
    # {"kind", "subject_id"}
    timers: list[Json] = field(default_factory=list)
    # {"id", "next_run_time", "job_state", "reference"}
    jobs: list[Json] = field(default_factory=list)

    @classmethod
    def read(cls, release: str) -> "StoredForms":
        return cls(**json.loads((FOLDER / f"stored_{release}.json").read_text(encoding="utf-8")))

    def write(self) -> None:
        """Write one line for each entry."""
        parts = [f'"release":{_line(self.release)}']
        entries = ",\n".join(f"{_line(key)}:{_line(value)}" for key, value in sorted(self.meanings.items()))
        parts.append(f'"meanings":{{\n{entries}\n}}')
        for name in ("states", "summaries", "bodies", "postbacks", "timers", "jobs"):
            lines = ",\n".join(_line(entry) for entry in getattr(self, name))
            parts.append(f'"{name}":[\n{lines}\n]')
        path = FOLDER / f"stored_{self.release}.json"
        path.write_text("{" + ",\n".join(parts) + "}\n", encoding="utf-8")

    def understood(self) -> dict[str, Understanding]:
        return {
            words: Understanding(intent, confidence, tuple(Entity(*fields) for fields in entities))
            for words, (intent, confidence, entities) in self.meanings.items()
        }


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def rendered(messages: Sequence[Message]) -> bytes:
    """Return what LINE would get."""
    return freeze(render(messages, lambda media_id, size: f"https://helpo.example/{media_id}/{size}"))


def shape(value: Any) -> Any:
    """Return a value without its words: names of fields, and which of them are filled."""
    if isinstance(value, dict):
        typed = value.get("type") if isinstance(value.get("type"), str) else None
        fields = {key: shape(part) for key, part in sorted(value.items()) if part not in ("", [], {}, None)}
        return {**fields, "type": typed} if typed else fields
    if isinstance(value, list):
        shapes = {_line(shape(part)) for part in value}
        return sorted(shapes)
    return type(value).__name__


def shape_of_state(state: Json) -> str:
    """Return flow, step and the fields that are kept, also of what is remembered."""
    answers = state.get("data", {}).get("answers", {})
    bare = {**state, "data": {**state.get("data", {}), "answers": bool(answers)}}
    return _line([state.get("flow", ""), state.get("step", ""), shape(bare)])


class Recorder:
    """Plays dialogues and keeps what is stored after each step."""

    def __init__(self, forms: StoredForms, stage: TranscriptStage) -> None:
        self.forms, self.stage = forms, stage
        self.counts: dict[str, int] = {}

    async def record(self, dialogues: Iterable[Dialogue]) -> None:
        for dialogue in dialogues:
            await self._play(dialogue)

    def _is_new(self, key: str, limit: int = EACH) -> bool:
        self.counts[key] = self.counts.get(key, 0) + 1
        return self.counts[key] <= limit

    async def _play(self, dialogue: Dialogue) -> None:
        resident = await self.stage.enter(dialogue)
        told: list[Json] = []
        before: Json = {}
        for number, step in enumerate(dialogue.steps):
            act = _act(step, [action for one in reversed(told) for action in one["actions"]])
            if act and before and self._is_new("state" + shape_of_state(before)):
                self._keep(dialogue, number, before, act)
            await self.stage.do(resident, step, told)
            before = await self._look(resident)
        if before and self._is_new("state" + shape_of_state(before)):
            last: Step = {"says": "看護師さんと話したいです"}
            self._keep(dialogue, len(dialogue.steps), before, last)

    def _keep(self, dialogue: Dialogue, number: int, state: Json, act: Step) -> None:
        """Keep a state and what is done next; what that is answered, a new resident's talk will tell."""
        entry = {"at": self.stage.clock().isoformat(), "city": dialogue.city}
        entry |= {"from": f"{dialogue.name}, step {number}", "state": state, "act": act}
        self.forms.states.append(entry)

    async def _look(self, resident: ScriptedResident) -> Json:
        """Keep what is stored of the resident's talk; returns its state."""
        async with self.stage.town.sessions.begin() as session:
            talk = await lock_talk(session, self.stage.ring, await self.stage.talk_of(resident))
            await self._bodies(session, talk)
            for thread in await session.scalars(select(Thread).where(_of(talk, Thread))):
                value = open_json(talk.key, thread.summary, "summary")
                if self._is_new("summary" + _line(shape(value))):
                    self.forms.summaries.append(value)
            for timer in await session.scalars(select(Timer).where(_of(talk, Timer))):
                if self._is_new("timer" + timer.kind, 3):
                    self.forms.timers.append({"kind": timer.kind, "subject_id": timer.subject_id})
            return dict(talk.state)

    async def _bodies(self, session: AsyncSession, talk: Talk) -> None:
        for row in await session.scalars(select(Outbox).where(_of(talk, Outbox))):
            body = open_json(talk.key, row.body, "outbox")
            messages = load(body)
            if self._is_new("body" + _line(shape(body))):
                self.forms.bodies.append({"body": body, "rendered": rendered(messages).decode()})
            for action in (a for message in messages for a in actions_of(message) if isinstance(a, Tap)):
                fields = dict(pair.partition("=")[::2] for pair in action.data.split("&"))
                if self._is_new(f"postback {fields['f']} {fields['q']} {fields['v']}", 1):
                    self.forms.postbacks.append(action.data)


def _of(talk: Talk, table: Any) -> Any:
    return table.conversation_id == talk.conversation.id


def _act(step: Step, actions: Sequence[Json]) -> Step:
    """Return what a step does, for a resident who has no card to tap on; nothing for what is no message."""
    if "taps" in step:
        action = next((a for a in actions if a["label"] == step["taps"]), {})
        if action.get("type") == "postback":
            return {"sends": {"type": "postback", "data": action["data"]}}
        return {"says": action["text"]} if action.get("type") == "message" else {}
    return {key: step[key] for key in ("says", "sends") if key in step}


async def replay(stage: TranscriptStage, entry: Json) -> Json:
    """Put a stored state into a new resident's talk, let them act, and return what follows."""
    stage.clock.now = max(stage.clock.now, datetime.fromisoformat(entry["at"]))
    stage.meanings.is_down = False
    resident = await stage.town.resident(entry["city"])
    async with stage.town.sessions.begin() as session:
        talk = await lock_talk(session, stage.ring, await stage.talk_of(resident))
        talk.state = entry["state"]
    heard = await stage.do(resident, entry["act"], [])
    return {"heard": heard, "labels": list(resident.labels)}


async def jobs_in(session: AsyncSession) -> list[Json]:
    """Return the scheduler's rows."""
    rows = await session.execute(text("select id, next_run_time, job_state from apscheduler_job order by id"))
    return [
        {"id": row[0], "next_run_time": row[1], "job_state": base64.b64encode(row[2]).decode()}
        for row in rows
    ]


async def put_jobs(session: AsyncSession, jobs: Sequence[Json]) -> None:
    """Store the scheduler's rows as another release left them."""
    for job in jobs:
        values = {"id": job["id"], "at": job["next_run_time"], "state": base64.b64decode(job["job_state"])}
        await session.execute(
            text("insert into apscheduler_job (id, next_run_time, job_state) values (:id, :at, :state)"),
            values,
        )
