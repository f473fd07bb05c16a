"""Test that every intent gets a fitting answer, and a way to a person."""

from typing import Any

import pytest

from core.crypto import KeyRing
from core.db.tables import Profession, Urgency
from handoff.model import Basis
from tests.harness.in_process import Town
from tests.harness.talk_threads import open_thread, summary

PERSON = "ちょっと聞きたい（人に）"
CRY_ASKED = "だれが、どうなりましたか"
# What is said, what it means, words of the answer, a button that leads on.
ANSWERS = [
    ("こんにちは", "greet", "どうされましたか", PERSON),
    ("ありがとうございました", "thanks", "どういたしまして", ""),
    ("そうです", "affirm", "どのようなことでしょうか", PERSON),
    ("いいえ", "deny", "ほかに気になること", PERSON),
    ("もうけっこう", "cancel", "はじめに戻りました", PERSON),
    ("料金はかかりますか", "ask_how_to_use", "無料です", PERSON),
    ("昨日から熱があります", "consult_symptom", "どなたのことですか", PERSON),
    ("救急車を呼ぶか迷っています", "emergency", "呼んでよいか迷っても", PERSON),
    ("朝の薬を飲み忘れました", "consult_medicine", "2回分を一度に飲まないで", "薬剤師に聞く"),
    ("気分が落ち込みます", "consult_mental_health", "つらいですね", "カウンセラーに話す"),
    ("つわりがつらいです", "consult_pregnancy_childcare", "かかりつけの産科", "助産師に聞く"),
    ("生理が来ません", "consult_womens_mens_health", "ここで相談できます", "看護師に聞く"),
    ("健診で血圧が高いと言われました", "consult_lifestyle", "結果の紙", "管理栄養士に聞く"),
    ("コロナ陽性でした", "infection_support", "5日間", "保健師に聞く"),
    ("今日の体温は36.5度です", "report_condition", "このトークに残り", "看護師に聞く"),
    ("近くの内科", "find_facility", "どのあたり", PERSON),
    ("風邪薬を買いたい", "buy_medicine", "薬", ""),
    ("人と話したい", "talk_to_human", "どなたに相談しますか", "看護師（迷うとき）"),
    ("がん検診の申し込みはどこですか", "ask_city_notice", "お調べできません", "市のホームページを見る"),
    ("登録を変更したい", "change_registration", "HELPOにあるのは", "担当者に伝える"),
    ("お知らせを止めたい", "stop_notices", "一斉のお知らせは、いまは送っていません", "担当者に伝える"),
    ("返事が遅いです", "feedback", "ご意見をありがとうございます", "担当者に伝える"),
    ("明日の天気は", "out_of_scope", "お手伝いする窓口", PERSON),
]


def test_every_intent_is_among_them() -> None:
    assert len({intent for _, intent, _, _ in ANSWERS}) == 23


@pytest.mark.parametrize(("text", "intent", "words", "button"), ANSWERS, ids=[a[1] for a in ANSWERS])
async def test_the_answer_fits(town: Town, text: str, intent: str, words: str, button: str) -> None:
    town.meanings.teach(text, intent)
    resident = await town.resident()
    await resident.does(type="text", text=text)
    await town.settle()
    heard = await resident.hears()
    assert words in "\n".join(m["text"] for m in heard)
    labels = {action["label"] for message in heard for action in message["actions"]}
    assert not button or button in labels
    assert "病です" not in str(heard)


@pytest.mark.parametrize(
    ("text", "intent", "button", "profession"),
    [
        ("朝の薬を飲み忘れました", "consult_medicine", "薬剤師に聞く", "pharmacist"),
        ("気分が落ち込みます", "consult_mental_health", "カウンセラーに話す", "counsellor"),
        ("つわりがつらいです", "consult_pregnancy_childcare", "助産師に聞く", "midwife"),
        ("健診で血圧が高いと言われました", "consult_lifestyle", "管理栄養士に聞く", "dietitian"),
    ],
)
async def test_the_right_person_is_one_tap_away(
    town: Town, ring: KeyRing, text: str, intent: str, button: str, profession: str
) -> None:
    town.meanings.teach(text, intent)
    resident = await town.resident()
    await resident.says(text)
    assert "伝えました" in await resident.taps(button)
    thread = await open_thread(town)
    assert thread is not None
    known = await summary(town, ring)
    assert (thread.profession, thread.urgency) == (profession, "yellow")
    assert (known.complaint.text, known.basis) == (text, Basis.UNASSESSED)


async def test_who_wavers_about_an_ambulance_gets_the_numbers_then_questions_and_waits_as_orange(
    town: Town,
) -> None:
    town.meanings.teach("救急車を呼ぶか迷っています", "emergency")
    resident = await town.resident()
    await resident.does(type="text", text="救急車を呼ぶか迷っています")
    await town.settle()
    heard = await resident.hears()
    labels = [action["label"] for message in heard for action in message["actions"]]
    assert labels[0] == "119番に電話する"
    assert "#7119に電話で聞く" in labels
    assert "#8000に電話で聞く" not in labels  # answers from seven in the evening
    assert len(heard) > 1
    await resident.taps(PERSON)
    await resident.taps("看護師（迷うとき）")
    thread = await open_thread(town)
    assert thread is not None
    assert thread.urgency == "orange"


async def test_a_cry_for_help_is_asked_about_with_the_numbers_and_waits_as_orange(town: Town) -> None:
    town.meanings.teach("119に電話したほうがいいですか", "emergency")
    resident = await town.resident()
    assert CRY_ASKED in await resident.says("119に電話したほうがいいですか")
    assert "119番に電話する" in resident.labels
    assert "#7119に電話で聞く" in resident.labels
    assert "#8000に電話で聞く" not in resident.labels  # answers from seven in the evening
    assert "看護師に" in await resident.taps("困っている、話したい")
    thread = await open_thread(town)
    assert thread is not None
    assert thread.urgency == "orange"


async def test_who_asks_for_a_person_at_the_question_of_a_cry_for_help_waits_as_orange(town: Town) -> None:
    town.meanings.teach("119に電話したほうがいいですか", "emergency")
    resident = await town.resident()
    await resident.says("119に電話したほうがいいですか")
    await resident.taps(PERSON)
    await resident.taps("看護師（迷うとき）")
    thread = await open_thread(town)
    assert thread is not None
    assert thread.urgency == "orange"


async def test_a_cry_for_help_with_a_symptom_stays_orange_half_way(town: Town) -> None:
    town.meanings.teach("熱があって救急車を呼びたい", "emergency")
    resident = await town.resident()
    await resident.says("熱があって救急車を呼びたい")
    await resident.taps(PERSON)
    await resident.taps("看護師（迷うとき）")
    thread = await open_thread(town)
    assert thread is not None
    assert thread.urgency == "orange"


async def test_a_cry_for_help_between_two_questions_gets_the_numbers_too(town: Town) -> None:
    town.meanings.teach("熱があります", "consult_symptom")
    town.meanings.teach("やっぱり救急車を呼びたいです", "emergency")
    resident = await town.resident()
    await resident.says("熱があります")
    question = await resident.taps("自分")
    assert "次の様子はありますか" in question
    assert CRY_ASKED in await resident.says("やっぱり救急車を呼びたいです")
    assert {"119番に電話する", "#7119に電話で聞く"} <= set(resident.labels)
    await resident.taps(PERSON)
    await resident.taps("看護師（迷うとき）")
    thread = await open_thread(town)
    assert thread is not None
    assert thread.urgency == "orange"


@pytest.mark.parametrize("text", ["救急車を呼ぶか迷っています", "救急車呼んだほうがいい？"])
async def test_at_night_the_childrens_line_is_offered_too(town: Town, clock: Any, text: str) -> None:
    clock.advance(hours=11)  # 21:00 in Japan
    town.meanings.teach(text, "emergency")
    resident = await town.resident()
    await resident.does(type="text", text=text)
    await town.settle()
    heard = await resident.hears()
    assert "#8000に電話で聞く" in [a["label"] for m in heard for a in m["actions"]]


async def test_feedback_reaches_staff_when_the_resident_wants_it(town: Town, ring: KeyRing) -> None:
    town.meanings.teach("字が小さくて読めません", "feedback")
    resident = await town.resident()
    await resident.says("字が小さくて読めません")
    assert "伝えました" in await resident.taps("担当者に伝える")
    thread = await open_thread(town)
    assert thread is not None
    known = await summary(town, ring)
    assert (thread.profession, thread.urgency) == (Profession.PUBLIC_HEALTH_NURSE, Urgency.WHITE)
    assert (known.complaint.text, known.basis) == ("字が小さくて読めません", Basis.FEEDBACK)


@pytest.mark.parametrize("text", ["悩みを聞いて", "だれかに話を聞いてほしい"])
async def test_who_wants_to_be_listened_to_gets_words_of_care(town: Town, text: str) -> None:
    town.meanings.teach(text, "talk_to_human")
    resident = await town.resident()
    assert "つらいですね" in await resident.says(text)
    assert "カウンセラーに話す" in resident.labels


async def test_a_greeting_with_content_is_the_contents(town: Town) -> None:
    town.meanings.teach("こんにちは、熱があります", "greet")
    town.meanings.teach("熱があります", "consult_symptom")
    resident = await town.resident()
    heard = await resident.says("こんにちは、熱があります")
    assert "どうされましたか" not in heard
    assert "どなたのことですか" in heard


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("酸素は90です", "【赤】いますぐ119番に電話を"),
        ("SpO2 93", "息が苦しい、ということですね"),
        ("SpO2 95", "息が苦しい、ということですね"),
        ("今日の体温は38.6度です", "どなたのことですか"),
    ],
)
async def test_a_reported_measurement_that_calls_for_more_gets_more(
    town: Town, text: str, words: str
) -> None:
    town.meanings.teach(text, "report_condition")
    resident = await town.resident()
    heard = await resident.says(text)
    assert words in heard
    assert "このトークに残り" not in heard
