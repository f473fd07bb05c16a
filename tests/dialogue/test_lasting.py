"""Test that a danger stays known for a day: later talk, leaving or other questions do not remove it."""

import time
from typing import Any

import pytest

from core.clock import Clock
from core.crypto import KeyRing
from core.db.tables import LineEvent
from core.talk import lock_talk
from core.understanding import Understanding
from handoff.model import Basis
from handoff.service_resident import open_thread_of, withdraw
from tests.harness.in_process import ScriptedResident, Town
from tests.harness.samples import AT_TAIRA
from tests.harness.talk_threads import open_thread, summary

PERSON = "ちょっと聞きたい（人に）"
CHEST = "胸が少し痛いです"
COLD = "昨日から熱があります"
SHOP_REFUSES = "市販の薬よりも先に"
BACK = "先ほどの質問にもどる"
# Answers of the safety questions that lead on to what the words ask for.
PRESSED = "押すと痛い、息を吸うと痛い"
SPEAKS = "話せるし、横にもなれる"


@pytest.fixture
async def resident(town: Town) -> ScriptedResident:
    for text in (CHEST, COLD, "熱があります", "腰が痛いです"):
        town.meanings.teach(text, "consult_symptom")
    town.meanings.teach("風邪薬を買いたい", "buy_medicine")
    town.meanings.teach("看護師さんと話したい", "talk_to_human")
    town.meanings.teach("人に聞きたいです", "talk_to_human")
    town.meanings.teach("近くの内科", "find_facility", department="内科")
    return await town.resident()


async def urgency(town: Town) -> str:
    thread = await open_thread(town)
    assert thread is not None
    return thread.urgency


async def test_a_mild_complaint_does_not_erase_the_emergency_before_it(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    await resident.says(CHEST)
    await resident.taps(PRESSED)
    assert "119" in await resident.answers_all("ひとつでもある")
    await resident.says(COLD)
    await resident.answers_all()
    assert SHOP_REFUSES in await resident.says("風邪薬を買いたい")
    await resident.says("看護師さんと話したい")
    assert await urgency(town) == "red"
    known = await summary(town, ring)
    assert CHEST in known.complaint.text
    assert COLD in known.complaint.text
    assert known.told


async def test_an_emergency_is_over_after_a_day(resident: ScriptedResident, clock: Any) -> None:
    await resident.says(CHEST)
    await resident.taps("締めつける、重い感じが続く")
    clock.advance(hours=20)
    await resident.says(COLD)
    await resident.answers_all()
    clock.advance(hours=5)
    assert SHOP_REFUSES not in await resident.says("風邪薬を買いたい")


async def test_a_consultation_left_half_way_does_not_erase_the_emergency_before_it(
    town: Town, resident: ScriptedResident
) -> None:
    await resident.says(CHEST)
    assert "【赤】" in await resident.taps("締めつける、重い感じが続く")
    await resident.says("腰が痛いです")
    await resident.says("人に聞きたいです")
    await resident.taps("看護師（迷うとき）")
    assert await urgency(town) == "red"


async def test_what_was_left_and_finished_counts_as_finished(resident: ScriptedResident) -> None:
    await resident.says(COLD)
    await resident.says("近くの内科")
    await resident.sends(**AT_TAIRA)
    await resident.taps(BACK)
    await resident.answers_all()
    assert SHOP_REFUSES not in await resident.says("風邪薬を買いたい")


async def test_leaving_keeps_what_was_told(town: Town, resident: ScriptedResident, ring: KeyRing) -> None:
    await resident.says(CHEST)
    assert "はじめに戻りました" in await resident.says("やめる")
    assert SHOP_REFUSES in await resident.says("風邪薬を買いたい")
    await resident.says("看護師さんと話したい")
    assert CHEST in (await summary(town, ring)).complaint.text
    assert await urgency(town) != "green"


@pytest.mark.parametrize(
    ("text", "confidence"), [("もうだめかもしれない", 0.4), ("もうやめたいくらい頭が痛い", 0.99)]
)
async def test_a_guess_at_leaving_does_not_end_the_questions(
    town: Town, resident: ScriptedResident, text: str, confidence: float
) -> None:
    town.meanings.known[text] = Understanding("cancel", confidence)
    await resident.says("腰が痛いです")
    assert "はじめに戻りました" not in await resident.says(text)


async def test_very_low_oxygen_told_while_a_person_is_chosen_is_an_emergency(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    both = "看護師でお願いします。今日の酸素は90でした。"
    town.meanings.teach(both, "talk_to_human")
    await resident.says("人に聞きたいです")
    assert "【赤】いますぐ119番に電話を" in await resident.says(both)
    await resident.taps(PERSON)
    assert "看護師に" in await resident.taps("看護師（迷うとき）")
    assert await urgency(town) == "red"
    assert "酸素は90" in (await summary(town, ring)).complaint.text


async def test_low_oxygen_told_while_a_person_is_chosen_is_asked_about_and_goes_along(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    both = "看護師でお願いします。今日の酸素は91でした。"
    town.meanings.teach(both, "talk_to_human")
    town.meanings.teach("看護師でお願いします。", "talk_to_human")
    town.meanings.teach("今日の酸素は91でした。", "report_condition")
    await resident.says("人に聞きたいです")
    assert "119番" in await resident.says(both)
    assert "看護師に、急ぎで伝えました" in await resident.taps(SPEAKS)
    assert await urgency(town) == "orange"
    assert "酸素は91" in (await summary(town, ring)).complaint.text


async def test_a_symptom_told_while_a_person_is_chosen_goes_along(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    both = "看護師でお願いします。あと頭が痛いです"
    town.meanings.teach(both, "talk_to_human")
    town.meanings.teach("看護師でお願いします。", "talk_to_human")
    town.meanings.teach("頭が痛いです", "consult_symptom")
    await resident.says("人に聞きたいです")
    assert "看護師に伝えました" in await resident.says(both)
    assert "頭が痛いです" in (await summary(town, ring)).complaint.text


async def test_a_doctor_in_another_wish_is_not_the_one_asked_for(
    town: Town, resident: ScriptedResident
) -> None:
    wish = "医者に行きたいので近くの内科を教えてください"
    rash = "先生にもらった薬で湿疹が出て息苦しい感じです"
    town.meanings.teach(wish, "find_facility", department="内科")
    town.meanings.teach(rash, "consult_symptom")
    await resident.says("人に聞きたいです")
    assert "伝えました" not in await resident.says(wish)
    await resident.says("人に聞きたいです")
    assert "伝えました" not in await resident.says(rash)


async def test_a_cry_for_a_nurse_is_answered_at_once_and_goes_along(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    cry = "看護師さん助けて、父がふらふらです"
    town.meanings.teach(cry, "emergency")
    await resident.says("人に聞きたいです")
    assert "【赤】いますぐ119番に電話を" in await resident.says(cry)
    await resident.taps(PERSON)
    assert "看護師に" in await resident.taps("看護師（迷うとき）")
    assert cry in (await summary(town, ring)).complaint.text
    assert await urgency(town) == "red"


async def test_a_sign_told_with_the_wish_for_a_person_counts_after_a_mild_consultation(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    wish = "少し息が苦しいので看護師さんと話したい"
    town.meanings.teach(wish, "talk_to_human")
    await resident.says(COLD)
    await resident.answers_all()
    await resident.says(wish)
    assert "看護師に、急ぎで伝えました" in await resident.taps(SPEAKS)
    assert await urgency(town) == "orange"
    assert (await summary(town, ring)).basis is not Basis.PROTOCOL


async def test_the_safety_question_adds_to_what_was_found_before(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    await resident.says(COLD)
    await resident.answers_all()
    await resident.says("これなんですけど")
    town.meanings.teach("今日の酸素は92でした", "report_condition")
    assert "119番" in await resident.says("今日の酸素は92でした")
    await resident.taps(SPEAKS)
    assert "【オレンジ】1時間以内に病院へ" in await resident.answers_all()
    await resident.says("看護師さんと話したい")
    known = await summary(town, ring)
    assert COLD in known.complaint.text
    assert known.who == "本人"
    assert known.findings
    assert await urgency(town) == "orange"


async def test_another_wishs_words_do_not_cross_into_the_consultation(
    town: Town, resident: ScriptedResident
) -> None:
    both = "39度です。あと母の薬をもらえる薬局を教えて"
    town.meanings.teach(both, "consult_symptom")
    town.meanings.teach("39度です。", "report_condition")
    town.meanings.teach("母の薬をもらえる薬局を教えて", "find_facility")
    town.meanings.teach("私は40歳です、熱があります", "consult_symptom")
    assert "どなたのこと" not in await resident.says("私は40歳です、熱があります")
    heard = await resident.says(both)
    assert "どなたのこと" not in heard
    assert "このあと順に" in heard


async def test_a_symptom_in_another_wish_still_counts(town: Town, resident: ScriptedResident) -> None:
    both = "どれもないです。呼吸困難なので病院を教えて"
    town.meanings.teach(both, "find_facility")
    town.meanings.teach("どれもないです。", "deny")
    town.meanings.teach("呼吸困難なので病院を教えて", "find_facility")
    await resident.says("熱があります")
    await resident.taps("自分")
    assert "119" in await resident.says(both)


async def test_a_message_of_thousands_of_clauses_is_answered_at_once(resident: ScriptedResident) -> None:
    await resident.says("熱があります")
    began = time.perf_counter()
    assert await resident.says("あ。" * 2400)
    assert time.perf_counter() - began < 5


async def test_words_written_while_the_thread_closes_are_understood(
    town: Town, resident: ScriptedResident, ring: KeyRing, clock: Clock
) -> None:
    await resident.says("看護師さんと話したい")
    await resident.does(type="text", text="近くの内科")
    await town.webhooks_delivered()
    (claim,) = await town.processor.claim(8, True)
    async with town.sessions.begin() as session:
        talk = await lock_talk(session, ring, claim.conversation_id)
        thread = await open_thread_of(session, claim.conversation_id, lock=True)
        assert thread is not None
        await withdraw(talk, thread, clock())
    await town.processor.serve(claim)
    async with town.sessions() as session:
        event = await session.get_one(LineEvent, claim.event_id)
        assert (event.outcome, event.attempts) == (None, 0)
    await town.settle()
    heard = await resident.hears_words()
    assert "読み取れません" not in heard
    assert "どのあたり" in heard
