"""A new flow is one class with one specification: the engine does the rest, and no other module knows of it.

The flow lends wheelchairs: it asks for whom and until when, and keeps the resident's words.
"""

import json
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import select

from bot.app import all_flows, build_processor, load_content
from bot.dialogue.flow import Context, Flows, FlowSpec, Intent
from bot.dialogue.flow_data import FlowData
from bot.dialogue.state import State
from bot.dialogue.turn import Turn
from bot.dialogue.user_input import UserInput
from core.crypto import KeyRing
from core.db.tables import Conversation, Thread
from core.messages import Answer, Choices, Message, Tap, Text
from core.residents.keys import open_json
from core.settings import Settings
from core.talk import lock_talk
from core.texts import Texts
from core.words import NO_WORDS, Words
from shop.links import shop_desk
from tests.conftest import FakeClock
from tests.harness.in_process import ScriptedResident, Town

WISH = "車いすを借りたいです"
FOR = "足の悪い祖母のためです"
PERSON = "看護師さんと話したい"
CLINIC = "近くの内科"
BACK = "先ほどの質問にもどる"
WORDS = {
    "talk.wish.borrow": "車いすの貸し出し",
    "talk.loan.whom": "どなたがお使いになりますか。",
    "talk.loan.until": "いつまでお使いになりますか。",
    "talk.loan.lent": "{who}、{when}まで、お貸しします。",
}


@dataclass(frozen=True)
class LoanData(FlowData):
    """Why, for whom; a wheelchair for today unless it is said otherwise."""

    wish: Words = NO_WORDS
    whom: Words | None = None
    is_today: bool = True

    @property
    def told_words(self) -> Words:
        return self.wish.and_(*(self.whom or ()))


class LoanFlow:
    """Two questions, then the answer."""

    spec = FlowSpec(
        name="loan",
        data=LoanData,
        intents=(Intent("borrow", 20),),
        accepts=frozenset({"", "out_of_scope"}),
        keeps_question=True,
    )

    def start(self, state: State, user_input: UserInput, ctx: Context) -> Turn:
        opened = State("loan", ctx.instance, "whom", LoanData(Words.of(user_input.text)), state.memory)
        return Turn(opened, self.question(opened, ctx))

    def read(self, state: State, user_input: UserInput, _ctx: Context) -> Words | str | None:
        if user_input.answer:
            return user_input.answer.value if user_input.answer.question == state.step else None
        belongs = user_input.is_text and user_input.intent in self.spec.accepts
        return Words.of(user_input.text) if belongs else None

    def resume(self, state: State, reading: Words | str, ctx: Context) -> Turn:
        data = state.data
        assert isinstance(data, LoanData)
        if state.step == "whom":
            asked = state.at("until", replace(data, whom=Words.of(*reading), is_today=False))
            return Turn(asked, self.question(asked, ctx))
        assert data.whom
        when = "あした" if reading == "tomorrow" else str(reading)
        lent = ctx.texts("talk.loan.lent", who=data.whom.text, when=when)
        return Turn(state.ended(), (Text(text=lent),))

    def question(self, state: State, ctx: Context) -> tuple[Message, ...]:
        if state.step == "whom":
            return (Text(text=ctx.texts("talk.loan.whom")),)
        answer = Answer("loan", state.instance, "until", "tomorrow")
        return (
            Choices(text=ctx.texts("talk.loan.until"), options=(Tap("あした", answer.data(), "あした"),)),
        )


def with_loans(town: Town, settings: Settings) -> None:
    """Let the town's worker begin anew, with one flow more."""
    content = load_content(settings.data_dir)
    texts = Texts({**{key: content.texts._values[key] for key in content.texts.keys()}, **WORDS}, "ja")  # noqa: SIM118
    content = replace(content, texts=texts)
    town.processor = build_processor(
        content,
        town.processor.ear,
        town.sessions,
        town.processor.ring,
        town.clock,
        town.meanings,
        shop_desk(content.catalogue, settings, texts),
        town.channels,
        runs_drafts=True,
        flows=Flows((*all_flows(content).values(), LoanFlow())),
    )


@pytest.fixture
async def resident(town: Town, settings: Settings) -> ScriptedResident:
    with_loans(town, settings)
    town.meanings.teach(WISH, "borrow")
    town.meanings.teach(PERSON, "talk_to_human")
    town.meanings.teach(CLINIC, "find_facility", department="内科")
    return await town.resident()


async def kept(town: Town, ring: KeyRing) -> dict[str, Any]:
    """Return the talk's state and the summaries of its threads."""
    async with town.sessions.begin() as session:
        talk = await lock_talk(session, ring, (await session.scalars(select(Conversation.id))).one())
        threads = await session.scalars(select(Thread))
        return {
            "state": dict(talk.state),
            "summaries": [open_json(talk.key, thread.summary, "summary") for thread in threads],
        }


def plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


async def test_it_asks_and_is_answered_in_words_and_by_tap(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    assert WORDS["talk.loan.whom"] in await resident.says(WISH)
    assert WORDS["talk.loan.until"] in await resident.says(FOR)
    stored = (await kept(town, ring))["state"]
    assert (stored["flow"], stored["step"]) == ("loan", "until")
    assert stored["data"] == {"wish": WISH, "whom": FOR, "is_today": False}
    assert f"{FOR}、あしたまで" in await resident.taps("あした")
    assert "flow" not in (await kept(town, ring))["state"]


async def test_it_is_left_for_another_wish_and_taken_up_again(resident: ScriptedResident) -> None:
    await resident.says(WISH)
    await resident.says(FOR)
    assert "どのあたり" in await resident.says(CLINIC)
    assert BACK in resident.labels
    assert WORDS["talk.loan.until"] in await resident.taps(BACK)
    assert f"{FOR}、あしたまで" in await resident.taps("あした")


async def test_a_symptom_in_between_comes_first_and_its_words_go_to_the_person(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    town.meanings.teach("頭が痛いです", "consult_symptom")
    await resident.says(WISH)
    await resident.says(FOR)
    assert "頭の痛み" in await resident.says("頭が痛いです")
    await resident.says(PERSON)
    (found,) = (await kept(town, ring))["summaries"]
    assert FOR in found["complaint"]
    assert "頭が痛いです" in found["complaint"]


async def test_another_wish_of_the_same_message_is_served_first_and_it_follows(
    town: Town, resident: ScriptedResident
) -> None:
    both = f"{CLINIC}を教えてください。あと{WISH}"
    town.meanings.teach(both, "find_facility", department="内科")
    town.meanings.teach(f"{CLINIC}を教えてください。", "find_facility", department="内科")
    heard = await resident.says(both)
    assert "車いすの貸し出し" in heard
    assert "どのあたり" in heard
    after = await resident.says("平")
    assert "続いて、車いすの貸し出し" in after
    assert WORDS["talk.loan.whom"] in after


async def test_another_wish_beside_an_answer_waits_until_it_has_ended(
    town: Town, resident: ScriptedResident
) -> None:
    both = f"{FOR}。あと{CLINIC}"
    town.meanings.teach(both, "find_facility", department="内科")
    await resident.says(WISH)
    heard = await resident.says(both)
    assert "このあと順に" in heard
    assert WORDS["talk.loan.until"] in heard
    after = await resident.taps("あした")
    assert f"{FOR}。、あしたまで" in after
    assert "どのあたり" in after


async def test_a_person_who_takes_over_reads_its_words(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    await resident.says(WISH)
    await resident.says(FOR)
    await resident.says(PERSON)
    (found,) = (await kept(town, ring))["summaries"]
    assert WISH in found["complaint"]
    assert FOR in found["complaint"]


async def test_words_taken_back_leave_its_data_what_was_left_and_the_summary(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    await resident.says(WISH)
    sent = await resident.does(type="text", text=FOR)
    await town.settle()
    await resident.says(CLINIC)
    stored = (await kept(town, ring))["state"]["memory"]
    assert FOR in plain(stored["left"])
    assert FOR in plain(stored["told"])
    await resident.says(PERSON)
    await resident.sends(type="unsend", message_id=sent["message_id"])
    found = await kept(town, ring)
    assert FOR not in plain(found)
    assert WISH in plain(found["summaries"])


async def test_words_taken_back_while_its_question_is_open_are_gone(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    await resident.says(WISH)
    sent = await resident.does(type="text", text=FOR)
    await town.settle()
    await resident.sends(type="unsend", message_id=sent["message_id"])
    stored = (await kept(town, ring))["state"]
    assert stored["data"] == {"wish": WISH, "whom": "", "is_today": False}


async def test_its_question_is_yesterdays_the_next_day(resident: ScriptedResident, clock: FakeClock) -> None:
    await resident.says(WISH)
    clock.advance(hours=25)
    assert "1日以上たった" in await resident.says(FOR)


async def test_its_button_is_yesterdays_the_next_day(resident: ScriptedResident, clock: FakeClock) -> None:
    await resident.says(WISH)
    await resident.says(FOR)
    clock.advance(hours=25)
    heard = await resident.taps("あした")
    assert "まで、お貸しします" not in heard
    assert "前の" in heard


async def test_a_second_tap_on_its_button_is_stale(resident: ScriptedResident) -> None:
    await resident.says(WISH)
    await resident.says(FOR)
    await resident.taps("あした")
    assert "お貸しします" not in await resident.taps("あした")


async def test_its_question_survives_a_new_worker(
    town: Town, resident: ScriptedResident, settings: Settings
) -> None:
    await resident.says(WISH)
    await resident.says(FOR)
    with_loans(town, settings)
    assert f"{FOR}、あしたまで" in await resident.taps("あした")


async def test_a_release_without_it_keeps_the_memory_and_forgets_the_question(
    town: Town, resident: ScriptedResident, ring: KeyRing, settings: Settings
) -> None:
    await resident.says(WISH)
    await resident.says(CLINIC)
    stored = (await kept(town, ring))["state"]
    known = State.from_json(stored, all_flows(load_content(settings.data_dir)).data_types)
    assert known.memory.interrupted is None
    assert known.memory.remark is not None
    assert known.memory.remark.words.lines == (WISH,)


@pytest.mark.parametrize(
    "other",
    [
        FlowSpec(name="loan"),
        FlowSpec(name="other", intents=(Intent("borrow"),)),
        FlowSpec(name="other", is_fallback=True),
        FlowSpec(name="other", menu="shop"),
        FlowSpec(name="other", kinds=("sticker",)),
    ],
)
def test_what_is_another_flows_already_is_refused(other: FlowSpec, settings: Settings) -> None:
    second = LoanFlow()
    second.spec = other  # type: ignore[misc]
    known = all_flows(load_content(settings.data_dir)).values()
    with pytest.raises(ValueError, match=r"two flows have the same|exactly one"):
        Flows((*known, LoanFlow(), second))
