"""Test how a reply is sent when LINE is slow, full or broken, or accepts it and loses the answer."""

from typing import Any

import pytest
from sqlalchemy import select

from bot.delivery.outcome import SendFailure, SendResult, frees_token
from core.crypto import KeyRing
from core.db.tables import Conversation, MunicipalityRow, Outbox
from core.messages import Picture, Text
from core.talk import lock_talk
from tests.harness.in_process import ScriptedResident, Town


async def rows(town: Town) -> list[Outbox]:
    async with town.sessions() as session:
        return list(await session.scalars(select(Outbox).order_by(Outbox.position)))


async def last_row(town: Town) -> Outbox:
    return (await rows(town))[-1]


async def menu_seen(resident: ScriptedResident) -> int:
    return len(await resident.hears())


async def test_an_answer_within_the_minute_is_a_free_reply(town: Town, resident: ScriptedResident) -> None:
    await resident.says("こんにちは")
    assert (await last_row(town)).via == "reply"
    assert (await town.counters())["violations"] == []


async def test_an_answer_that_comes_late_is_pushed(
    town: Town, resident: ScriptedResident, clock: Any
) -> None:
    await resident.does(type="text", text="こんにちは")
    await town.webhooks_delivered()
    clock.advance(seconds=55)
    await town.settle()
    assert (await last_row(town)).via == "push"
    assert await menu_seen(resident) == 1


async def test_a_reply_whose_answer_was_lost_is_said_once(
    town: Town, resident: ScriptedResident, clock: Any
) -> None:
    await town.fault(path="reply", lose_answer=True, times=1)
    await resident.says("こんにちは")
    assert (await last_row(town)).status == "sending"
    clock.advance(seconds=5)
    await town.settle()
    row = await last_row(town)
    assert (row.status, row.possibly_doubled) == ("sent", False)
    assert (await town.counters())["violations"] == []


async def test_a_greeting_of_unknown_outcome_is_not_said_twice(
    town: Town, resident: ScriptedResident, clock: Any
) -> None:
    town.meanings.teach("こんにちは", "greet")
    await town.fault(path="reply", lose_answer=True, times=1)
    await resident.says("こんにちは")
    await resident.hears()
    clock.advance(seconds=60)
    await town.settle()
    assert (await last_row(town)).status == "unknown"
    assert await menu_seen(resident) == 0


async def test_an_emergency_card_of_unknown_outcome_is_pushed_and_counted(
    town: Town, resident: ScriptedResident, clock: Any
) -> None:
    await town.fault(path="reply", lose_answer=True, times=1)
    await resident.says("父が急に倒れて返事をしません")
    clock.advance(seconds=60)
    await town.settle()
    card = next(row for row in await rows(town) if row.lane == "safety")
    assert (card.status, card.via, card.possibly_doubled) == ("sent", "push", True)


async def test_a_push_whose_answer_was_lost_is_not_said_twice(
    town: Town, resident: ScriptedResident, clock: Any
) -> None:
    await resident.does(type="text", text="こんにちは")
    await town.webhooks_delivered()
    clock.advance(seconds=55)
    await town.fault(path="push", lose_answer=True, times=1)
    await town.settle()
    assert (await last_row(town)).status == "sending"
    clock.advance(minutes=10)
    await town.settle()
    assert (await last_row(town)).status == "sent"
    assert await menu_seen(resident) == 1
    statuses = [r["status"] for r in await town.requests("message/push")]
    assert statuses[-1] == 409


@pytest.mark.parametrize("status", [500, 503])
async def test_a_broken_line_is_tried_again_until_it_works(
    town: Town, resident: ScriptedResident, clock: Any, status: int
) -> None:
    await town.fault(path="reply", status=status, times=3)
    await resident.says("こんにちは")
    for _ in range(4):
        clock.advance(seconds=8)
        await town.settle()
    assert (await last_row(town)).status == "sent"
    assert (await town.counters())["violations"] == []


async def test_too_fast_waits_without_counting_an_attempt(
    town: Town, resident: ScriptedResident, clock: Any
) -> None:
    body = {"message": "The API rate limit has been exceeded. Try again later."}
    await town.fault(path="reply", status=429, body=body, times=2)
    await resident.says("こんにちは")
    for _ in range(3):
        clock.advance(seconds=2)
        await town.settle()
    row = await last_row(town)
    assert (row.status, row.via, row.attempts) == ("sent", "reply", 1)


async def test_a_spent_quota_parks_the_push_until_the_next_free_reply(
    town: Town, resident: ScriptedResident, clock: Any
) -> None:
    await town.fault(quota=0)
    await resident.does(type="text", text="こんにちは")
    await town.webhooks_delivered()
    clock.advance(seconds=55)
    await town.settle()
    assert ((await last_row(town)).status, (await last_row(town)).error) == ("queued", "line.quota_exceeded")
    parked = (await last_row(town)).id
    await resident.says("もしもし")
    row = next(r for r in await rows(town) if r.id == parked)
    assert (row.status, row.via) == ("sent", "reply")


async def test_a_refused_token_pauses_the_channel_and_keeps_the_row(
    town: Town, resident: ScriptedResident, clock: Any
) -> None:
    await town.fault(path="reply", status=401, times=1)
    await resident.says("こんにちは")
    assert (await last_row(town)).status == "queued"
    async with town.sessions() as session:
        city = await session.get_one(MunicipalityRow, "iwaki")
        assert city.line_paused_until
        assert city.line_pause_error == "line.unauthorised"
    clock.advance(seconds=61)
    await town.settle()
    assert (await last_row(town)).status == "sent"


async def test_an_answer_after_thirty_seconds_is_not_waited_for(
    town: Town, resident: ScriptedResident, clock: Any
) -> None:
    await town.fault(path="reply", delay_s=30, times=1)
    await resident.says("こんにちは")
    assert (await last_row(town)).status == "sending"
    clock.advance(seconds=3)
    await town.settle()
    assert (await last_row(town)).status == "sent"
    assert (await town.counters())["violations"] == []


async def test_a_reply_token_line_no_longer_knows_becomes_a_push(
    town: Town, resident: ScriptedResident
) -> None:
    await town.fault(path="reply", status=400, body={"message": "Invalid reply token"}, times=1)
    await resident.says("こんにちは")
    row = await last_row(town)
    assert (row.status, row.via) == ("sent", "push")


async def test_what_line_will_never_take_is_rejected_at_once_and_said_again_in_words(
    town: Town, resident: ScriptedResident
) -> None:
    await town.fault(path="reply", status=400, times=1)
    await town.fault(path="push", status=400, times=1)
    await resident.says("こんにちは")
    refused, again = (await rows(town))[-2:]
    assert (refused.status, refused.error) == ("rejected", "line.rejected")
    assert (again.status, again.replaces_id) == ("sent", refused.id)


async def test_a_day_of_failures_ends_before_the_retry_key_runs_out(
    town: Town, resident: ScriptedResident, clock: Any
) -> None:
    await resident.does(type="text", text="こんにちは")
    await town.webhooks_delivered()
    clock.advance(seconds=55)
    await town.fault(path="push", status=500)
    await town.settle()
    clock.advance(hours=23, minutes=1)
    await town.settle()
    assert (await last_row(town)).status == "expired"


async def test_a_red_card_found_by_a_question_must_arrive_too(
    town: Town, resident: ScriptedResident, clock: Any
) -> None:
    town.meanings.teach("膝が痛いです", "consult_symptom")
    await resident.says("膝が痛いです")
    await town.fault(path="reply", status=500)
    await resident.taps("ひとつでもある")
    clock.advance(minutes=2)
    await town.settle()
    card = await last_row(town)
    assert (card.lane, card.must_arrive, card.status, card.via) == ("safety", True, "sent", "push")


async def test_the_answer_to_an_older_request_is_not_written_onto_a_newer_one(
    town: Town, resident: ScriptedResident, clock: Any
) -> None:
    await resident.does(type="text", text="こんにちは")
    await town.webhooks_delivered()
    await town.serve()
    (slow,) = await town.sender.claim(8, True)
    letter = await town.sender._step(slow, None, None)
    assert letter
    clock.advance(seconds=11)  # the sender stands still; another takes the talk over
    await town.send()
    assert (await last_row(town)).status == "sent"
    late = SendFailure(SendResult.REFUSED, "line.rejected")
    assert await town.sender._step(slow, letter, late) is None
    row = await last_row(town)
    assert (row.status, row.via) == ("sent", "reply")
    assert await menu_seen(resident) == 1


async def test_a_line_that_cannot_be_reached_costs_no_free_reply(
    town: Town, resident: ScriptedResident
) -> None:
    assert frees_token(SendFailure(SendResult.NOT_REACHED, "line.not_reached"))
    assert not frees_token(SendFailure(SendResult.UNKNOWN, "line.unavailable"))


async def test_a_row_that_cannot_be_rendered_does_not_hold_up_the_next(
    town: Town, resident: ScriptedResident, ring: KeyRing, clock: Any
) -> None:
    async with town.sessions.begin() as session:
        talk = await lock_talk(session, ring, (await session.scalars(select(Conversation.id))).one())
        talk.say([Picture(media_id="no such id", alt="")], clock())
        talk.say([Text(text="つぎのことば")], clock())
    await town.settle()
    assert [r.status for r in await rows(town)][-3:] == ["rejected", "sent", "sent"]
    heard = [m["text"] for m in await resident.hears()]
    assert heard[0] == "つぎのことば"
    assert "119番に電話してください" in heard[1]
