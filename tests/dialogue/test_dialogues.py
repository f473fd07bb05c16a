"""Test whole talks: what residents write and tap, and what they are told."""

from typing import Any

import pytest
from sqlalchemy import select

from core.crypto import KeyRing
from core.db.tables import Conversation, Thread, Utterance
from core.residents.keys import open_json
from core.talk import lock_talk
from handoff.service_resident import open_thread_of
from tests.harness.in_process import ScriptedResident, Town
from tests.harness.samples import AT_TAIRA, PICTURE

FEVER = "昨日から熱があって頭が痛いです"


@pytest.fixture
async def resident(town: Town) -> ScriptedResident:
    town.meanings.teach(FEVER, "consult_symptom")
    town.meanings.teach("近くの内科", "find_facility", department="内科")
    town.meanings.teach("風邪薬を買いたい", "buy_medicine")
    town.meanings.teach("看護師さんと話したい", "talk_to_human")
    town.meanings.teach("こんにちは", "greet")
    return await town.resident()


async def newest_seq(resident: ScriptedResident) -> int:
    url = f"{resident.town.simulator_url}/api/residents/{resident.user_id}/messages"
    async with resident.town.http.get(url) as answer:
        return int((await answer.json())[-1]["seq"])


async def test_help_comes_first(town: Town) -> None:
    newcomer = await town.resident(greeted=False)
    welcome = await newcomer.hears_words()
    assert "119番" in welcome
    assert "どのようなご用件ですか" in welcome


async def test_a_first_word_is_answered_without_a_greeting(resident: ScriptedResident) -> None:
    assert "どうされましたか" in await resident.says("こんにちは")


async def test_a_fever_gets_questions_one_by_one_and_an_urgency_card(resident: ScriptedResident) -> None:
    assert "・" in await resident.says(FEVER)
    asked = await resident.answers_all()
    assert "何歳ですか" in asked
    assert "【緑】次の診療時間に病院へ" in asked
    assert "あとで様子を聞いてもらう" in resident.labels


async def test_yes_to_the_first_check_is_an_emergency_at_once(resident: ScriptedResident) -> None:
    await resident.says(FEVER)
    card = await resident.taps("ひとつでもある")
    assert "119" in card


async def test_typing_the_answer_works_like_tapping_it(resident: ScriptedResident) -> None:
    question = await resident.says(FEVER)
    by_number = await resident.says("２")
    assert by_number
    assert by_number != question


async def test_yesterdays_button_is_recognised_and_never_an_answer_to_todays_question(
    resident: ScriptedResident,
) -> None:
    await resident.says(FEVER)
    seq = await newest_seq(resident)
    await resident.says("やめる")
    await resident.says(FEVER)
    assert "前の" in await resident.taps("ひとつでもある", seq=seq)


async def test_the_same_button_twice_is_one_answer(resident: ScriptedResident) -> None:
    await resident.says(FEVER)
    seq = await newest_seq(resident)
    await resident.taps("どれもない", seq=seq)
    assert "前の質問" in await resident.taps("どれもない", seq=seq)


async def test_starting_over_is_always_possible(resident: ScriptedResident) -> None:
    await resident.says(FEVER)
    assert "はじめに戻りました" in await resident.says("やめる")


async def test_a_clinic_near_the_sent_place(resident: ScriptedResident) -> None:
    assert "場所" in await resident.says("近くの内科")
    await resident.sends(**AT_TAIRA)


async def test_a_place_may_be_told_by_the_districts_name(resident: ScriptedResident) -> None:
    await resident.says("近くの内科")
    assert "読み取れません" not in await resident.says("小名浜")


async def test_a_shop_card_for_a_cold_medicine(resident: ScriptedResident) -> None:
    assert "薬剤師" in await resident.says("風邪薬を買いたい")


async def test_a_person_is_asked_for_by_name(resident: ScriptedResident) -> None:
    assert "看護師に伝えました" in await resident.says("看護師さんと話したい")


async def test_while_waiting_words_are_taken_and_acknowledged_now_and_then(
    resident: ScriptedResident, clock: Any
) -> None:
    await resident.says("看護師さんと話したい")
    assert "受け取りました" in await resident.says("熱が上がってきました")
    assert await resident.says("39度です") == ""
    clock.advance(minutes=4)
    assert "受け取りました" in await resident.says("まだですか")


async def test_waiting_can_be_given_up(resident: ScriptedResident) -> None:
    await resident.says("看護師さんと話したい")
    await resident.says("まだですか")
    assert "やめました" in await resident.taps("待つのをやめる")
    assert "どうされましたか" in await resident.says("こんにちは")


async def test_a_picture_outside_a_handoff_gets_the_safety_question(resident: ScriptedResident) -> None:
    asked = await resident.sends(type="image", data=PICTURE)
    assert "ひとつだけ" in asked
    assert "119" in await resident.taps("あてはまる")


async def test_without_understanding_the_menu_and_a_person_remain(
    town: Town, resident: ScriptedResident
) -> None:
    town.meanings.is_down = True
    assert "機能が止まっています" in await resident.says("なんだか変なんです")
    assert "どなたに" in await resident.taps("ちょっと聞きたい（人に）")


async def test_a_collapse_gets_the_emergency_card_in_every_state(
    town: Town, resident: ScriptedResident
) -> None:
    collapse = "父が急に倒れて返事をしません"
    assert "119" in await resident.says(collapse)
    await resident.says(FEVER)
    assert "119" in await resident.says(collapse)
    await resident.says("看護師さんと話したい")
    assert "119" in await resident.says(collapse)
    town.meanings.is_down = True
    assert "119" in await resident.says(collapse)


async def test_a_message_taken_back_is_forgotten_everywhere(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    sent = await resident.does(type="text", text=FEVER)
    await town.settle()
    await resident.says("看護師さんと話したい")
    await resident.sends(type="unsend", message_id=sent["message_id"])
    async with town.sessions.begin() as session:
        (conversation_id,) = await session.scalars(select(Conversation.id))
        talk = await lock_talk(session, ring, conversation_id)
        utterances = await session.scalars(select(Utterance).where(Utterance.speaker == "resident"))
        thread = await open_thread_of(session, conversation_id)
        assert thread
        summary = open_json(talk.key, thread.summary, "summary")
        kept = [talk.words(u) for u in utterances]
    assert FEVER not in str([kept, summary, talk.state])


async def test_a_slow_answer_shows_that_it_is_coming(town: Town, resident: ScriptedResident) -> None:
    town.meanings.delay_s = 1.3
    await resident.says("なんだか変なんです")
    assert [r["status"] for r in await town.requests("chat/loading/start")] == [202]


async def test_plain_words_for_a_person_or_a_fever_are_heard_without_understanding(
    town: Town, resident: ScriptedResident
) -> None:
    town.meanings.is_down = True
    assert "どなたのことですか" in await resident.says("きのうから熱があります")
    await resident.says("やめる")
    assert "看護師に伝えました" in await resident.says("看護師さんに聞きたい")


async def test_the_tiles_below_the_chat_work_without_understanding(
    town: Town, resident: ScriptedResident
) -> None:
    town.meanings.is_down = True
    assert "どのような具合" in await resident.says("相談する")
    assert "場所" in await resident.says("病院をさがす")
    assert "どなたに" in await resident.says("人に相談")


async def test_a_worry_that_mentions_a_doctor_is_not_taken_as_the_wish_for_one(
    town: Town, resident: ScriptedResident
) -> None:
    town.meanings.teach("先生にもらった薬を飲み忘れました", "consult_medicine")
    assert "伝えました" not in await resident.says("先生にもらった薬を飲み忘れました")
    assert "薬剤師に聞く" in resident.labels


async def test_a_listed_sign_that_is_typed_instead_of_tapped_is_an_emergency(
    resident: ScriptedResident,
) -> None:
    resident.town.meanings.teach("膝が痛いです", "consult_symptom")
    resident.town.meanings.teach("はい、息が苦しいです", "consult_symptom")
    assert "息が苦しい" in await resident.says("膝が痛いです")
    assert "【赤】いますぐ119番に電話を" in await resident.says("はい、息が苦しいです")


async def test_a_safety_question_that_is_not_answered_leads_to_a_person(resident: ScriptedResident) -> None:
    await resident.sends(type="image", data=PICTURE)
    assert "読み取れませんでした" in await resident.says("これなんですけど")
    assert "人と話すときは" in await resident.says("見えますか")
    assert "ちょっと聞きたい（人に）" in resident.labels


async def test_after_an_emergency_the_wish_for_a_person_is_red_and_nothing_is_sold(
    town: Town, resident: ScriptedResident
) -> None:
    await resident.says("父が急に倒れて返事をしません")
    assert "市販の薬よりも先に" in await resident.says("風邪薬を買いたい")
    await resident.says("看護師さんと話したい")
    async with town.sessions() as session:
        assert (await session.scalars(select(Thread.urgency))).one() == "red"


async def test_waiting_ends_by_writing_so_and_other_wishes_are_answered(resident: ScriptedResident) -> None:
    assert "待つのをやめる" in "".join([await resident.says("看護師さんと話したい"), *resident.labels])
    assert "待つのをやめる" in await resident.says("病院をさがす")
    assert "やめました" in await resident.says("もういいです")


async def test_the_person_gets_the_words_of_today_before_those_of_this_morning(
    town: Town, resident: ScriptedResident, ring: KeyRing, clock: Any
) -> None:
    wish = "妊娠中に飲める薬を薬剤師さんに聞きたい"
    town.meanings.teach(wish, "talk_to_human")
    await resident.says(FEVER)
    await resident.answers_all()
    clock.advance(hours=9)
    await resident.says(wish)
    async with town.sessions.begin() as session:
        talk = await lock_talk(session, ring, (await session.scalars(select(Conversation.id))).one())
        thread = await open_thread_of(session, talk.conversation.id)
        assert thread
        assert open_json(talk.key, thread.summary, "summary")["complaint"] == f"{wish}\n{FEVER}"


async def test_the_district_that_the_question_names_is_understood(resident: ScriptedResident) -> None:
    await resident.says("近くの内科")
    assert "読み取れません" not in await resident.says("平")
