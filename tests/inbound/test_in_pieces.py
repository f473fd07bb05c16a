"""Test sentences sent in pieces: heard together, answered together, and never taken for a no."""

import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.inbound.store import add_tombstone
from bot.triage.danger.danger_rules import read_dangers
from core.crypto import KeyRing
from core.db.tables import Conversation, LineEvent, Outbox, SafetyEvent, Thread, Urgency, Utterance
from core.findings import FindingAnswer
from core.residents.keys import open_json
from core.talk import lock_talk
from core.texts import Texts
from handoff.service_resident import read_summary
from tests.conftest import DATA, FakeClock
from tests.harness.in_process import ScriptedResident, Town
from tests.harness.talk_threads import claimed, open_thread

CARD = "いますぐ119番に電話を"
CALL = "119番"
FEVER = "35歳です。熱があります"
PERSON = "看護師さんと話したい"


@pytest.fixture
async def resident(town: Town) -> ScriptedResident:
    town.meanings.teach(FEVER, "consult_symptom")
    town.meanings.teach(PERSON, "talk_to_human")
    town.meanings.teach("ない", "deny")
    town.meanings.teach("いいえ", "deny")
    return await town.resident()


async def state_of(town: Town, ring: KeyRing) -> dict[str, Any]:
    async with town.sessions.begin() as session:
        talk = await lock_talk(session, ring, (await session.scalars(select(Conversation.id))).one())
        return dict(talk.state)


async def outcomes(town: Town) -> list[str | None]:
    """Return how the texts ended, in LINE's order."""
    async with town.sessions() as session:
        events = select(LineEvent).where(LineEvent.kind == "message.text")
        return [event.outcome for event in await session.scalars(events.order_by(LineEvent.id))]


async def writes(resident: ScriptedResident, pieces: Sequence[str]) -> str:
    """Send pieces one after the other, two seconds apart, each answered before the next; return all answers."""
    heard = ""
    for piece in pieces:
        heard += await resident.says(piece)
        resident.town.clock.advance(seconds=2)  # type: ignore[attr-defined]
    return heard


async def bursts(resident: ScriptedResident, pieces: Sequence[str]) -> str:
    """Send pieces before any of them is served; return what comes back."""
    for piece in pieces:
        await resident.does(type="text", text=piece)
        resident.town.clock.advance(milliseconds=700)  # type: ignore[attr-defined]
    await resident.town.settle()
    return await resident.hears_words()


# In each state that a talk may be in when the pieces come.


async def idle(_: ScriptedResident, __: KeyRing, ___: Texts) -> None:
    return


async def in_mid_interview(resident: ScriptedResident, _: KeyRing, __: Texts) -> None:
    assert "次の様子" in await resident.says(FEVER)


async def asked_about_a_danger(resident: ScriptedResident, _: KeyRing, __: Texts) -> None:
    assert "横になれますか" in await resident.says("息が苦しいです")


async def waiting(resident: ScriptedResident, _: KeyRing, __: Texts) -> None:
    await resident.says(PERSON)


async def claimed_by_a_nurse(resident: ScriptedResident, ring: KeyRing, texts: Texts) -> None:
    await resident.says(PERSON)
    await claimed(resident.town, ring, resident.town.clock, texts)
    await resident.town.settle()
    await resident.hears()


STATES = (idle, in_mid_interview, asked_about_a_danger, waiting)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
@pytest.mark.parametrize("no", ["ない", "なし", "ないです"])
async def test_unconscious_in_two_pieces_is_a_card_at_once(
    town: Town, resident: ScriptedResident, ring: KeyRing, texts: Texts, state: Any, no: str
) -> None:
    await state(resident, ring, texts)
    assert CARD in await writes(resident, ("意識が", no))


async def test_a_card_of_pieces_needs_no_understanding(town: Town, resident: ScriptedResident) -> None:
    await resident.says("意識が")
    town.meanings.is_down = True
    assert CARD in await resident.says("ない")


async def test_a_card_of_pieces_keeps_both_for_the_person_and_is_noted(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    await writes(resident, ("父の意識が", "ない"))
    memory = (await state_of(town, ring))["memory"]
    assert memory["consultation"]["complaint"] == "父の意識が\nない"
    assert memory["consultation"]["urgency"] == "red"
    async with town.sessions() as session:
        assert (await session.scalars(select(SafetyEvent.category))).all() == ["unconscious"]


def sampled() -> list[tuple[str, ...]]:
    """Return twenty sure dangers in pieces."""
    rnd = random.Random(20261126)
    fires = [p.fires for danger in read_dangers(Path(DATA)) for rule in danger.red for p in rule.pairs]
    fires = [text for text in fires if not text.isascii() and " " not in text and len(text) > 4]
    found = []
    for text in rnd.sample(fires, 20):
        cuts = sorted(rnd.sample(range(1, len(text)), rnd.choice((1, 2))))
        found.append(tuple(text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)))
    return found


@pytest.mark.parametrize(("number", "pieces"), list(enumerate(sampled())))
async def test_sure_dangers_in_pieces_are_carded_or_asked_about_in_every_state(
    town: Town, resident: ScriptedResident, ring: KeyRing, texts: Texts, number: int, pieces: tuple[str, ...]
) -> None:
    await STATES[number % len(STATES)](resident, ring, texts)
    assert CALL in await writes(resident, pieces)
    assert await denied_signs(town, ring) == []


async def denied_signs(town: Town, ring: KeyRing) -> list[str]:
    """Return the signs that the talk, or a thread's summary, says were denied."""
    async with town.sessions.begin() as session:
        talk = await lock_talk(session, ring, (await session.scalars(select(Conversation.id))).one())
        threads = (await session.scalars(select(Thread))).all()
        found = [
            f.question
            for t in threads
            for f in read_summary(talk, t).findings
            if f.answer is FindingAnswer.NO
        ]
        return found + [
            value for value in talk.state.get("data", {}).get("answers", {}).values() if value == "no"
        ]


# A bare no


async def test_no_after_a_piece_of_a_danger_is_asked_about(resident: ScriptedResident) -> None:
    await resident.says(FEVER)
    await resident.says("意識が")
    said = await resident.says("いいえ")
    assert "「意識がない」ということですか。そうなら、いますぐ119番に電話してください。" in said
    assert resident.labels[:3] == ["「意識がない」", "違います", "119番に電話する"]
    assert CARD in await resident.taps("「意識がない」")


async def test_what_was_not_meant_leaves_the_question_open(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    await resident.says(FEVER)
    await writes(resident, ("意識が", "いいえ"))
    assert "次の様子" in await resident.says("違います")
    assert await denied_signs(town, ring) == []
    assert "どれもない" in resident.labels


async def test_one_more_bare_no_is_asked_about_again_and_then_not_ruled_out(
    resident: ScriptedResident,
) -> None:
    await writes(resident, ("脈が", "いいえ"))
    assert "「脈がない」ということですか" in await resident.says("ない")
    assert CARD in await resident.says("ない")


async def test_a_bare_no_after_any_piece_is_no_answer_to_the_list(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    await resident.says(FEVER)
    await resident.says("食欲が")
    assert "次の様子" in await resident.says("ない")
    assert await denied_signs(town, ring) == []
    await resident.says("ない")
    assert len((await state_of(town, ring))["data"]["answers"]) == 1


async def test_the_nurse_is_not_told_that_signs_were_denied(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    await resident.says(FEVER)
    await writes(resident, ("手の感覚が", "ない"))
    await resident.says(PERSON)
    assert await denied_signs(town, ring) == []


async def test_a_noun_that_answered_leaves_the_no_an_answer(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    town.meanings.teach("熱があります", "consult_symptom")
    await resident.says("熱があります")
    await resident.says("自分")
    await resident.says("ない")
    assert len((await state_of(town, ring))["data"]["answers"]) == 1


async def test_a_list_is_answered_in_words_as_ever(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    await resident.says(FEVER)
    await resident.says("ない")
    assert len((await state_of(town, ring))["data"]["answers"]) == 1


# What is heard together, and what is not


async def test_pieces_more_than_two_minutes_apart_are_not_joined(
    resident: ScriptedResident, clock: FakeClock
) -> None:
    await resident.says("意識が")
    clock.advance(seconds=121)
    assert CARD not in await resident.says("ない")


async def test_another_residents_pieces_are_never_joined(town: Town, resident: ScriptedResident) -> None:
    other = await town.resident()
    await resident.says("意識が")
    assert CARD not in await other.says("ない")


async def test_after_a_card_the_pieces_are_spent(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    assert CARD in await writes(resident, ("意識が", "ない"))
    assert "pieces" not in (await state_of(town, ring))["memory"]
    assert CARD not in await resident.says("ない")
    assert CARD not in await resident.says("です")


async def test_a_piece_taken_back_is_out_of_the_join(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    done = await resident.does(type="text", text="意識が")
    await town.settle()
    await resident.sends(type="unsend", message_id=done["message_id"])
    assert "意識" not in str(await state_of(town, ring))
    assert CARD not in await resident.says("ない")


async def test_pieces_taken_back_leave_the_question_about_them(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    done = await resident.does(type="text", text="意識が")
    await town.settle()
    await resident.says("いいえ")
    await resident.sends(type="unsend", message_id=done["message_id"])
    assert "意識が" not in str(await state_of(town, ring))
    assert "呼んでも反応がおかしい、ということですね" in await resident.says("ええと")
    assert resident.labels[:2] == ["はい、そうです", "違います"]
    async with town.sessions.begin() as session:
        talk = await lock_talk(session, ring, (await session.scalars(select(Conversation.id))).one())
        said = [talk.words(one) for one in await session.scalars(select(Utterance)) if one.body]
        sent = [open_json(talk.key, row.body, "outbox") for row in await session.scalars(select(Outbox))]
    assert "意識が" not in str(said)
    assert "「意識が" not in str(sent)


async def test_who_waits_in_pieces_is_told_about_119_and_moves_up(
    town: Town, resident: ScriptedResident, ring: KeyRing, texts: Texts
) -> None:
    await waiting(resident, ring, texts)
    assert CALL in await writes(resident, ("だんだん息が苦し", "くなってきて"))
    thread = await open_thread(town)
    assert thread is not None
    assert thread.alarm_at is not None


async def test_a_doubt_while_waiting_is_an_alarm(
    town: Town, resident: ScriptedResident, ring: KeyRing, texts: Texts
) -> None:
    await waiting(resident, ring, texts)
    assert CALL in await writes(resident, ("声が", "いいえ"))
    thread = await open_thread(town)
    assert thread is not None
    assert thread.urgency == Urgency.ORANGE.value
    assert thread.alarm_at is not None


async def test_pieces_in_a_claimed_talk_ring_for_the_nurse(
    town: Town, resident: ScriptedResident, ring: KeyRing, texts: Texts
) -> None:
    await claimed_by_a_nurse(resident, ring, texts)
    await writes(resident, ("息を", "していない"))
    thread = await open_thread(town)
    assert thread is not None
    assert thread.urgency == Urgency.RED.value


# Several messages that wait together


async def test_a_burst_is_answered_once_with_all_its_words(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    town.meanings.teach("あの\nきのうから\n35歳の夫が\n熱を出しています", "consult_symptom")
    said = await bursts(resident, ("あの", "きのうから", "35歳の夫が", "熱を出しています"))
    assert said.count("次の様子") == 1
    assert await outcomes(town) == ["served"] * 4
    state = await state_of(town, ring)
    assert state["data"]["complaint"] == "あの\nきのうから\n35歳の夫が\n熱を出しています"
    async with town.sessions() as session:
        spoken = select(Utterance.event_id).where(Utterance.speaker == "resident").order_by(Utterance.id)
        events = [event for event in await session.scalars(spoken) if event]
    assert events == sorted(events)


async def test_a_danger_in_a_burst_is_a_card_at_once(town: Town, resident: ScriptedResident) -> None:
    said = await bursts(resident, ("父の", "意識が", "ない"))
    assert said.count(CARD) == 1
    assert await outcomes(town) == ["served"] * 3


async def test_a_long_burst_is_not_held_back_for_ever(town: Town, resident: ScriptedResident) -> None:
    assert await bursts(resident, [f"{number}番目の話が" for number in range(12)])
    assert await outcomes(town) == ["served"] * 12


async def test_a_whole_answer_to_an_open_question_does_not_wait(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    await resident.says(FEVER)
    await bursts(resident, ("ない", "咳も出ます"))
    assert len((await state_of(town, ring))["data"]["answers"]) >= 1


async def test_a_message_that_waits_for_one_that_is_taken_back_is_answered(
    town: Town, resident: ScriptedResident
) -> None:
    await resident.does(type="text", text="きのうから")
    done = await resident.does(type="text", text="足が")
    await town.webhooks_delivered()
    (claim,) = await town.processor.claim(1, True)
    await town.processor.serve(claim)
    await town.send()
    assert await resident.hears_words() == ""
    # The unsend overtakes its message.
    async with town.sessions.begin() as session:
        second = (await session.scalars(select(LineEvent).where(LineEvent.outcome.is_(None)))).one()
        assert second.conversation_id is not None
        await add_tombstone(session, second.conversation_id, done["message_id"], town.clock())
    await town.settle()
    assert await resident.hears_words() != ""


async def test_pieces_that_wait_behind_something_slow_are_heard_together(
    town: Town, resident: ScriptedResident, clock: FakeClock
) -> None:
    town.meanings.teach("ゆっくり", "greet")
    await resident.does(type="text", text="ゆっくり")
    await town.webhooks_delivered()
    assert len(await town.processor.claim(1, True)) == 1  # and is slow
    for piece in ("意識が", "ない"):
        await resident.does(type="text", text=piece)
    await town.webhooks_delivered()
    clock.advance(seconds=2)
    assert await town.processor.screen_overlooked() == 1
    await town.send()
    assert (await resident.hears_words()).count(CARD) == 1
    clock.advance(seconds=11)
    await town.settle()
    assert CARD not in await resident.hears_words()


async def test_an_end_that_overtakes_its_beginning_is_heard_with_it(
    town: Town, resident: ScriptedResident, clock: FakeClock
) -> None:
    await resident.does(type="text", text="意識が")
    await resident.does(type="text", text="ない")
    await town.webhooks_delivered()
    async with town.sessions.begin() as session:
        events = await session.scalars(
            select(LineEvent).where(LineEvent.outcome.is_(None)).order_by(LineEvent.id)
        )
        first = events.first()
        assert first is not None
        first.occurred_at -= timedelta(seconds=2)
        first.next_attempt_at = clock() + timedelta(seconds=5)
        late, first.conversation_id = first.conversation_id, None
        late_id = first.id
    await town.settle()
    assert CARD not in await resident.hears_words()
    async with town.sessions.begin() as session:
        event = await session.get(LineEvent, late_id)
        assert event is not None
        event.conversation_id, event.next_attempt_at = late, clock()
    await town.settle()
    assert CARD in await resident.hears_words()


async def test_a_worker_that_dies_in_a_burst_loses_and_doubles_nothing(
    town: Town, resident: ScriptedResident, clock: FakeClock
) -> None:
    for piece in ("きのうから", "足が", "少し重いです"):
        await resident.does(type="text", text=piece)
    await town.webhooks_delivered()
    (first,) = await town.processor.claim(1, True)
    await town.processor.serve(first)
    assert len(await town.processor.claim(1, True)) == 1  # and then the process is gone
    clock.advance(seconds=11)
    await town.settle()
    assert await outcomes(town) == ["served"] * 3
    assert len(await resident.hears()) == 1
