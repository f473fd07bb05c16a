"""Test a resident who blocks the account: messages to her do not arrive, and are not shown as delivered."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core.crypto import KeyRing
from core.db.engine import Sessions
from core.db.tables import Conversation, Outbox, Resident, Speaker, Utterance
from core.messages import Text
from core.municipalities import Municipality
from core.settings import Settings
from core.talk import lock_talk
from handoff.transcript import read_line
from tests.harness.in_process import ScriptedResident, Town
from tests.harness.webhook import bring, secret_of


@pytest.fixture
async def resident(town: Town, clock: Any) -> ScriptedResident:
    resident = await town.resident()
    clock.advance(minutes=2)  # the reply token of the first event is old
    return resident


async def is_following(sessions: Sessions) -> bool:
    async with sessions() as session:
        return (await session.scalars(select(Resident.is_following))).one()


async def nurse_says(town: Town, ring: KeyRing, now: datetime, words: str) -> Outbox:
    async with town.sessions.begin() as session:
        talk_id = (await session.scalars(select(Conversation.id))).one()
        talk = await lock_talk(session, ring, talk_id)
        row = talk.say([Text(text=words)], now, speaker=Speaker.STAFF)
    await town.send()
    return row


async def delivery_of(town: Town, ring: KeyRing, row: Outbox) -> str:
    """The word that staff read beside what was said."""
    async with town.sessions() as session:
        talk = await lock_talk(session, ring, row.conversation_id)
        said = (await session.scalars(select(Utterance).where(Utterance.outbox_id == row.id))).one()
        return read_line(talk.key, said, await session.get_one(Outbox, row.id), None, "看護師").delivery


async def test_what_a_nurse_writes_after_the_block_is_not_shown_as_sent(
    town: Town, resident: ScriptedResident, ring: KeyRing, clock: Any
) -> None:
    await resident.does(type="unfollow")
    await town.settle()
    assert not await is_following(town.sessions)
    row = await nurse_says(town, ring, clock(), "その後いかがですか")
    assert await delivery_of(town, ring, row) == "blocked"
    # LINE took it, and nobody saw it.
    assert [r["status"] for r in await town.requests("message/push")] == [200]
    assert await resident.hears() == []


async def test_what_line_accepted_after_the_block_but_before_we_heard_of_it_counts_as_blocked(
    town: Town, resident: ScriptedResident, ring: KeyRing, clock: Any
) -> None:
    before = await nurse_says(town, ring, clock(), "お大事に")
    clock.advance(seconds=5)
    await resident.does(type="unfollow")
    clock.advance(seconds=1)
    between = await nurse_says(town, ring, clock(), "もう一つだけ")
    assert await delivery_of(town, ring, between) == "sent_push"
    async with town.sessions() as session:
        version = (await session.scalars(select(Conversation.version))).one()
    await town.settle()
    assert await delivery_of(town, ring, between) == "blocked"
    assert await delivery_of(town, ring, before) == "sent_push"
    async with town.sessions() as session:
        shown = await session.scalar(select(Utterance.version).where(Utterance.outbox_id == between.id))
    assert shown
    assert shown > version  # open pages fetch it again


async def test_who_comes_back_is_reached_again(
    town: Town, resident: ScriptedResident, ring: KeyRing, clock: Any
) -> None:
    await resident.does(type="unfollow")
    await town.settle()
    lost = await nurse_says(town, ring, clock(), "その後いかがですか")
    clock.advance(minutes=1)
    await resident.does(type="follow")
    await town.settle()
    assert await is_following(town.sessions)
    clock.advance(minutes=2)
    row = await nurse_says(town, ring, clock(), "お元気ですか")
    assert await delivery_of(town, ring, row) == "sent_push"
    assert await delivery_of(town, ring, lost) == "blocked"
    assert "お元気ですか" in [m["text"] for m in await resident.hears()]


async def test_a_word_from_before_the_block_that_comes_late_does_not_undo_it(
    town: Town, resident: ScriptedResident, clock: Any, settings: Settings, cities: dict[str, Municipality]
) -> None:
    before = clock() - timedelta(seconds=30)
    await resident.does(type="unfollow")
    await town.settle()
    message = {"type": "text", "id": "99", "text": "あとで届いたことば"}
    await bring(town, resident.user_id, secret_of(settings, cities), message, before)
    async with town.sessions() as session:
        late = (await session.scalars(select(Utterance).where(Utterance.line_message_id == "99"))).one()
    assert late.is_late
    assert not await is_following(town.sessions)
