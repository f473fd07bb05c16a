"""Test that a talk has one owner at a time, checked when a message is sent, in any order of acts."""

import json
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import select

from bot.delivery.sender import Sender
from bot.delivery.store import LANE_RANK
from bot.line.signature import HEADER, sign
from core.crypto import KeyRing
from core.db.tables import (
    Conversation,
    Lane,
    LineEvent,
    Outbox,
    Owner,
    Profession,
    Speaker,
    Staff,
    Thread,
    ThreadOutcome,
    ThreadStatus,
)
from core.errors import ServiceError
from core.messages import Answer as TapAnswer
from core.talk import Talk, lock_talk
from core.texts import Texts
from handoff import service_clinician, store
from handoff.errors import AlarmUnseen, AlreadyClosed, AlreadyTaken, NotYours, Unanswered
from tests.conftest import FakeClock
from tests.harness.in_process import Town
from tests.harness.people import line_user_id, make_staff, make_talk
from tests.properties.watched_line import WatchedLine

PEOPLE = ("A", "B")
# What can happen; some of it while a request to LINE is under way (`during`), which may come to nothing (`failing`).
DEEDS = st.sampled_from(
    [
        "write",
        "write",
        "ask",
        "withdraw",
        "claim A",
        "claim B",
        "reply A",
        "reply B",
        "close A",
        "close B",
        "flag",
        "wait",
    ]
)
MOMENTS = st.sampled_from(["serve", "serve", "send", "send"])


@dataclass(frozen=True)
class Send:
    """The sender takes a round; during its first request `during` happens, and LINE's answer is `outcome`."""

    during: tuple[str, ...] = ()
    outcome: str = "ok"


SENDS = st.builds(
    Send,
    st.lists(DEEDS, max_size=2).map(tuple),
    st.sampled_from(["ok", "ok", "ok", "lost", "not_arrived", "throttled"]),
)
STEPS: st.SearchStrategy[list[str | Send]] = st.lists(DEEDS | MOMENTS | SENDS, min_size=4, max_size=22)


class OwnershipScene:
    """One talk, two clinicians, and what should be true of them."""

    def __init__(
        self, setup: "OwnershipRun", talk_id: uuid.UUID, user_id: str, staff: dict[str, Staff]
    ) -> None:
        self.setup, self.talk_id, self.user_id, self.staff = setup, talk_id, user_id, staff
        self.town = setup.town
        self.line = WatchedLine(self.town.channels, self.look_at_request)
        self.sender = Sender(
            self.town.sessions, setup.ring, setup.clock, self.line, (Lane.SAFETY, Lane.TALK), setup.texts
        )
        # The model: who is answering, and whether somebody waits.
        self.owner: str = ""
        self.has_thread = False
        self.count = 0
        self.replied: list[str] = []
        self.run = uuid.uuid4().hex[:8]

    async def take(self, step: str | Send) -> None:
        if isinstance(step, Send):
            self.line.during = [lambda deed=deed: self.do(deed) for deed in step.during]  # type: ignore[misc]
            self.line.outcomes = [step.outcome]
            await self.send()
            self.line.during.clear()
            self.line.outcomes.clear()
        else:
            await self.do(step)
        await self.check()

    async def do(self, deed: str) -> None:
        verb, _, who = deed.partition(" ")
        if who:
            await getattr(self, verb)(who)
        else:
            await getattr(self, verb)()

    # What the resident does.

    async def write(self) -> None:
        await self.post({"type": "message", "message": self.text(f"ことば{self.count}")})

    async def flag(self) -> None:
        await self.post({"type": "message", "message": self.text("父が急に倒れて返事をしません")})

    async def ask(self) -> None:
        self.town.meanings.teach("看護師さんと話したい", "talk_to_human")
        await self.post({"type": "message", "message": self.text("看護師さんと話したい")})

    async def withdraw(self) -> None:
        async with self.town.sessions() as session:
            thread = await store.open_thread_of(session, self.talk_id)
        data = TapAnswer("handoff", str(thread.id if thread else uuid.uuid4()), "waiting", "withdraw").data()
        await self.post({"type": "postback", "postback": {"data": data}})

    def text(self, words: str) -> dict[str, str]:
        return {"type": "text", "id": f"{self.run}m{self.count}", "text": words}

    async def post(self, content: dict[str, Any]) -> None:
        self.count += 1
        event = {
            "mode": "active",
            "timestamp": int(self.setup.clock().timestamp() * 1000) + self.count,
            "source": {"type": "user", "userId": self.user_id},
            "webhookEventId": f"{self.run}-{self.count}",
            "deliveryContext": {"isRedelivery": False},
            "replyToken": f"{self.run}t{self.count}",
            **content,
        }
        await self.setup.post(event)

    # What clinicians do; each must be refused exactly when the model says so.

    async def claim(self, who: str) -> None:
        refused = await self.act(
            lambda talk, thread: service_clinician.claim(
                talk, thread, self.staff[who], self.setup.clock(), texts=self.setup.texts
            )
        )
        if not self.has_thread:
            assert refused in {None, AlreadyClosed}
        elif self.owner not in {"", who}:
            assert refused is AlreadyTaken
        else:
            assert refused is None
            self.owner = who

    async def reply(self, who: str) -> None:
        words = f"お返事{self.run}-{len(self.replied)}"
        refused = await self.act(
            lambda talk, thread: service_clinician.reply(
                talk, thread, self.staff[who], self.setup.clock(), text=words
            )
        )
        if not self.has_thread:
            assert refused in {None, AlreadyClosed}
        elif self.owner != who:
            assert refused is NotYours
        else:
            assert refused is None
            self.replied.append(words)

    async def close(self, who: str) -> None:
        unanswered: list[bool] = []

        async def end(talk: Talk, thread: Thread) -> None:
            unanswered.append(bool(thread.unanswered_since or thread.alarm_at))
            staff, now, texts = self.staff[who], self.setup.clock(), self.setup.texts
            await service_clinician.close(talk, thread, staff, ThreadOutcome.ADVISED, now, texts=texts)

        refused = await self.act(end)
        if not self.has_thread:
            assert refused in {None, AlreadyClosed}
        elif self.owner != who:
            assert refused is NotYours
        elif unanswered == [True]:
            assert refused in {Unanswered, AlarmUnseen}
        else:
            assert refused is None
            self.owner, self.has_thread = "", False

    async def act(self, deed: Callable[[Any, Thread], Awaitable[Any]]) -> type[ServiceError] | None:
        """Do something with the newest thread as a page does; returns what it was refused with.

        Without any thread there is nothing to do anything with: None.
        """
        try:
            async with self.town.sessions.begin() as session:
                talk = await lock_talk(session, self.setup.ring, self.talk_id)
                newest = (
                    select(Thread)
                    .where(Thread.conversation_id == self.talk_id)
                    .order_by((Thread.status == ThreadStatus.CLOSED.value), Thread.requested_at.desc())
                )
                thread = (await session.scalars(newest)).first()
                if thread is not None:
                    await deed(talk, thread)
        except ServiceError as error:
            return type(error)
        return None

    # What the worker does.

    async def serve(self) -> None:
        claims = await self.town.processor.claim(8, True)
        for claim in claims:
            await self.town.processor.serve(claim)
        async with self.town.sessions() as session:
            thread = await store.open_thread_of(session, self.talk_id)
        # Asking for a person and taking that back happen when they are served, not when they are written.
        if self.owner:
            assert thread is not None
            assert thread.status == ThreadStatus.CLAIMED.value
        self.has_thread = thread is not None

    async def send(self) -> None:
        for claim in await self.sender.claim(8, True):
            await self.sender.send_all(claim)

    async def wait(self) -> None:
        self.setup.clock.advance(seconds=20)

    # What must be true.

    async def look_at_request(self, retry_key: uuid.UUID | None) -> None:
        """At the moment of a request: a bot speaks only as, or for, the present owner."""
        async with self.town.sessions() as session:
            talk = await session.get_one(Conversation, self.talk_id)
            # Another row may wait with an unknown outcome: a card overtakes it, and the first in line leaves.
            row = (
                await session.scalars(
                    select(Outbox)
                    .where(Outbox.conversation_id == self.talk_id, Outbox.status == "sending")
                    .order_by(LANE_RANK, Outbox.position)
                    .limit(1)
                )
            ).one()
            assert retry_key in {None, row.id}
            if row.speaker == Speaker.BOT and row.lane == Lane.TALK:
                assert row.owner_epoch == talk.owner_epoch, "a bot's words left after the owner had changed"

    async def check(self) -> None:
        async with self.town.sessions() as session:
            talk = await session.get_one(Conversation, self.talk_id)
            threads = (
                await session.scalars(
                    select(Thread).where(
                        Thread.conversation_id == self.talk_id, Thread.status != ThreadStatus.CLOSED.value
                    )
                )
            ).all()
        assert len(threads) <= 1
        claimed = [t for t in threads if t.status == ThreadStatus.CLAIMED.value]
        if self.owner:
            assert (talk.owner, talk.owner_staff_id) == (Owner.CLINICIAN.value, self.staff[self.owner].id)
            assert [t.assignee_id for t in claimed] == [self.staff[self.owner].id]
        else:
            assert (talk.owner, talk.owner_staff_id) == (Owner.BOT.value, None)
            assert claimed == []

    async def finish(self) -> None:
        """Let everything end, then see that the bot answers when nobody else has the talk."""
        await self.settle()
        await self.check_rows()
        if self.owner:
            staff = self.staff[self.owner]
            await self.act(
                lambda talk, thread: service_clinician.acknowledge_alarm(
                    talk, thread, staff, self.setup.clock()
                )
            )
            await self.do(f"reply {self.owner}")
            await self.do(f"close {self.owner}")
        elif self.has_thread:
            await self.withdraw()
        await self.settle()
        before = len(self.line.arrived)
        await self.write()
        await self.settle()
        assert len(self.line.arrived) == before + 1, "the bot has the talk back and answers"

    async def settle(self) -> None:
        for _ in range(5):
            await self.serve()
            await self.send()
            self.setup.clock.advance(seconds=30)
        await self.check()

    async def check_rows(self) -> None:
        async with self.town.sessions() as session:
            rows = (await session.scalars(select(Outbox).where(Outbox.conversation_id == self.talk_id))).all()
            events = (
                await session.scalars(select(LineEvent).where(LineEvent.conversation_id == self.talk_id))
            ).all()
        assert all(event.outcome in {"served", "relayed", "recorded"} for event in events)
        assert all(row.status in {"sent", "withdrawn", "unknown"} for row in rows)
        assert all(row.status == "sent" for row in rows if row.speaker == Speaker.STAFF)
        for words in self.replied:
            doubled = sum(row.possibly_doubled for row in rows)
            found = sum(words in arrived for arrived in self.line.arrived)
            assert found == 1 or (found == 2 and doubled)
        ours = [w for arrived in self.line.arrived for w in self.replied if w in arrived]
        assert list(dict.fromkeys(ours)) == self.replied, "answers arrive in the order they were given"


class OwnershipRun:
    """What a run stands on; no dataclass, for a failing example would show all of it."""

    def __init__(
        self, town: Town, ring: KeyRing, clock: FakeClock, texts: Texts, staff: dict[str, Staff], secret: str
    ) -> None:
        self.town, self.ring, self.clock, self.texts, self.staff = town, ring, clock, texts, staff
        self.secret = secret
        self.residents = 0

    async def scene(self) -> OwnershipScene:
        self.residents += 1
        talk_id = await make_talk(self.town.sessions, self.ring, self.clock, number=self.residents)
        return OwnershipScene(self, talk_id, line_user_id(self.residents), self.staff)

    async def post(self, event: dict[str, Any]) -> None:
        body = json.dumps({"destination": "U" + "0" * 32, "events": [event]}).encode()
        headers = {HEADER: sign(self.secret, body).decode()}
        async with self.town.http.post(
            f"{self.town.intake_url}/line/iwaki/webhook", data=body, headers=headers
        ) as r:
            assert r.status == 200

    async def clear_the_table(self) -> None:
        """What a failed example left behind is none of the next one's business."""
        async with self.town.sessions.begin() as session:
            for event in await session.scalars(select(LineEvent).where(LineEvent.outcome.is_(None))):
                event.outcome = "recorded"
            for row in await session.scalars(select(Outbox).where(Outbox.status.in_(["queued", "sending"]))):
                row.status = "expired"


@pytest.fixture
async def setup(town: Town, ring: KeyRing, clock: FakeClock, texts: Texts, settings: Any) -> OwnershipRun:
    staff = {
        who: await make_staff(town.sessions, ring, clock, f"demo-{who.lower()}", (Profession.NURSE,))
        for who in PEOPLE
    }
    return OwnershipRun(town, ring, clock, texts, staff, settings.channel_secret("LINE_CHANNEL_SECRET"))


@pytest.mark.timeout(400)
@examples(
    max_examples=40,
    deadline=None,
    # Examples are short as they are; making them shorter on a real database takes minutes.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
@example(steps=["ask", "serve", "claim A", "send"])
@example(steps=["ask", "serve", Send(during=("claim A",), outcome="not_arrived"), "wait", "send"])
@example(steps=["ask", "serve", Send(during=("claim A",), outcome="lost"), "wait", "send", "reply A", "send"])
@example(
    steps=[
        "ask",
        "serve",
        "claim A",
        "claim B",
        "reply B",
        "reply A",
        "close B",
        "close A",
        "reply A",
        "write",
    ]
)
@example(steps=["ask", "serve", "send", "write", "serve", "withdraw", "claim A", "serve", "send"])
async def test_a_talk_has_one_owner_and_only_the_owner_speaks(
    setup: OwnershipRun, steps: list[str | Send]
) -> None:
    await setup.clear_the_table()
    scene = await setup.scene()
    for step in steps:
        await scene.take(step)
    await scene.finish()
