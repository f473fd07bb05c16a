"""Test threads: opened once, claimed by one clinician, closed for good."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from core.crypto import KeyRing
from core.db.engine import Sessions
from core.db.tables import (
    Conversation,
    Outbox,
    Owner,
    Profession,
    Speaker,
    Staff,
    Thread,
    ThreadOutcome,
    Timer,
    Urgency,
    Utterance,
)
from core.messages import Card, Text, load
from core.residents.keys import open_json
from core.talk import Talk, lock_talk
from core.texts import Texts
from core.words import Words
from handoff import service_clinician, service_resident, thread_lifecycle
from handoff.errors import AlreadyClosed, AlreadyTaken, NothingToSay, NotYours
from handoff.jobs import say_waiting_word
from handoff.model import Summary
from tests.conftest import FakeClock
from tests.harness.people import make_staff, make_talk


class Scene:
    """One resident who waits, and the clinicians around."""

    def __init__(
        self, sessions: Sessions, ring: KeyRing, clock: FakeClock, texts: Texts, talk_id: uuid.UUID
    ) -> None:
        self.sessions, self.ring, self.clock, self.texts, self.talk_id = sessions, ring, clock, texts, talk_id

    async def open(
        self, urgency: Urgency = Urgency.GREEN, complaint: str = "のどが痛い", **more: object
    ) -> uuid.UUID:
        async with self.sessions.begin() as session:
            talk = await lock_talk(session, self.ring, self.talk_id)
            thread = await service_resident.open_thread(
                talk,
                profession=Profession(more.get("profession", "nurse")),
                urgency=urgency,
                summary=Summary(complaint=Words.of(complaint), said=(Words.of(complaint),), urgency=urgency),
                now=self.clock(),
            )
            return thread.id

    async def act(self, change: Callable[..., Awaitable[Any]], *args: object, **fields: object) -> None:
        async with self.sessions.begin() as session:
            talk = await lock_talk(session, self.ring, self.talk_id)
            thread = (await session.scalars(select(Thread).order_by(Thread.requested_at.desc()))).first()
            await change(talk, thread, *args, **fields)

    async def claim(self, staff: Staff) -> None:
        await self.act(service_clinician.claim, staff, self.clock(), texts=self.texts)

    async def thread(self) -> Thread:
        async with self.sessions() as session:
            return (await session.scalars(select(Thread))).one()

    async def conversation(self) -> Conversation:
        async with self.sessions() as session:
            return (await session.scalars(select(Conversation).where(Conversation.id == self.talk_id))).one()

    async def told(self) -> list[str]:
        """What the resident was told, as one text each."""
        async with self.sessions.begin() as session:
            talk = await lock_talk(session, self.ring, self.talk_id)
            rows = (await session.scalars(select(Outbox).order_by(Outbox.position))).all()
            return [self._words(talk, row) for row in rows]

    def _words(self, talk: Talk, row: Outbox) -> str:
        message = load(open_json(talk.key, row.body, "outbox"))[0]
        if isinstance(message, Card):
            return " ".join((message.title, *message.body))
        assert isinstance(message, Text)
        return message.text


@pytest.fixture
async def scene(sessions: Sessions, ring: KeyRing, clock: FakeClock, texts: Texts) -> Scene:
    return Scene(sessions, ring, clock, texts, await make_talk(sessions, ring, clock))


async def test_asking_twice_gives_one_thread_whose_urgency_only_rises(scene: Scene) -> None:
    first = await scene.open(Urgency.YELLOW, "熱がある")
    second = await scene.open(Urgency.WHITE, "頭も痛い", profession="doctor")
    assert first == second
    thread = await scene.thread()
    assert (thread.urgency, thread.profession) == ("yellow", "doctor")
    await scene.open(Urgency.RED, "胸が痛い")
    assert (await scene.thread()).urgency == "red"
    async with scene.sessions.begin() as session:
        talk = await lock_talk(session, scene.ring, scene.talk_id)
        summary = service_resident.read_summary(talk, await scene.thread())
    assert [str(words.text) for words in summary.said] == ["熱がある", "頭も痛い", "胸が痛い"]
    assert summary.urgency is Urgency.RED


async def test_words_in_the_summary_are_sealed(scene: Scene) -> None:
    await scene.open(complaint="とても個人的なこと")
    assert "個人的".encode() not in (await scene.thread()).summary


async def test_of_two_clinicians_who_claim_at_once_exactly_one_wins(scene: Scene) -> None:
    await scene.open()
    staff = [await make_staff(scene.sessions, scene.ring, scene.clock, login=f"nurse-{n}") for n in range(2)]
    results = await asyncio.gather(*(scene.claim(s) for s in staff), return_exceptions=True)
    assert sorted(type(r) for r in results if r is not None) == [AlreadyTaken]
    winner = staff[results.index(None)]
    assert (await scene.thread()).assignee_id == winner.id
    conversation = await scene.conversation()
    assert (conversation.owner, conversation.owner_staff_id) == (Owner.CLINICIAN, winner.id)
    assert len(await scene.told()) == 1


async def test_the_resident_hears_the_profession_and_not_the_name(scene: Scene) -> None:
    await scene.open(profession="doctor")
    staff = await make_staff(scene.sessions, scene.ring, scene.clock, professions=(Profession.PHARMACIST,))
    await scene.claim(staff)
    (told,) = await scene.told()
    assert "薬剤師がお話をうかがいます" in told
    assert staff.display_name not in told


async def test_claiming_withdraws_what_the_bot_had_decided_before(scene: Scene) -> None:
    await scene.open()
    before = (await scene.conversation()).owner_epoch
    await scene.claim(await make_staff(scene.sessions, scene.ring, scene.clock))
    assert (await scene.conversation()).owner_epoch == before + 1


async def test_only_the_assignee_replies(scene: Scene) -> None:
    await scene.open()
    nurse = await make_staff(scene.sessions, scene.ring, scene.clock, login="nurse")
    other = await make_staff(scene.sessions, scene.ring, scene.clock, login="other")
    with pytest.raises(NotYours):
        await scene.act(service_clinician.reply, nurse, scene.clock(), text="まだ担当していません")
    await scene.claim(nurse)
    with pytest.raises(NotYours):
        await scene.act(service_clinician.reply, other, scene.clock(), text="こんにちは")
    with pytest.raises(NothingToSay):
        await scene.act(service_clinician.reply, nurse, scene.clock(), text="  \n ")
    await scene.act(service_clinician.reply, nurse, scene.clock(), text="こんにちは")
    thread = await scene.thread()
    assert thread.first_response_at == scene.clock()
    assert thread.unanswered_since is None
    async with scene.sessions() as session:
        row = (await session.scalars(select(Outbox).order_by(Outbox.position.desc()))).first()
    assert row is not None
    assert (row.speaker, row.must_arrive) == (Speaker.STAFF, True)


async def test_closing_gives_the_talk_back_to_the_bot_and_says_so(scene: Scene) -> None:
    await scene.open()
    nurse = await make_staff(scene.sessions, scene.ring, scene.clock)
    await scene.claim(nurse)
    await scene.act(service_clinician.reply, nurse, scene.clock(), text="お大事に")
    await scene.act(service_clinician.close, nurse, ThreadOutcome.ADVISED, scene.clock(), texts=scene.texts)
    thread, conversation = await scene.thread(), await scene.conversation()
    assert (thread.status, thread.outcome) == ("closed", "advised")
    assert (conversation.owner, conversation.owner_staff_id) == (Owner.BOT, None)
    assert "終わりです" in (await scene.told())[-1]
    async with scene.sessions() as session:
        row = (await session.scalars(select(Outbox).order_by(Outbox.position.desc()))).first()
    assert row is not None
    assert row.owner_epoch == conversation.owner_epoch
    assert row.must_arrive
    with pytest.raises(AlreadyClosed):
        await scene.act(service_clinician.reply, nurse, scene.clock(), text="もう一言")


async def test_a_new_wish_after_the_end_opens_a_new_thread(scene: Scene) -> None:
    first = await scene.open()
    nurse = await make_staff(scene.sessions, scene.ring, scene.clock)
    await scene.claim(nurse)
    await scene.act(service_clinician.reply, nurse, scene.clock(), text="お大事に")
    await scene.act(service_clinician.close, nurse, ThreadOutcome.OTHER, scene.clock(), texts=scene.texts)
    assert await scene.open() != first


async def test_a_wish_can_be_taken_back_only_while_nobody_has_the_talk(scene: Scene) -> None:
    await scene.open()
    await scene.claim(await make_staff(scene.sessions, scene.ring, scene.clock))
    with pytest.raises(AlreadyTaken):
        await scene.act(service_resident.withdraw, scene.clock())


async def test_taking_a_wish_back_ends_thread_and_timer(scene: Scene) -> None:
    await scene.open()
    await scene.act(service_resident.withdraw, scene.clock())
    assert (await scene.thread()).outcome == "withdrawn"
    async with scene.sessions() as session:
        waiting = select(Timer.outcome).where(Timer.kind == thread_lifecycle.WAITING_TIMER)
        assert (await session.scalars(waiting)).all() == ["cancelled"]


async def test_an_alarm_turns_the_thread_red_until_a_person_has_seen_it(scene: Scene) -> None:
    await scene.open()
    async with scene.sessions.begin() as session:
        talk = await lock_talk(session, scene.ring, scene.talk_id)
        thread = await service_resident.open_thread_of(session, scene.talk_id, lock=True)
        assert thread is not None
        service_resident.raise_alarm(talk, thread, "chest_pain", scene.clock())
    assert (await scene.thread()).alarm_at == scene.clock()
    nurse = await make_staff(scene.sessions, scene.ring, scene.clock)
    await scene.act(service_clinician.acknowledge_alarm, nurse, scene.clock())
    thread = await scene.thread()
    assert (thread.alarm_at, thread.urgency) == (None, "red")


async def test_inbound_words_are_unanswered_since_the_first_of_them(scene: Scene) -> None:
    await scene.open()
    nurse = await make_staff(scene.sessions, scene.ring, scene.clock)
    await scene.claim(nurse)
    await scene.act(service_clinician.reply, nurse, scene.clock(), text="はい")
    first = scene.clock.advance(minutes=1)
    for _ in range(2):
        async with scene.sessions.begin() as session:
            talk = await lock_talk(session, scene.ring, scene.talk_id)
            thread = await service_resident.open_thread_of(session, scene.talk_id, lock=True)
            assert thread is not None
            talk.record(Speaker.RESIDENT, "text", {"text": "あの"}, scene.clock())
            service_resident.note_inbound(talk, thread, scene.clock())
        scene.clock.advance(minutes=1)
    thread = await scene.thread()
    assert thread.unanswered_since == first
    assert thread.version == (await scene.conversation()).version


async def test_who_waits_five_minutes_hears_an_honest_word_once(scene: Scene) -> None:
    await scene.open()

    async def run() -> int:
        return await say_waiting_word(scene.sessions, scene.ring, scene.texts, scene.clock)

    scene.clock.advance(minutes=4)
    assert await run() == 0
    scene.clock.advance(minutes=2)
    assert sum(await asyncio.gather(run(), run())) == 1
    assert await run() == 0
    (told,) = await scene.told()
    assert "およそ6分" in told
    assert "119番" in told


async def test_waiting_words_come_ever_more_rarely_and_end(scene: Scene) -> None:
    await scene.open()
    said_at = []
    for minute in range(1, 240):
        scene.clock.advance(minutes=1)
        if await say_waiting_word(scene.sessions, scene.ring, scene.texts, scene.clock):
            said_at.append(minute)
    assert said_at == [5, 20, 50, 110]


async def test_nobody_who_was_answered_is_told_to_wait(scene: Scene) -> None:
    await scene.open()
    await scene.claim(await make_staff(scene.sessions, scene.ring, scene.clock))
    scene.clock.advance(hours=1)
    assert await say_waiting_word(scene.sessions, scene.ring, scene.texts, scene.clock) == 0
    async with scene.sessions() as session:
        waiting = select(Timer.outcome).where(Timer.kind == thread_lifecycle.WAITING_TIMER)
        assert (await session.scalars(waiting)).all() == ["cancelled"]


async def test_a_timer_left_over_is_cancelled_not_fired(scene: Scene) -> None:
    await scene.open()
    await scene.claim(await make_staff(scene.sessions, scene.ring, scene.clock))
    async with scene.sessions.begin() as session:
        await session.execute(
            update(Timer)
            .where(Timer.kind == thread_lifecycle.WAITING_TIMER)
            .values(outcome=None, finished_at=None)
        )
    scene.clock.advance(hours=1)
    assert await say_waiting_word(scene.sessions, scene.ring, scene.texts, scene.clock) == 0
    async with scene.sessions() as session:
        waiting = select(Timer.outcome).where(Timer.kind == thread_lifecycle.WAITING_TIMER)
        assert (await session.scalars(waiting)).all() == ["cancelled"]
        assert (await session.scalars(select(Utterance.kind).where(Utterance.speaker == "bot"))).all() == [
            "messages"
        ]
