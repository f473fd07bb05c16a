"""Test that this release reads what release 0aa85e1 stored, and goes on as that release would have."""

import asyncio
import os
import re
import uuid
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from bot.processes.scheduler import _start
from core.clock import system_clock
from core.crypto import KeyRing
from core.db.tables import Lane, Outbox, Profession, Speaker, Thread, ThreadStatus, Timer, Urgency
from core.messages import Answer, Picture, dump, load
from core.municipalities import Municipality
from core.settings import Settings
from core.talk import lock_talk
from core.texts import Texts
from core.timers import set_timer
from core.words import Words
from handoff.model import Summary
from handoff.service_clinician import claim
from handoff.service_resident import note_inbound, open_thread
from tests.harness.in_process import Town
from tests.harness.people import make_staff, make_talk
from tests.harness.processes import open_parts, until
from tests.harness.stored_forms import (
    FOLDER,
    Json,
    Recorder,
    StoredForms,
    jobs_in,
    put_jobs,
    rendered,
    replay,
)
from tests.harness.transcripts import (
    Archive,
    MovableClock,
    RecordedMeanings,
    TranscriptStage,
    furnish,
    rasa_server,
)

RELEASE = "0aa85e1"
# Writes the file of the release that is checked out, instead of reading it.
RECORDS = "HELPO_RECORD_STORED"
FORMS = StoredForms.read(RELEASE) if (FOLDER / f"stored_{RELEASE}.json").exists() else StoredForms(RELEASE)
AT_ONCE = 60
STATES = sorted(FORMS.states, key=lambda entry: str(entry["at"]))
CHUNKS = [STATES[first : first + AT_ONCE] for first in range(0, len(STATES), AT_ONCE)]
JOBS_LIMIT_S = 60.0
# Dialogues that are looked into: one of so many, and all that leave much behind.
EVERY = 6
RICH = (
    "wishes",
    "left",
    "person: ",
    "place",
    "unsent",
    "red then",
    "shop which",
    "danger w",
    "media",
    "care",
    "next",
)


@pytest.fixture
async def stage(
    town: Town,
    clock: MovableClock,
    ring: KeyRing,
    texts: Texts,
    cities: dict[str, Municipality],
    settings: Settings,
) -> TranscriptStage:
    await furnish(town, cities, settings)
    return TranscriptStage(town, clock, RecordedMeanings(FORMS.understood()), ring, texts)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("number", range(len(CHUNKS)))
async def test_a_state_that_was_stored_goes_on_as_it_would_have_gone_on(
    stage: TranscriptStage, number: int
) -> None:
    if RECORDS in os.environ:
        await add_answers(stage, CHUNKS[number])
        pytest.skip("recorded")
    found: list[str] = []
    for entry in CHUNKS[number]:
        now = await replay(stage, entry)
        found += [
            f"{entry['from']} {entry['act']}: {what}\n  expected {entry[what]!r}\n  got      {now[what]!r}"
            for what in ("heard", "labels")
            if entry[what] != now[what]
        ]
    found += [f"Rasa was asked what nobody recorded: {text[:200]}" for text in stage.meanings.unknown]
    assert not found, f"{len(found)} differences\n\n" + "\n\n".join(found)


async def add_answers(stage: TranscriptStage, entries: Sequence[Json]) -> None:
    stage.meanings.known = Archive.read().meanings
    async with rasa_server() as stage.meanings.rasa:
        for entry in entries:
            entry.update(await replay(stage, entry))
    FORMS.meanings |= {
        words: [m.intent, m.confidence, [[e.kind, e.value, e.text] for e in m.entities]]
        for words, m in stage.meanings.known.items()
        if words in stage.meanings.asked
    }
    FORMS.write()


def test_enough_is_stored_to_mean_something() -> None:
    flows = {(entry["state"].get("flow", ""), entry["state"].get("step", "")) for entry in FORMS.states}
    remembered = {key for entry in FORMS.states for key in entry["state"].get("memory", {})}
    assert len(FORMS.states) >= 60
    sent = {message["type"] for entry in FORMS.bodies for message in entry["body"]}
    assert sent == {"Text", "Choices", "Card", "Carousel", "Picture"}
    assert {flow for flow, _ in flows} >= {"", "consultation", "facility", "shop", "person", "safety"}
    assert remembered >= {
        *("consultation", "earlier", "told", "place", "search", "left"),
        *("asked_at", "file_at", "cards", "acknowledged", "wishes"),
    }


@pytest.mark.parametrize("entry", FORMS.bodies, ids=range(len(FORMS.bodies)))
def test_a_message_that_waits_in_the_outbox_is_sent_as_it_would_have_been(entry: Json) -> None:
    messages = load(entry["body"])
    assert dump(messages) == entry["body"]
    assert rendered(messages) == entry["rendered"].encode()


@pytest.mark.parametrize("data", FORMS.postbacks)
def test_a_button_in_an_old_chat_is_still_one_of_ours(data: str) -> None:
    answer = Answer.parse(data)
    assert answer is not None
    assert answer.data() == data


def test_a_summary_that_was_stored_says_the_same() -> None:
    for value in FORMS.summaries:
        found = Summary.from_json(value).to_json()
        assert {key: _listed(found[key]) for key in value} == value


def _listed(value: Any) -> Any:
    return [_listed(part) for part in value] if isinstance(value, list | tuple) else value


def kinds(part: str) -> str:
    """Return the recorded kind of timers whose name ends so."""
    return next(timer["kind"] for timer in FORMS.timers if timer["kind"].endswith(part))


async def due(town: Town, talk_id: uuid.UUID, kind: str, subject_id: str) -> None:
    """Leave a talk with one timer, which is due, as the release left it."""
    async with town.sessions.begin() as session:
        await session.execute(delete(Timer).where(Timer.conversation_id == talk_id))
        await set_timer(
            session,
            kind,
            subject_id,
            system_clock() - timedelta(hours=1),
            municipality_id="iwaki",
            conversation_id=talk_id,
        )


async def waiting(town: Town, ring: KeyRing, number: int) -> tuple[uuid.UUID, uuid.UUID]:
    """Return talk and thread of somebody who waits for a person."""
    talk_id = await make_talk(town.sessions, ring, town.clock, number=number)
    async with town.sessions.begin() as session:
        talk = await lock_talk(session, ring, talk_id)
        thread = await open_thread(
            talk,
            profession=Profession.NURSE,
            urgency=Urgency.GREEN,
            summary=Summary(complaint=Words.of("頭が痛いです")),
            now=town.clock(),
        )
        return talk_id, thread.id


async def bot_rows(town: Town, talk_id: uuid.UUID) -> Sequence[Outbox]:
    async with town.sessions() as session:
        rows = select(Outbox).where(Outbox.conversation_id == talk_id, Outbox.speaker == Speaker.BOT.value)
        return (await session.scalars(rows)).all()


async def test_a_card_held_for_a_clinician_is_sent_when_its_time_has_come(
    town: Town, ring: KeyRing, texts: Texts, cities: dict[str, Municipality]
) -> None:
    talk_id, thread_id = await waiting(town, ring, 1)
    timers = [timer for timer in FORMS.timers if timer["kind"] == kinds(".card")]
    assert timers
    for timer in timers:
        subject = f"{thread_id}:{timer['subject_id'].partition(':')[2]}"
        await due(town, talk_id, timer["kind"], subject)
        assert await town.due_answers(system_clock).send() == 1
    assert {row.lane for row in await bot_rows(town, talk_id)} == {Lane.SAFETY.value}


@pytest.mark.slow
async def test_the_scheduler_goes_on_with_the_jobs_and_timers_it_finds(
    town: Town, settings: Settings, clock: MovableClock, ring: KeyRing, texts: Texts, tmp_path: Path
) -> None:
    clock.now = system_clock() - timedelta(hours=1)
    waits_talk, waits = await waiting(town, ring, 1)
    left_talk, left = await waiting(town, ring, 2)
    staff = await make_staff(town.sessions, ring, clock)
    async with town.sessions.begin() as session:
        await put_jobs(session, FORMS.jobs)
        talk = await lock_talk(session, ring, left_talk)
        thread = await session.get_one(Thread, left)
        thread = await claim(talk, thread, staff, clock(), texts=texts)
        note_inbound(talk, thread, clock())
    await due(town, waits_talk, kinds(".waiting"), str(waits))
    await due(town, left_talk, kinds(".lease"), str(left))

    async def both_done() -> bool:
        assert street.processes["scheduler"].poll() is None, log.read_text(encoding="utf-8")
        async with town.sessions() as session:
            returned = (await session.get_one(Thread, left)).status == ThreadStatus.WAITING.value
        return returned and bool(await bot_rows(town, waits_talk))

    log = tmp_path / "scheduler.log"
    async with open_parts(settings, tmp_path, ("scheduler",)) as street:
        await until(both_done, JOBS_LIMIT_S)
    said = log.read_text(encoding="utf-8")
    assert not re.search(r"Traceback|error|Unable to restore", said), said
    async with town.sessions() as session:
        outcomes = set(await session.scalars(select(Timer.outcome).where(Timer.due_at < system_clock())))
        names = [job["id"] for job in await jobs_in(session)]
    assert "failed" not in outcomes
    assert len(names) == len(set(names)) > 0


@pytest.mark.skipif(
    RECORDS not in os.environ or bool(FORMS.states), reason=f"writes the file; set {RECORDS} to the release"
)
@pytest.mark.timeout(1200)
async def test_write_down_what_this_release_stores(stage: TranscriptStage, settings: Settings) -> None:
    forms = StoredForms(os.environ[RECORDS])
    archive = Archive.read()
    stage.meanings.known = archive.meanings
    ordered = sorted(archive.dialogues, key=lambda dialogue: dialogue.at)
    telling = [d for n, d in enumerate(ordered) if n % EVERY == 0 or d.name.startswith(RICH)]
    await Recorder(forms, stage).record(telling)
    # Only staff send pictures.
    picture = [Picture(media_id="5f0c7f4e-0a9e-4c3b-9a53-0d6a1f0c2b11", alt="看護師からの画像")]
    forms.bodies.append({"body": dump(picture), "rendered": rendered(picture).decode()})
    scheduler = await asyncio.to_thread(_start, settings)
    references = {job.id: job.func_ref for job in scheduler.get_jobs()}
    await asyncio.to_thread(scheduler.shutdown, wait=True)
    async with stage.town.sessions() as session:
        forms.jobs = [job | {"reference": references[job["id"]]} for job in await jobs_in(session)]
    forms.write()
