"""Test that without any wake-up each lane is woken for due work, and for nothing else."""

import asyncio
import base64
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from bot.processes.poller import Poller
from bot.processes.poller_store import LOOK, STEPS
from core.crypto import KeyRing
from core.db.engine import Sessions
from core.db.tables import Conversation, Lane, LineEvent, MunicipalityRow
from core.messages import Text
from core.talk import lock_talk
from core.timers import set_timer
from handoff.held_cards import CARD_TIMER
from tests.harness.in_process import ScriptedResident, Town
from tests.harness.people import make_talk

PICTURE = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(64)).decode()


async def due(town: Town, clock: Any) -> set[str]:
    poller = Poller(town.sessions, clock)
    wakes: Mapping[str, asyncio.Event] = {step: poller.wake_for(step) for step in STEPS}
    await poller.look()
    return {step for step, wake in wakes.items() if wake.is_set()}


async def wrote(town: Town) -> ScriptedResident:
    resident = await town.resident()
    await town.settle()
    await resident.does(type="text", text="こんにちは")
    await town.webhooks_delivered()
    return resident


async def change(sessions: Sessions, table: Any, **values: Any) -> None:
    async with sessions.begin() as session:
        await session.execute(update(table).values(**values))


async def test_with_nobody_talking_nobody_is_woken(town: Town, clock: Any) -> None:
    await town.resident()
    await town.settle()
    assert await due(town, clock) == set()


async def test_a_message_wakes_the_turns_and_after_a_while_the_screen(town: Town, clock: Any) -> None:
    await wrote(town)
    assert await due(town, clock) == {"inbound"}
    clock.advance(seconds=2)
    assert await due(town, clock) == {"inbound", "screen"}
    await change(town.sessions, Conversation, turn_lease_until=clock() + timedelta(seconds=5))
    # Its turn is in hand; its words have not been looked at.
    assert await due(town, clock) == {"screen"}


async def test_an_event_to_be_tried_again_wakes_nobody_before_its_time(town: Town, clock: Any) -> None:
    await wrote(town)
    await change(town.sessions, LineEvent, next_attempt_at=clock() + timedelta(seconds=3), attempts=1)
    assert await due(town, clock) == set()
    clock.advance(seconds=4)
    assert await due(town, clock) == {"inbound"}


@pytest.mark.parametrize(("lane", "step"), [(Lane.SAFETY, "talk"), (Lane.TALK, "talk"), (Lane.BULK, "bulk")])
async def test_words_to_send_wake_their_own_lane_unless_the_channel_is_paused(
    town: Town, ring: KeyRing, clock: Any, lane: Lane, step: str
) -> None:
    talk_id = await make_talk(town.sessions, ring, clock)
    async with town.sessions.begin() as session:
        talk = await lock_talk(session, ring, talk_id)
        talk.say([Text(text="お知らせ")], clock(), lane=lane)
    assert await due(town, clock) == {step}
    later = clock() + timedelta(seconds=5)
    for table, column in ((MunicipalityRow, "line_paused_until"), (Conversation, "send_lease_until")):
        await change(town.sessions, table, **{column: later})
        assert await due(town, clock) == set()
        await change(town.sessions, table, **{column: None})
    assert await due(town, clock) == {step}


async def test_a_held_card_wakes_its_step_when_its_time_has_come(
    town: Town, ring: KeyRing, clock: Any
) -> None:
    talk_id = await make_talk(town.sessions, ring, clock, number=9)
    async with town.sessions.begin() as session:
        await set_timer(
            session,
            CARD_TIMER,
            "one",
            clock() + timedelta(seconds=20),
            municipality_id="iwaki",
            conversation_id=talk_id,
        )
    assert await due(town, clock) == set()
    clock.advance(seconds=21)
    assert await due(town, clock) == {"cards"}


async def test_a_picture_to_fetch_wakes_the_media(town: Town, clock: Any) -> None:
    resident = await town.resident()
    await town.settle()
    await resident.does(type="image", data=PICTURE)
    await town.settle()
    assert "media" in await due(town, clock)


async def test_a_group_to_leave_wakes_its_step(town: Town, clock: Any) -> None:
    await wrote(town)
    await change(town.sessions, LineEvent, conversation_id=None, outcome=None)
    assert await due(town, clock) == {"groups"}


async def test_what_is_open_is_found_by_its_index_however_often_the_statement_was_prepared(
    sessions: Sessions, clock: Any
) -> None:
    """PostgreSQL plans a statement that is used often without its parameters."""
    async with sessions.begin() as session:
        words = str(
            LOOK.params(now=clock(), prompt=clock()).compile(
                dialect=session.get_bind().dialect, compile_kwargs={"render_postcompile": True}
            )
        )
        names: dict[str, int] = {}
        numbered = re.sub(r"%\(\w+\)s", lambda found: f"${names.setdefault(found[0], len(names) + 1)}", words)
        connection = await session.connection()
        await connection.exec_driver_sql("set local enable_seqscan = off")
        plan = (await connection.exec_driver_sql(f"explain (generic_plan) {numbered}")).scalars().all()
    used = "\n".join(plan)
    assert used.count("ix_outbox_due") == 2
    assert "ix_media_due" in used
    assert "ix_line_event_due" in used
