"""Test that events that cannot be served do not stop the others."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from bot.inbound.responder import Responder
from core.db.tables import LineEvent
from tests.harness.in_process import Town


async def test_an_event_that_always_fails_is_given_up_and_the_next_one_served(
    town: Town, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    respond = Responder.respond

    async def choke(self: Responder, talk: Any, sight: Any, message: Any, *rest: Any) -> Any:
        if message.inbound.text == "毒":
            raise RuntimeError("this event breaks the code")
        return await respond(self, talk, sight, message, *rest)

    monkeypatch.setattr(Responder, "respond", choke)
    resident = await town.resident()
    await resident.does(type="text", text="毒")
    await resident.does(type="text", text="こんにちは")
    for _ in range(8):
        await town.settle()
        clock.advance(seconds=30)
    async with town.sessions() as session:
        outcomes = [e.outcome for e in await session.scalars(select(LineEvent).order_by(LineEvent.id))]
    assert outcomes == ["served", "failed", "served"]
    heard = await resident.hears_words()
    assert "うまく受け取れませんでした" in heard


async def test_a_worker_that_dies_leaves_its_talk_to_the_next_within_ten_seconds(
    town: Town, clock: Any
) -> None:
    resident = await town.resident()
    await resident.does(type="text", text="こんにちは")
    await town.webhooks_delivered()
    assert len(await town.processor.claim(8, True)) == 1  # and then the process is gone
    assert await town.serve() == 0
    clock.advance(seconds=11)
    await town.settle()
    assert len(await resident.hears()) == 1


async def test_a_suspect_runs_alone(town: Town, clock: Any) -> None:
    first, second = await town.resident(), await town.resident()
    await first.does(type="text", text="こんにちは")
    await town.webhooks_delivered()
    await town.processor.claim(8, True)
    clock.advance(seconds=11)
    await second.does(type="text", text="こんにちは")
    await town.webhooks_delivered()
    assert (
        await town.processor.claim(8, False) == []
    )  # something else is in hand: the suspect waits, and all with it
    claims = await town.processor.claim(8, True)
    assert [c.is_suspect for c in claims] == [True]


async def test_an_emergency_behind_a_broken_message_is_answered_at_once(
    town: Town, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def choke(*_: Any) -> Any:
        raise RuntimeError("this event breaks the code")

    resident = await town.resident()
    monkeypatch.setattr(Responder, "respond", choke)
    await resident.does(type="text", text="毒")
    await town.settle()
    await resident.does(type="text", text="父が息をしていません")
    await town.webhooks_delivered()
    clock.advance(seconds=2)
    assert await town.processor.screen_overlooked() == 1
    assert await town.processor.screen_overlooked() == 0
    await town.send()
    assert "119" in "".join(m["text"] for m in await resident.hears())


async def test_trouble_of_the_database_costs_the_event_no_attempt(
    town: Town, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def locked_out(*_: Any) -> Any:
        raise OperationalError("select 1", None, Exception("lock timeout"))

    resident = await town.resident()
    respond = Responder.respond
    monkeypatch.setattr(Responder, "respond", locked_out)
    await resident.does(type="text", text="こんにちは")
    await town.webhooks_delivered()
    for _ in range(12):
        for claim in await town.processor.claim(8, True):
            with pytest.raises(OperationalError):
                await town.processor.serve(claim)
        clock.advance(seconds=15)
    monkeypatch.setattr(Responder, "respond", respond)
    await town.settle()
    async with town.sessions() as session:
        events = list(await session.scalars(select(LineEvent).order_by(LineEvent.id)))
    assert [e.outcome for e in events] == ["served", "served"]


async def test_the_words_of_a_failed_event_are_kept_sealed(
    town: Town, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def choke(*_: Any) -> Any:
        raise RuntimeError("this event breaks the code")

    resident = await town.resident()
    monkeypatch.setattr(Responder, "respond", choke)
    await resident.does(type="text", text="きのうから胸が痛い")
    for _ in range(8):
        await town.settle()
        clock.advance(seconds=30)
    async with town.sessions() as session:
        event = (await session.scalars(select(LineEvent).order_by(LineEvent.id.desc()))).first()
        assert event
        assert event.outcome == "failed"
        assert event.payload
