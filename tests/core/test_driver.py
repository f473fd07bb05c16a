"""Test the statements that go past SQLAlchemy: their transactions, and what a connection's end means to them."""

from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from core.db.driver import FixedStatement, StoredAs, begun, driver_of
from core.db.engine import Sessions, is_outage, one_fixed_statement
from core.db.tables import MunicipalityRow

BACKEND = FixedStatement("select pg_backend_pid() as pid")
END = FixedStatement("select pg_terminate_backend(%(pid)s, 5000)")
PAUSE = FixedStatement("update municipality set line_pause_error = %(error)s")

CITY = StoredAs(MunicipalityRow, "m")
CITIES = FixedStatement("select m.* from municipality m order by id", CITY)
NOBODY = FixedStatement("select m.* from (select) as one left join municipality m on false", CITY)


async def paused(sessions: Sessions) -> set[str | None]:
    async with sessions() as session:
        return set(await session.scalars(text("select line_pause_error from municipality")))


async def backend(sessions: Sessions) -> int:
    async with one_fixed_statement(sessions) as driver:
        (row,) = await BACKEND.on(driver, {})
    pid: int = row["pid"]
    return pid


async def test_a_lone_statement_is_its_own_transaction(sessions: Sessions) -> None:
    async with one_fixed_statement(sessions) as driver:
        assert await PAUSE.on(driver, {"error": "alone"}) == []
        assert await paused(sessions) == {"alone"}


async def test_in_a_session_it_belongs_to_the_transaction(sessions: Sessions) -> None:
    async with sessions() as session:
        await session.execute(text("select 1"))
        await PAUSE.on(driver_of(session), {"error": "together"})
        await session.rollback()
    assert await paused(sessions) == {None}
    async with sessions.begin() as session:
        await session.execute(text("select 1"))
        await PAUSE.on(driver_of(session), {"error": "together"})
    assert await paused(sessions) == {"together"}


async def test_what_the_driver_reads_belongs_to_the_session_as_if_it_had_loaded_it(
    sessions: Sessions,
) -> None:
    async with sessions.begin() as session:
        row, *_ = await CITIES.on(await begun(session), {})
        city = CITY.found(session, row)
        assert city
        assert city is await session.get(MunicipalityRow, city.id)
        assert not session.dirty
        city.line_pause_error = "changed"
        # What was changed is written before it is read again.
        row, *_ = await CITIES.on(await begun(session), {})
        assert CITY.found(session, row) is city
        assert city.line_pause_error == "changed"
        assert not session.dirty
        (nobody,) = await NOBODY.on(await begun(session), {})
        assert CITY.found(session, nobody) is None
    assert "changed" in await paused(sessions)


async def test_what_others_wrote_is_seen_when_it_is_read_again(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        city = CITY.found(session, (await CITIES.on(await begun(session), {}))[0])
        async with one_fixed_statement(sessions) as driver:
            await PAUSE.on(driver, {"error": "meanwhile"})
        again = CITY.found(session, (await CITIES.on(await begun(session), {}))[0])
        assert city
        assert again is city
        assert city.line_pause_error == "meanwhile"


async def test_a_connection_is_used_again_while_it_works(sessions: Sessions, monkeypatch: Any) -> None:
    first = await backend(sessions)
    assert await backend(sessions) == first
    monkeypatch.setattr("core.db.driver.PING_AFTER_S", 0.0)
    assert await backend(sessions) == first
    with pytest.raises(psycopg.ProgrammingError):
        async with one_fixed_statement(sessions) as driver:
            await FixedStatement("select from no_such_table").on(driver, {})
    assert await backend(sessions) != first


async def test_a_connection_that_the_server_ended_is_not_lent(sessions: Sessions) -> None:
    ended = await backend(sessions)
    async with sessions() as session:
        await session.execute(text("select 1"))
        await END.on(driver_of(session), {"pid": ended})
    assert await backend(sessions) != ended


async def test_an_end_in_mid_transaction_is_an_outage_and_costs_that_transaction(sessions: Sessions) -> None:
    async def interrupted() -> None:
        async with sessions.begin() as session:
            await session.execute(text("select 1"))
            (row,) = await BACKEND.on(driver_of(session), {})
            async with one_fixed_statement(sessions) as driver:
                await END.on(driver, row)
            await PAUSE.on(driver_of(session), {"error": "lost"})

    with pytest.raises(Exception) as caught:  # noqa: PT011 - the driver's own, or SQLAlchemy's about the rollback
        await interrupted()
    assert is_outage(caught.value)
    assert await paused(sessions) == {None}
