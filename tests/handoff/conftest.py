"""The staff web with real PostgreSQL and Valkey."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from core.clock import Clock
from core.console import ConsoleDeps
from core.crypto import KeyRing
from core.db.engine import make_sessions
from core.live import Signals, make_redis
from core.municipalities import Municipality
from core.settings import Settings
from core.texts import Texts
from tests.harness.console_client import StaffWeb, open_staff_web


@pytest.fixture
async def signals(redis_url: str) -> AsyncIterator[Signals]:
    client = make_redis(redis_url)
    signals = Signals(client)
    task = asyncio.create_task(signals.run())
    yield signals
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await client.aclose()


@pytest.fixture
def deps(
    engine: AsyncEngine,
    signals: Signals,
    ring: KeyRing,
    settings: Settings,
    clock: Clock,
    texts: Texts,
    cities: dict[str, Municipality],
) -> ConsoleDeps:
    return ConsoleDeps(
        sessions=make_sessions(engine, signals),
        ring=ring,
        settings=settings,
        clock=clock,
        signals=signals,
        texts=texts,
        cities=cities,
    )


@pytest.fixture
async def staff_web(deps: ConsoleDeps) -> AsyncIterator[StaffWeb]:
    async with open_staff_web(deps) as staff_web:
        yield staff_web
