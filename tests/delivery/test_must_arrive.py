"""Test a minute of LINE's 500s: every answer to a resident still arrives; only courtesies may be lost."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core.db.engine import Sessions
from core.db.tables import Outbox
from core.municipalities import Municipality
from facilities.importer import import_files
from tests.conftest import DATA
from tests.harness.in_process import ScriptedResident, Town
from tests.harness.samples import AT_TAIRA

NONE, SOME, NOT_WELL = "どれもない", "ひとつでもある", "あてはまらないことがある"
PLAIN = (NONE, "自分", NOT_WELL, "16〜39歳", "はかっていない", "きのうから")


@pytest.fixture
async def resident(town: Town) -> ScriptedResident:
    town.meanings.teach("膝が痛いです", "consult_symptom")
    town.meanings.teach("近くの内科を教えて", "find_facility", department="内科")
    town.meanings.teach("こんにちは", "greet")
    town.meanings.teach("もしもし？", "greet")
    town.meanings.teach("ありがとう", "thanks")
    town.meanings.teach("人と話したい", "talk_to_human")
    town.meanings.teach("湿布を買いたい", "buy_medicine")
    return await town.resident()


async def rows(sessions: Sessions) -> list[Outbox]:
    async with sessions() as session:
        return list(await session.scalars(select(Outbox).order_by(Outbox.position)))


async def last_row(town: Town) -> Outbox:
    return (await rows(town.sessions))[-1]


async def a_bad_minute(town: Town, clock: Any, act: Callable[[], Awaitable[Any]]) -> None:
    """LINE answers every request with 500 for a minute, beginning with the answer to `act`."""
    await town.fault(path="message", status=500)
    await act()
    for _ in range(6):
        clock.advance(seconds=10)
        await town.settle()
    async with town.http.delete(f"{town.simulator_url}/api/faults") as answer:
        assert answer.status == 200
    clock.advance(minutes=2)
    await town.settle()


@pytest.mark.parametrize(
    "words",
    [
        "膝が痛いです",
        "近くの内科を教えて",
        "湿布を買いたい",
        "人と話したい",
        "なにかわからない言葉",
        "やめる",
    ],
)
async def test_what_answers_a_resident_is_pushed_once_its_token_is_old(
    town: Town, resident: ScriptedResident, clock: Any, words: str
) -> None:
    await a_bad_minute(town, clock, lambda: resident.says(words))
    row = await last_row(town)
    assert (row.status, row.via, row.possibly_doubled) == ("sent", "push", True)
    assert len(await resident.hears()) >= 1
    assert {r["retry_key"] for r in await town.requests("message/push")} == {str(row.id)}
    assert (await town.counters())["violations"] == []


async def test_while_its_token_is_young_the_same_reply_is_tried_again_for_free(
    town: Town, resident: ScriptedResident, clock: Any
) -> None:
    await town.fault(path="message", status=500, times=3)
    await resident.says("膝が痛いです")
    for _ in range(4):
        clock.advance(seconds=10)
        await town.settle()
    row = await last_row(town)
    assert (row.status, row.via, row.possibly_doubled) == ("sent", "reply", False)
    assert await town.requests("message/push") == []
    assert len(await resident.hears()) == 1


async def test_twelve_questions_and_the_level_cards_after_them_arrive_in_their_order(
    town: Town, resident: ScriptedResident, clock: Any
) -> None:
    town.meanings.teach("昨日から熱があって頭が痛いです", "consult_symptom")
    town.meanings.teach("おなかが痛いです", "consult_symptom")
    heard: list[str] = []
    for complaint in ("昨日から熱があって頭が痛いです", "おなかが痛いです", "膝が痛いです") * 2:
        await a_bad_minute(town, clock, lambda words=complaint: resident.says(words))
        heard += [m["text"] for m in await resident.hears()]
        while label := next((one for one in PLAIN if one in resident.labels), ""):
            await a_bad_minute(town, clock, lambda tap=label: resident.taps(tap))
            heard += [m["text"] for m in await resident.hears()]
    assert sum(NONE in one for one in heard) >= 12
    assert sum("未監修" in one or "をめやす" in one for one in heard) >= 3
    said = await rows(town.sessions)
    assert {row.status for row in said} == {"sent"}
    assert sum(row.possibly_doubled for row in said) >= 12


async def test_an_hours_level_card_arrives_and_may_be_doubled(
    town: Town, resident: ScriptedResident, clock: Any
) -> None:
    town.meanings.teach("おなかが痛いです", "consult_symptom")
    await resident.says("おなかが痛いです")
    for label in (NONE, NOT_WELL, SOME):
        await resident.taps(label)
    most_serious = resident.labels[0]
    await a_bad_minute(town, clock, lambda: resident.taps(most_serious))
    assert "【オレンジ】1時間以内に病院へ" in await resident.hears_words()
    assert (await last_row(town)).possibly_doubled


async def test_places_arrive(
    town: Town, resident: ScriptedResident, clock: Any, cities: dict[str, Municipality]
) -> None:
    await import_files(town.sessions, [DATA / "facilities/sample"], cities["iwaki"], clock)
    await resident.says("近くの内科を教えて")
    await a_bad_minute(town, clock, lambda: resident.sends(**AT_TAIRA))
    assert "距離" in await resident.hears_words()


async def test_waiting_words_arrive(town: Town, resident: ScriptedResident, clock: Any) -> None:
    await resident.says("人と話したい")
    while "看護師" in "".join(resident.labels):
        await resident.taps(next(label for label in resident.labels if "看護師" in label))
    await a_bad_minute(town, clock, lambda: resident.says("まだですか、心配です"))
    assert "看護師に届いています" in await resident.hears_words()
    assert (await last_row(town)).status == "sent"


@pytest.mark.parametrize("courtesy", ["こんにちは", "ありがとう"])
async def test_a_courtesy_is_not_said_twice_and_the_next_word_is_answered(
    town: Town, resident: ScriptedResident, clock: Any, courtesy: str
) -> None:
    await a_bad_minute(town, clock, lambda: resident.says(courtesy))
    lost = await last_row(town)
    assert (lost.status, lost.must_arrive) == ("unknown", False)
    assert await town.requests("message/push") == []
    assert await resident.says("もしもし？")
    assert (await last_row(town)).status == "sent"


async def test_who_calls_out_in_the_bad_minute_gets_the_card_and_an_answer(
    town: Town, resident: ScriptedResident, clock: Any
) -> None:
    town.meanings.teach("おなかが痛いです", "consult_symptom")
    await resident.says("おなかが痛いです")

    async def act() -> None:
        await resident.taps(SOME)
        clock.advance(seconds=15)
        await resident.says("もしもし？")

    await a_bad_minute(town, clock, act)
    card, call = (await rows(town.sessions))[-2:]
    assert (card.status, card.via, card.possibly_doubled) == ("sent", "push", True)
    assert len(await resident.hears()) >= 1
    assert call.status in {"sent", "unknown"}
    assert await resident.says("もしもし？")


async def test_a_greeting_beside_an_open_question_is_no_courtesy(
    town: Town, resident: ScriptedResident, clock: Any
) -> None:
    await resident.says("膝が痛いです")
    await a_bad_minute(town, clock, lambda: resident.says("ありがとう"))
    assert (await last_row(town)).status == "sent"
    assert NONE in await resident.hears_words()


async def test_thanks_that_lead_on_to_another_wish_must_arrive(
    town: Town, resident: ScriptedResident, clock: Any
) -> None:
    await resident.says("膝が痛いです")
    await resident.says("近くの内科を教えて")  # leaves the question; thanks offer the way back
    await resident.sends(**AT_TAIRA)
    await a_bad_minute(town, clock, lambda: resident.says("ありがとう"))
    assert (await last_row(town)).must_arrive
    assert "途中です" in await resident.hears_words()


async def test_who_writes_again_after_a_long_outage_need_not_wait_for_the_next_try(
    town: Town, resident: ScriptedResident, clock: Any
) -> None:
    await town.fault(path="message", status=500)
    await resident.says("膝が痛いです")
    while (await last_row(town)).next_attempt_at < clock() + timedelta(seconds=90):
        clock.advance(seconds=90)
        await town.settle()
    async with town.http.delete(f"{town.simulator_url}/api/faults"):
        pass
    heard = await resident.says("もしもし？")
    assert NONE in heard
    assert {row.status for row in await rows(town.sessions)} == {"sent"}


async def test_a_spent_quota_behind_an_unknown_reply_does_not_keep_the_talk_silent(
    town: Town, resident: ScriptedResident, clock: Any
) -> None:
    await town.fault(quota=0)
    await town.fault(path="reply", status=500, times=1)
    await resident.says("膝が痛いです")
    for _ in range(2):
        clock.advance(minutes=1)
        await town.settle()
    parked = await last_row(town)
    assert (parked.status, parked.error, parked.possibly_doubled) == ("queued", "line.quota_exceeded", True)
    assert NONE in await resident.says("もしもし？")
    row = next(r for r in await rows(town.sessions) if r.id == parked.id)
    assert (row.status, row.via) == ("sent", "reply")
