"""Provide the webhook on a real database, and a scripted HTTP boundary of LINE."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.line.client import LineClient
from bot.line.connection import LineAccess
from bot.line.webhook import IntakeDeps, make_intake
from core.clock import Clock
from core.crypto import KeyRing
from core.live import Signals, make_redis
from core.municipalities import ChannelSecrets
from tests.line.fake_line import FakeLine
from tests.line.webhooks import SECRET


@pytest.fixture
def signals() -> Signals:
    return Signals(make_redis("redis://127.0.0.1:9"))


@pytest.fixture
def intake_deps(engine: AsyncEngine, ring: KeyRing, clock: Clock, signals: Signals) -> IntakeDeps:
    return IntakeDeps(
        engine=engine,
        ring=ring,
        channels={
            "iwaki": ChannelSecrets("iwaki", SECRET, "token-iwaki"),
            "demo-kitahama": ChannelSecrets("demo-kitahama", "other-secret", "token-kitahama"),
        },
        default_municipality="iwaki",
        clock=clock,
        signals=signals,
        bot_user_ids={"demo-kitahama": "U" + "1" * 32},
    )


@pytest.fixture
async def intake(intake_deps: IntakeDeps) -> AsyncIterator[TestClient[Any, Any]]:
    app = web.Application()
    app.add_routes(make_intake(intake_deps))
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.fixture
async def fake_line() -> AsyncIterator[tuple[FakeLine, str]]:
    """LINE, and its address."""
    fake = FakeLine()
    async with TestServer(fake.app) as server:
        yield fake, str(server.make_url("")).rstrip("/")
        fake.stopped.set()


@pytest.fixture
async def line(fake_line: tuple[FakeLine, str]) -> AsyncIterator[tuple[FakeLine, LineClient]]:
    """LINE, and a client of iwaki's channel that waits half a second."""
    fake, url = fake_line
    access = LineAccess(
        municipality_id="iwaki", access_token="token-iwaki", api_url=url, data_url=url, timeout_s=0.5
    )
    async with LineClient(access) as client:
        yield fake, client
