"""A row goes the usual way, without the talk's lock, only while nothing has happened in its talk since it was looked at."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import select

from bot.delivery.claims import SendClaim
from core.crypto import KeyRing
from core.db.tables import Lane, Outbox, Owner
from core.messages import Text
from core.talk import Talk, lock_talk
from tests.harness.in_process import ScriptedResident, Town


@pytest.fixture
async def resident(town: Town) -> ScriptedResident:
    return await town.resident()


@asynccontextmanager
async def held(town: Town, ring: KeyRing, claim: SendClaim) -> AsyncIterator[Talk]:
    async with town.sessions.begin() as session:
        yield await lock_talk(session, ring, claim.conversation_id)


async def claimed(town: Town, resident: ScriptedResident) -> SendClaim:
    """Let an answer be decided, and claim it to be sent."""
    await resident.does(type="text", text="こんにちは")
    await town.webhooks_delivered()
    assert await town.serve() == 1
    (claim,) = await town.sender.claim(8, True)
    return claim


async def newest(town: Town) -> Outbox:
    async with town.sessions() as session:
        return (await session.scalars(select(Outbox).order_by(Outbox.position.desc()))).all()[0]


async def test_what_is_urgent_and_came_after_the_claim_goes_first(
    town: Town, resident: ScriptedResident, ring: KeyRing, clock: Any
) -> None:
    claim = await claimed(town, resident)
    async with held(town, ring, claim) as talk:
        talk.say([Text(text="119番に電話してください")], clock(), lane=Lane.SAFETY)
    await town.sender.send_all(claim)
    heard = [m["text"] for m in await resident.hears()]
    assert len(heard) == 2
    assert heard[0] == "119番に電話してください"


async def test_a_bots_words_are_withdrawn_when_a_person_took_over_after_the_claim(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    claim = await claimed(town, resident)
    async with held(town, ring, claim) as talk:
        talk.give_to(Owner.CLINICIAN)
    await town.sender.send_all(claim)
    assert await resident.hears() == []
    assert (await newest(town)).status == "withdrawn"


async def test_nothing_is_sent_under_a_lease_that_another_sender_has(
    town: Town, resident: ScriptedResident, ring: KeyRing
) -> None:
    claim = await claimed(town, resident)
    async with held(town, ring, claim) as talk:
        talk.conversation.send_lease = uuid.uuid4()
    await town.sender.send_all(claim)
    assert await resident.hears() == []
    assert (await newest(town)).status == "queued"


async def test_a_claim_that_lay_for_a_while_renews_its_lease_before_it_asks(
    town: Town, resident: ScriptedResident, ring: KeyRing, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = await claimed(town, resident)
    clock.advance(seconds=8)
    seen = []

    async def reply(_self: Any, *_: Any) -> None:
        async with held(town, ring, claim) as talk:
            seen.append(talk.conversation.send_lease_until)

    monkeypatch.setattr(type(town.sender.surface), "reply", reply)
    await town.sender.send_all(claim)
    assert seen[0] > clock.advance(seconds=8)


async def test_who_blocks_the_account_while_a_row_is_on_its_way_is_not_said_to_have_it(
    town: Town, resident: ScriptedResident, ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = await claimed(town, resident)

    async def reply(_self: Any, *_: Any) -> None:
        async with held(town, ring, claim) as talk:
            talk.resident.is_following = False
            talk.touch()

    monkeypatch.setattr(type(town.sender.surface), "reply", reply)
    await town.sender.send_all(claim)
    assert (await newest(town)).status == "blocked"


async def test_what_is_said_while_a_row_is_on_its_way_follows_under_the_same_claim(
    town: Town, resident: ScriptedResident, ring: KeyRing, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = await claimed(town, resident)
    surface = type(town.sender.surface)
    ask = surface.reply

    async def reply(self: Any, *letter: Any) -> None:
        await ask(self, *letter)
        async with held(town, ring, claim) as talk:
            talk.say([Text(text="もうひとこと")], clock())

    monkeypatch.setattr(surface, "reply", reply)
    await town.sender.send_all(claim)
    assert [m["text"] for m in await resident.hears()][-1] == "もうひとこと"
    assert (await newest(town)).status == "sent"
    async with held(town, ring, claim) as talk:
        assert talk.conversation.send_lease is None
