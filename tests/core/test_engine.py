"""Connections to PostgreSQL notice a server that fell silent."""

import socket

from sqlalchemy.ext.asyncio import AsyncEngine


async def test_a_silent_server_is_given_up_within_seconds(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None
        with socket.socket(fileno=socket.dup(raw.pgconn.socket)) as plug:
            assert plug.family in {socket.AF_INET, socket.AF_INET6}
            assert plug.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            options = [socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT]
            assert [plug.getsockopt(socket.IPPROTO_TCP, name) for name in options] == [5, 5, 2, 10_000]
