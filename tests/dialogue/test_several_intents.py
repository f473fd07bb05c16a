"""Test several intents in one message, questions left open, pictures in between, and the next day."""

from typing import Any

import pytest
from sqlalchemy import select

from core.crypto import KeyRing
from core.db.tables import Conversation
from core.talk import lock_talk
from tests.harness.in_process import ScriptedResident, Town
from tests.harness.samples import AT_TAIRA, PICTURE
from tests.harness.talk_threads import open_thread, summary

FEVER = "昨日から熱があるんだけど"
CLINIC = "近くで今やってる内科も教えて。"
PHARMACIST = "薬剤師さんに聞きたい"
ALL = f"{FEVER}、{CLINIC}あと{PHARMACIST}"
BACK = "先ほどの質問にもどる"


@pytest.fixture
async def resident(town: Town) -> ScriptedResident:
    town.meanings.teach(ALL, "consult_symptom")
    town.meanings.teach(FEVER, "consult_symptom")
    town.meanings.teach("熱があります", "consult_symptom")
    town.meanings.teach(CLINIC, "find_facility", department="内科")
    town.meanings.teach("近くの内科", "find_facility", department="内科")
    town.meanings.teach(PHARMACIST, "talk_to_human")
    town.meanings.teach("料金はかかりますか", "ask_how_to_use")
    town.meanings.teach("ありがとう", "thanks")
    town.meanings.teach("もうけっこう", "cancel")
    return await town.resident()


async def test_three_wishes_are_served_in_turn_the_symptom_first(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    first = await resident.says(ALL)
    assert "このあと順に" in first
    assert "病院・薬局さがし、専門の人への相談" in first
    after = await resident.answers_all()
    assert "続いて、病院・薬局さがしについて" in after
    assert "どのあたり" in after
    heard = await resident.sends(**AT_TAIRA)
    assert "続いて、専門の人への相談について" in heard
    assert "薬剤師に伝えました" in heard
    known = await summary(town, ring)
    assert FEVER in known.complaint.text
    assert known.protocols


async def test_what_is_dropped_by_starting_over_does_not_come_back(resident: ScriptedResident) -> None:
    await resident.says(ALL)
    await resident.says("やめる")
    await resident.says("近くの内科")
    assert "続いて" not in await resident.sends(**AT_TAIRA)


async def test_an_emergency_drops_the_other_wishes(town: Town, resident: ScriptedResident) -> None:
    await resident.says(ALL)
    await resident.says("父が急に倒れて返事をしません")
    await resident.says("近くの内科")
    assert "続いて" not in await resident.sends(**AT_TAIRA)


async def test_wishes_of_yesterday_do_not_come_up(resident: ScriptedResident, clock: Any) -> None:
    await resident.says(ALL)
    clock.advance(hours=25)
    await resident.says("近くの内科")
    assert "続いて" not in await resident.sends(**AT_TAIRA)


async def test_an_answer_and_a_wish_in_one_message_are_both_heard(
    town: Town, resident: ScriptedResident
) -> None:
    town.meanings.teach("どれもないです。近くの内科も知りたい", "find_facility")
    town.meanings.teach("どれもないです。", "deny")
    town.meanings.teach("近くの内科も知りたい", "find_facility", department="内科")
    await resident.says("熱があります")
    first = await resident.taps("自分")
    heard = await resident.says("どれもないです。近くの内科も知りたい")
    assert "このあと順に" in heard
    assert heard != first
    assert "続いて、病院・薬局さがしについて" in await resident.answers_all()


async def test_a_price_is_answered_beside_the_open_question(resident: ScriptedResident) -> None:
    question = await resident.says("熱があります")
    heard = await resident.says("料金はかかりますか")
    assert "無料です" in heard
    assert question in heard
    assert "自分" in resident.labels


async def test_thanks_do_not_end_the_questions(resident: ScriptedResident) -> None:
    question = await resident.says("熱があります")
    heard = await resident.says("ありがとう")
    assert "どういたしまして" in heard
    assert question in heard


async def test_another_wish_is_served_and_the_question_taken_up_again(resident: ScriptedResident) -> None:
    question = await resident.says("熱があります")
    assert "どのあたり" in await resident.says("近くの内科")
    assert BACK in resident.labels
    assert "まだ途中です" in await resident.sends(**AT_TAIRA)
    heard = await resident.taps(BACK)
    assert "先ほどの続き" in heard
    assert question in heard
    assert "続いて、" not in await resident.answers_all()


async def test_going_on_can_be_typed(resident: ScriptedResident) -> None:
    question = await resident.says("熱があります")
    await resident.says("近くの内科")
    assert question in await resident.says(BACK)


async def test_a_question_left_open_is_gone_the_next_day(resident: ScriptedResident, clock: Any) -> None:
    await resident.says("熱があります")
    await resident.says("近くの内科")
    assert BACK in resident.labels
    clock.advance(hours=25)
    assert "いまは使えません" in await resident.taps(BACK)


async def test_who_leaves_is_not_asked_again(resident: ScriptedResident) -> None:
    await resident.says("熱があります")
    assert "はじめに戻りました" in await resident.says("もうけっこう")
    await resident.says("近くの内科")
    assert BACK not in resident.labels


async def test_what_was_found_half_way_goes_to_the_person(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    await resident.says("熱があります")
    await resident.taps("ちょっと聞きたい（人に）")
    await resident.taps("看護師（迷うとき）")
    known = await summary(town, ring)
    assert "熱があります" in known.complaint.text
    assert known.is_unassessed
    thread = await open_thread(town)
    assert thread is not None
    assert thread.urgency in {"yellow", "orange"}


async def test_a_picture_in_between_is_kept_and_the_question_stays(resident: ScriptedResident) -> None:
    question = await resident.says("熱があります")
    heard = await resident.sends(type="image", data=PICTURE)
    assert "専門の人が見ます" in heard
    assert question in heard


async def test_three_pictures_in_a_row_get_one_answer(resident: ScriptedResident, clock: Any) -> None:
    assert "ひとつだけ" in await resident.sends(type="image", data=PICTURE)
    assert await resident.sends(type="image", data=PICTURE) == ""
    assert await resident.sends(type="image", data=PICTURE) == ""
    clock.advance(minutes=5)
    assert "受け取りました" in await resident.sends(type="image", data=PICTURE)


async def test_a_place_in_between_is_kept_and_the_question_stays(
    town: Town, resident: ScriptedResident
) -> None:
    question = await resident.says("熱があります")
    heard = await resident.sends(**AT_TAIRA)
    assert "場所を受け取りました" in heard
    assert question in heard


async def test_yesterdays_question_is_not_todays(resident: ScriptedResident, clock: Any) -> None:
    await resident.says("熱があります")
    clock.advance(hours=25)
    assert "1日以上たった" in await resident.says("どれもないです")


async def test_a_clear_wish_the_next_day_is_simply_served(resident: ScriptedResident, clock: Any) -> None:
    await resident.says("熱があります")
    clock.advance(hours=25)
    heard = await resident.says("近くの内科")
    assert "どのあたり" in heard
    assert "1日以上" not in heard


async def test_a_message_of_several_wishes_that_is_taken_back_is_forgotten_everywhere(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    sent = await resident.does(type="text", text=ALL)
    await town.settle()
    await resident.sends(type="unsend", message_id=sent["message_id"])
    async with town.sessions.begin() as session:
        talk = await lock_talk(session, ring, (await session.scalars(select(Conversation.id))).one())
        state = str(talk.state)
    assert not [piece for piece in (FEVER, CLINIC, PHARMACIST) if piece.strip("。") in state]


async def test_a_symptom_left_open_comes_before_the_other_wishes(resident: ScriptedResident) -> None:
    await resident.says(ALL)
    await resident.says("近くの内科")
    heard = await resident.sends(**AT_TAIRA)
    assert "まだ途中です" in heard
    assert "伝えました" not in heard
    await resident.taps(BACK)
    after = await resident.answers_all()
    assert "続いて、病院・薬局さがし" not in after  # served meanwhile
    assert "薬剤師に伝えました" in after


async def test_shortcuts_of_what_is_over_do_not_stand_beside_what_is_asked(
    resident: ScriptedResident,
) -> None:
    await resident.says(ALL)
    await resident.answers_all()
    await resident.sends(**AT_TAIRA)
    assert "待つのをやめる" in resident.labels
    assert "場所を送る" not in resident.labels
