"""What serving a message costs in statements and commits; the figures are ceilings, not wishes."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from core.db.driver import Driver, FixedStatement, Row
from tests.harness.in_process import ScriptedResident, Town

COMPLAINT = "熱が38度あります"
PERSON = "看護師さんと話したい"
READS_THREAD = re.compile(r"\b(from|join) thread\b", re.IGNORECASE)


@dataclass
class Counted:
    """What went to PostgreSQL."""

    statements: list[str] = field(default_factory=list)
    commits: int = 0

    @property
    def thread_queries(self) -> int:
        return sum(bool(READS_THREAD.search(statement)) for statement in self.statements)


@contextmanager
def counting(engine: AsyncEngine) -> Iterator[Counted]:
    counted = Counted()

    def executed(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        counted.statements.append(" ".join(statement.split()))
        # A statement without a transaction around it is one.
        counted.commits += connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT"

    def committed(_connection: Any) -> None:
        counted.commits += 1

    on = FixedStatement.on

    async def noted(statement: FixedStatement, driver: Driver, values: Any) -> list[Row]:
        counted.statements.append(" ".join(statement._sql.decode().split()))
        counted.commits += driver.autocommit
        return await on(statement, driver, values)

    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.setattr(FixedStatement, "on", noted)
    event.listen(engine.sync_engine, "before_cursor_execute", executed)
    event.listen(engine.sync_engine, "commit", committed)
    try:
        yield counted
    finally:
        monkeypatch.undo()
        event.remove(engine.sync_engine, "before_cursor_execute", executed)
        event.remove(engine.sync_engine, "commit", committed)


@pytest.fixture
async def resident(town: Town) -> ScriptedResident:
    town.meanings.teach(COMPLAINT, "consult_symptom")
    town.meanings.teach(PERSON, "talk_to_human")
    return await town.resident()


async def turn_of(town: Town, engine: AsyncEngine) -> Counted:
    """Serve the one event that waits; returns what its turn asked PostgreSQL, without the claim."""
    await town.webhooks_delivered()
    (claim,) = await town.processor.claim(8, True)
    with counting(engine) as turn:
        await town.processor.serve(claim)
    await town.settle()
    return turn


async def test_a_tap_in_a_consultation_is_six_statements_and_four_commits_from_end_to_end(
    town: Town, resident: ScriptedResident, engine: AsyncEngine
) -> None:
    await resident.says(COMPLAINT)
    while not any("どれもない" in label for label in resident.labels):
        await resident.taps(resident.labels[0])
    with counting(engine) as counted:
        await resident.does(type="tap", label=next(one for one in resident.labels if "どれもない" in one))
        await town.webhooks_delivered()
        (claim,) = await town.processor.claim(8, True)
        await town.at_once.serve(claim)
        (letter,) = town.taken
        await town.sender.send_all(letter)
    assert await resident.hears()
    assert not await town.pending_events()
    assert len(counted.statements) <= 6, counted.statements
    # The event, the claim, the turn with the intent of its answer, the outcome.
    assert counted.commits <= 4, counted.statements


async def test_a_turn_asks_for_the_thread_once(
    town: Town, resident: ScriptedResident, engine: AsyncEngine
) -> None:
    await resident.does(type="text", text=COMPLAINT)
    assert (await turn_of(town, engine)).thread_queries == 1


async def test_a_turn_that_opens_a_thread_asks_for_it_once(
    town: Town, resident: ScriptedResident, engine: AsyncEngine
) -> None:
    await resident.does(type="text", text=PERSON)
    turn = await turn_of(town, engine)
    assert [one for one in turn.statements if one.startswith("INSERT INTO thread")]
    assert turn.thread_queries == 1


async def test_words_while_somebody_waits_ask_for_the_thread_once(
    town: Town, resident: ScriptedResident, engine: AsyncEngine
) -> None:
    await resident.says(PERSON)
    await resident.does(type="text", text="薬はのんでいません")
    turn = await turn_of(town, engine)
    assert turn.thread_queries == 1


async def test_what_waits_for_later_is_looked_for_only_where_it_is(
    town: Town, resident: ScriptedResident, engine: AsyncEngine
) -> None:
    await resident.does(type="text", text=COMPLAINT)
    turn = await turn_of(town, engine)
    assert not [one for one in turn.statements if one.startswith("UPDATE outbox")]
