"""Test dangers that are heard while somebody waits for a person, or talks with one: the level rises, the inbox rings."""

from typing import Any

import pytest
from sqlalchemy import select

from core.clock import Clock
from core.crypto import KeyRing
from core.db.tables import Conversation, Thread, Urgency
from core.talk import lock_talk
from core.texts import Texts
from handoff.service_resident import open_thread_of, read_summary
from tests.harness.in_process import ScriptedResident, Town
from tests.harness.talk_threads import claimed

# Tried as the first words after a nurse was asked for: none of them is a red flag by the screen of before.
WORSE = (
    "息が苦しくなってきました",
    "いきがくるしい",
    "だんだん胸が痛くなってきた",
    "子どもがぐったりしてきました",
    "手がしびれてきて力が入りにくいです",
    "おなかの痛みがひどくなってます",
    "血が混じった便が出ました",
    "さっきから頭が割れそうに痛い",
    "薬を飲んだら唇が腫れてきた",
    "妊娠中です。少し出血してきました",
    "ろれつが回りにくい気がする",
)
STILL = ("ありがとうございます", "わかりました、待っています", "息は苦しくありません", "熱は37度です")


@pytest.fixture
async def resident(town: Town) -> ScriptedResident:
    town.meanings.teach("看護師さんと話したい", "talk_to_human")
    found = await town.resident()
    await found.says("看護師さんと話したい")
    return found


async def thread_of(town: Town) -> Thread:
    async with town.sessions() as session:
        return (await session.scalars(select(Thread))).one()


@pytest.mark.parametrize("words", WORSE)
async def test_who_waits_and_gets_worse_is_told_about_119_and_moves_up(
    town: Town, resident: ScriptedResident, words: str
) -> None:
    answer = await resident.says(words)
    assert "119番に電話" in answer
    assert "このままお待ちください" not in answer
    thread = await thread_of(town)
    assert thread.alarm_at is not None
    assert thread.urgency in {Urgency.ORANGE.value, Urgency.RED.value}


@pytest.mark.parametrize("words", STILL)
async def test_other_words_raise_no_alarm(town: Town, resident: ScriptedResident, words: str) -> None:
    await resident.says(words)
    assert (await thread_of(town)).alarm_at is None


async def test_a_danger_at_the_end_of_a_long_story_is_heard(town: Town, resident: ScriptedResident) -> None:
    story = "きのうは庭の手入れをして、夕方に孫と散歩をしました。" * 150
    assert "119番に電話" in await resident.says(f"{story}息が苦しくなってきました")


async def test_the_same_danger_again_is_answered_and_kept(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    await resident.says("息が苦しくなってきました")
    assert "119番に電話" in await resident.says("息が苦しいです、まだですか")
    async with town.sessions.begin() as session:
        talk = await lock_talk(session, ring, (await session.scalars(select(Conversation.id))).one())
        thread = await open_thread_of(session, talk.conversation.id, lock=True)
        assert thread is not None
        assert "まだですか" in str(read_summary(talk, thread))


async def test_from_worrying_to_sure_within_a_minute_is_a_red(
    town: Town, resident: ScriptedResident, ring: KeyRing, clock: Any, texts: Texts
) -> None:
    await claimed(town, ring, clock, texts)
    await town.settle()
    await resident.says("息が苦しくなってきました")
    first = (await thread_of(town)).alarm_at
    clock.advance(seconds=30)
    # The worry told before does not stand for the card of the sure sign.
    assert "いますぐ119番に電話" in await resident.says("息が苦しくて、唇が紫です")
    thread = await thread_of(town)
    assert thread.urgency == Urgency.RED.value
    assert thread.alarm_at != first


async def test_a_wish_to_die_while_waiting_is_met_with_care(town: Town, resident: ScriptedResident) -> None:
    answer = await resident.says("毎晩死にたいと考えてしまいます")
    assert "話してくださって" in answer
    assert (await thread_of(town)).is_despair


async def test_while_a_clinician_has_the_talk_it_rings_for_her_and_the_resident_is_left_to_her(
    town: Town, resident: ScriptedResident, ring: KeyRing, clock: Any, texts: Texts
) -> None:
    await claimed(town, ring, clock, texts)
    await town.settle()
    await resident.hears()
    assert await resident.says("息が苦しくなってきました") == ""
    thread = await thread_of(town)
    assert thread.alarm_at is not None
    assert thread.urgency == Urgency.ORANGE.value


async def test_a_plan_to_die_while_waiting_is_despair_for_everybody(
    town: Town, resident: ScriptedResident, clock: Clock
) -> None:
    await resident.says("遺書は書き終えました。家族にはさよならを言いました")
    thread = await thread_of(town)
    assert thread.is_despair
    assert thread.alarm_at is not None


async def test_the_danger_stands_first_in_the_clinicians_summary_until_its_words_are_taken_back(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    async def told() -> list[tuple[str, str, str]]:
        async with town.sessions.begin() as session:
            talk = await lock_talk(session, ring, (await session.scalars(select(Conversation.id))).one())
            thread = await open_thread_of(session, talk.conversation.id, lock=True)
            assert thread
            found = read_summary(talk, thread).told
        return [(f.question, f.mark.urgency or "", str(f.mark.words.text)) for f in found]

    sent = await resident.does(type="text", text="息が苦しくなってきました")
    await town.settle()
    assert await told() == [("breathing", "orange", "息が苦しくなってきました")]
    await resident.does(type="unsend", message_id=sent["message_id"])
    await town.settle()
    assert await told() == []
