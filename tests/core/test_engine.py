"""Test that connections to PostgreSQL notice a server that no longer answers."""

import socket
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import AsyncEngine

from core.db.engine import check_before_use

BACKEND = text("select pg_backend_pid()")


async def test_a_silent_server_is_given_up_within_seconds(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None
        with socket.socket(fileno=socket.dup(raw.pgconn.socket)) as plug:
            assert plug.family in {socket.AF_INET, socket.AF_INET6}
            assert plug.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            options = [socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT]
            assert [plug.getsockopt(socket.IPPROTO_TCP, name) for name in options] == [5, 5, 2, 10_000]


async def test_connections_of_a_server_that_ended_them_are_not_handed_out(engine: AsyncEngine) -> None:
    async with engine.connect() as first:
        ended = await first.scalar(BACKEND)
    async with engine.connect() as second, engine.connect() as other:
        assert await second.scalar(BACKEND) == ended  # the one used last comes first
        end = text("select pg_terminate_backend(:pid, 5000)")
        mine = await other.scalar(BACKEND)
    async with engine.connect() as killer:
        other_pid = mine if await killer.scalar(BACKEND) == ended else ended
        await killer.execute(end, {"pid": other_pid})
        async with engine.connect() as fresh:
            assert await fresh.scalar(BACKEND) not in {mine, ended}


def test_a_plain_engine_is_checked_as_well(app_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = create_engine(app_url, pool_size=1, max_overflow=0)
    check_before_use(plain)
    pings: list[object] = []
    ping = plain.dialect.do_ping

    def noted(connection: Any) -> bool:
        pings.append(connection)
        return ping(connection)

    monkeypatch.setattr(plain.dialect, "do_ping", noted)
    for _ in range(3):
        with plain.connect() as connection:
            first = connection.scalar(BACKEND)
    assert pings == []  # it has not rested
    monkeypatch.setattr("core.db.engine.PING_AFTER_S", 0.0)
    with plain.connect() as connection:
        assert connection.scalar(BACKEND) == first
    assert len(pings) == 1
    plain.dispose()
