"""Test any events, in any order, any number of times: a resident's words stay in that resident's talk."""

import json
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import select

from bot.line.groups import serve_group_events
from bot.line.signature import HEADER, sign
from core.crypto import KeyRing
from core.db.tables import Conversation, LineEvent, Resident, Utterance
from core.settings import Settings
from tests.harness.in_process import Town
from tests.properties.archive import readable

RESIDENTS = 4
MARK = re.compile(r"印([0-9a-f]{8})-(\d+)")

# What residents write, and what Rasa would say of it. The words of some go into summaries and memories.
SAYINGS = {
    "昨日から熱があって": "consult_symptom",
    "看護師さんと話したい": "talk_to_human",
    "だれかと話したい": "talk_to_human",
    "近くの内科をさがして": "find_facility",
    "熱があるんだけど、近くの内科も教えて": "consult_symptom",
    "どれもないです": "deny",
    "小名浜": "find_facility",
    "返事が遅いです": "feedback",
    "もう死にたいです": "consult_mental_health",
    "風邪薬を買いたい": "buy_medicine",
    "こんにちは": "greet",
    "はい": "affirm",
    "よくわからないことば": "out_of_scope",
    "父が急に倒れて返事をしません": "out_of_scope",
}
# Of no talk: nobody's, and a group's (whose event is made where the group is).
ODD = {"odd": {"type": "future", "source": {"type": "user"}}, "group": {}}


@dataclass(frozen=True)
class Planned:
    """One event as generated: whose, what, when (seconds), and for an unsend which message of its resident."""

    who: int
    kind: str
    at_s: int
    pick: int = 0


@dataclass(frozen=True)
class Post:
    """One webhook: events by number, with repeats; sent as a first delivery or as a redelivery."""

    events: tuple[int, ...]
    is_redelivery: bool = False


@dataclass(frozen=True)
class ServeRounds:
    """The worker takes so many rounds; each serves one event of every talk that waits."""

    rounds: int


Step = Post | ServeRounds

KINDS = st.sampled_from(
    [*SAYINGS, *SAYINGS, "unsend", "unsend", "unsend", "sticker", "follow", "tap", "odd", "group"]
)
# Some write a lot: order only means something where one talk has several events waiting.
WHO = st.sampled_from([0, 0, 0, 0, 1, 1, 2, 3])
EVENTS = st.lists(
    st.builds(Planned, WHO, KINDS, st.integers(0, 9), st.integers(0, 5)),
    min_size=6,
    max_size=12,
)
POSTS = st.builds(Post, st.lists(st.integers(0, 11), min_size=2, max_size=6).map(tuple), st.booleans())
STEPS: st.SearchStrategy[list[Step]] = st.lists(
    POSTS | POSTS | st.builds(ServeRounds, st.integers(1, 3)), min_size=4, max_size=10
)


@dataclass
class WaitingTalk:
    """A talk as LINE's rules say it should be served: the oldest by LINE's time first, then arrival."""

    pending: list[tuple[int, int, int]] = field(default_factory=list)
    served: list[tuple[int, bool]] = field(default_factory=list)
    until_s: int = -1

    def take(self) -> None:
        if self.pending:
            at_s, _, number = oldest = min(self.pending)
            self.pending.remove(oldest)
            self.served.append((number, at_s < self.until_s))
            self.until_s = max(self.until_s, at_s)


class Story:
    """One generated run: events made concrete, webhooks posted, and the order that has to come out."""

    def __init__(self, town: Town, secret: str, planned: Sequence[Planned], user_ids: Sequence[str]) -> None:
        self.town, self.secret, self.planned, self.user_ids = town, secret, planned, user_ids
        self.run = uuid.uuid4().hex[:8]
        self.events = [self._event(number, plan) for number, plan in enumerate(planned)]
        self.arrived: dict[int, None] = {}
        self.talks = {who: WaitingTalk() for who in range(RESIDENTS)}

    def _event(self, number: int, plan: Planned) -> dict[str, Any]:
        moment = self.town.clock() + timedelta(seconds=plan.at_s)
        event: dict[str, Any] = {
            "type": "message",
            "mode": "active",
            "timestamp": int(moment.timestamp() * 1000),
            "source": {"type": "user", "userId": self.user_ids[plan.who]},
            "webhookEventId": f"{self.run}-{number}",
            "deliveryContext": {"isRedelivery": False},
        }
        if plan.kind in SAYINGS:
            text = f"{plan.kind}。印{self.run}-{number}"
            self.town.meanings.teach(text, SAYINGS[plan.kind])
            return event | {"message": {"type": "text", "id": f"{self.run}m{number}", "text": text}}
        if plan.kind == "sticker":
            sticker = {"packageId": "446", "stickerId": "1988", "stickerResourceType": "STATIC"}
            return event | {"message": {"type": "sticker", "id": f"{self.run}m{number}", **sticker}}
        if plan.kind == "tap":
            return event | {"type": "postback", "postback": {"data": "f=menu&i=&q=choose&v=person"}}
        if plan.kind == "unsend":
            return event | {"type": "unsend", "unsend": {"messageId": f"{self.run}m{self.target(plan)}"}}
        if plan.kind == "group":
            words = {"type": "text", "id": f"{self.run}m{number}", "text": f"みんなへ。印{self.run}-{number}"}
            source = {"type": "group", "groupId": "C" + "0" * 32, "userId": self.user_ids[plan.who]}
            return event | {"source": source, "message": words}
        return event | ODD.get(plan.kind, {"type": plan.kind, "follow": {"isUnblocked": False}})

    def target(self, plan: Planned) -> int:
        """Which message an unsend takes back: one of the same resident, if there is any."""
        own = [n for n, other in enumerate(self.planned) if other.who == plan.who and other.kind in SAYINGS]
        return own[plan.pick % len(own)] if own else len(self.planned)

    def belongs_to_talk(self, number: int) -> bool:
        return self.planned[number].kind not in ODD

    async def take(self, step: Step) -> None:
        if isinstance(step, Post):
            await self._post(step)
        else:
            for _ in range(step.rounds):
                await self.town.serve()
                for talk in self.talks.values():
                    talk.take()

    async def _post(self, step: Post) -> None:
        numbers = [pick % len(self.events) for pick in step.events]
        context = {"deliveryContext": {"isRedelivery": step.is_redelivery}}
        webhook = {"destination": "U" + "0" * 32, "events": [self.events[n] | context for n in numbers]}
        body = json.dumps(webhook, ensure_ascii=False).encode()
        url = f"{self.town.intake_url}/line/iwaki/webhook"
        headers = {HEADER: sign(self.secret, body).decode()}
        async with self.town.http.post(url, data=body, headers=headers) as answer:
            assert answer.status == 200
        # Within one webhook LINE's time decides who comes first, then the place in the list.
        for number in sorted(dict.fromkeys(numbers), key=lambda n: self.planned[n].at_s):
            self._arrive(number)

    def _arrive(self, number: int) -> None:
        if number in self.arrived:
            return
        plan = self.planned[number]
        if self.belongs_to_talk(number):
            self.talks[plan.who].pending.append((plan.at_s, len(self.arrived), number))
        self.arrived[number] = None

    async def finish(self) -> None:
        """Serve and send what is left, groups too."""
        await self.town.settle()
        while await serve_group_events(
            self.town.sessions, self.town.processor.ring, self.town.channels.clients, self.town.clock
        ):
            pass
        for talk in self.talks.values():
            while talk.pending:
                talk.take()

    def unsent(self) -> set[str]:
        plans = [self.planned[n] for n in self.arrived]
        taken_back = {self.target(plan) for plan in plans if plan.kind == "unsend"}
        return {f"{self.run}-{number}" for number in taken_back & self.arrived.keys()}

    def marks_of(self, who: int) -> set[str]:
        return {
            f"{self.run}-{n}"
            for n, plan in enumerate(self.planned)
            if plan.who == who and plan.kind in SAYINGS
        }


async def silent_residents(town: Town) -> list[str]:
    body = {"count": RESIDENTS, "silent": True, "municipality": "iwaki"}
    async with town.http.post(f"{town.simulator_url}/api/residents", json=body) as answer:
        found: list[str] = (await answer.json())["user_ids"]
    return found


async def heard_by(town: Town, user_id: str) -> str:
    url = f"{town.simulator_url}/api/residents/{user_id}/messages"
    async with town.http.get(url, params={"after": "0"}) as answer:
        return "\n".join(json.dumps(m["message"], ensure_ascii=False) for m in await answer.json())


def marks_in(text: str) -> set[str]:
    return {f"{run}-{number}" for run, number in MARK.findall(text)}


async def rows_of(story: Story) -> dict[str, list[LineEvent]]:
    async with story.town.sessions() as session:
        found = await session.scalars(
            select(LineEvent)
            .where(LineEvent.webhook_event_id.startswith(f"{story.run}-"))
            .order_by(LineEvent.id)
        )
        rows: dict[str, list[LineEvent]] = {}
        for row in found:
            rows.setdefault(row.webhook_event_id, []).append(row)
        return rows


async def talk_of(story: Story, who: int) -> list[tuple[str, bool]]:
    """The resident's side of a talk as it is stored: (event, whether it is marked late), in talk order."""
    async with story.town.sessions() as session:
        found = await session.execute(
            select(LineEvent.webhook_event_id, Utterance.is_late)
            .join(Utterance, Utterance.event_id == LineEvent.id)
            .join(Conversation, Conversation.id == Utterance.conversation_id)
            .join(Resident, Resident.id == Conversation.resident_id)
            .where(Resident.line_user_id == story.user_ids[who])
            .order_by(Utterance.id)
        )
        return [(event_id, is_late) for event_id, is_late in found]


async def check_outcomes(story: Story) -> None:
    rows = await rows_of(story)
    assert rows.keys() == {f"{story.run}-{number}" for number in story.arrived}
    for number in story.arrived:
        [row] = rows[f"{story.run}-{number}"]
        kind = story.planned[number].kind
        if kind in SAYINGS:
            allowed = (
                {"served", "relayed", "recorded"}
                if row.webhook_event_id in story.unsent()
                else {"served", "relayed"}
            )
        else:
            allowed = {"group": {"left_group", "failed"}, "odd": {"recorded"}, "unsend": {"recorded"}}.get(
                kind, {"served", "relayed"}
            )
        assert row.outcome in allowed, (kind, row.outcome)
        assert row.finished_at is not None
        assert row.payload is None or row.conversation_id is None


async def check_order(story: Story) -> None:
    for who, talk in story.talks.items():
        expected = [
            (f"{story.run}-{n}", late) for n, late in talk.served if story.planned[n].kind != "unsend"
        ]
        assert await talk_of(story, who) == expected


async def check_words(story: Story, ring: KeyRing) -> None:
    unsent = story.unsent()
    for who, user_id in enumerate(story.user_ids):
        own = story.marks_of(who)
        assert marks_in(await heard_by(story.town, user_id)) <= own
        for where, words in await readable(story.town.sessions, ring, user_id):
            assert marks_in(words) <= own, f"another's words in {where}"
            assert not marks_in(words) & unsent, f"unsent words in {where}"


class WebhookRun:
    """What a run stands on; no dataclass, for a failing example would show all of it."""

    def __init__(self, town: Town, ring: KeyRing, secret: str) -> None:
        self.town, self.ring, self.secret = town, ring, secret


@pytest.fixture
def setup(town: Town, ring: KeyRing, settings: Settings) -> WebhookRun:
    return WebhookRun(town, ring, settings.channel_secret("LINE_CHANNEL_SECRET"))


@pytest.mark.timeout(300)
@examples(
    max_examples=40,
    deadline=None,
    # Examples are short as they are; making them shorter on a real database takes minutes.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(planned=EVENTS, steps=STEPS)
@example(  # an unsend that comes before its message, in LINE's time and in arrival
    planned=[Planned(0, "看護師さんと話したい", 5), Planned(0, "unsend", 3)],
    steps=[Post((1,)), ServeRounds(1), Post((0,)), ServeRounds(1)],
)
@example(  # a later webhook brings what LINE dates earlier; then one that is too late
    planned=[
        Planned(0, "こんにちは", 9),
        Planned(0, "近くの内科をさがして", 4),
        Planned(1, "こんにちは", 7),
        Planned(0, "風邪薬を買いたい", 6),
        Planned(0, "はい", 1),
    ],
    steps=[Post((0, 2)), Post((1, 3)), ServeRounds(1), Post((4,), is_redelivery=True), ServeRounds(3)],
)
@example(  # words that a memory and a summary have taken up are taken back
    planned=[
        Planned(0, "よくわからないことば", 0),
        Planned(0, "tap", 1),
        Planned(0, "看護師さんと話したい", 2),
        Planned(0, "unsend", 3),
    ],
    steps=[Post((0, 1, 2)), ServeRounds(3), Post((3,)), ServeRounds(1)],
)
async def test_words_stay_in_their_talk_and_each_event_has_one_outcome(
    setup: WebhookRun, planned: list[Planned], steps: list[Step]
) -> None:
    await setup.town.settle()
    story = Story(setup.town, setup.secret, planned, await silent_residents(setup.town))
    for step in steps:
        await story.take(step)
    await story.finish()
    await check_outcomes(story)
    await check_order(story)
    await check_words(story, setup.ring)
