"""Provide a simulator on a loopback port, a bot's webhook beside it, and LINE's own SDK as the caller."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from linebot.v3.messaging import AsyncApiClient, AsyncMessagingApi, AsyncMessagingApiBlob, Configuration

from bot.simulator import Channel, SimulatorConfig, make_app
from tests.simulator.stand import NEIGHBOUR_TOKEN, SECRET, TOKEN, MovedClock, Receiver, Simulator


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def settings() -> dict[str, Any]:
    """What a test file overrides to configure its simulator."""
    return {}


@pytest.fixture
async def sim(clock: MovedClock, settings: dict[str, Any]) -> AsyncIterator[Simulator]:
    bot = Receiver()
    bot_app = web.Application()
    bot_app.router.add_post("/line/{municipality}/webhook", bot.handle)
    async with TestServer(bot_app) as bot_server:
        channels = tuple(
            Channel(
                municipality=municipality,
                name=name,
                secret=SECRET,
                access_token=token,
                webhook_url=str(bot_server.make_url(f"/line/{municipality}/webhook")),
            )
            for municipality, name, token in (
                ("iwaki", "いわき市 健康相談", TOKEN),
                ("demo-kitahama", "デモ北浜市 健康相談", NEIGHBOUR_TOKEN),
            )
        )
        config = SimulatorConfig(channels=channels, clock=clock, **settings)
        async with TestServer(make_app(config)) as server, ClientSession() as http:
            url = str(server.make_url("")).rstrip("/")
            async with (
                AsyncApiClient(Configuration(access_token=TOKEN, host=url)) as client,
                AsyncApiClient(Configuration(access_token=NEIGHBOUR_TOKEN, host=url)) as other,
            ):
                line, blob = AsyncMessagingApi(client), AsyncMessagingApiBlob(client)
                yield Simulator(url, http, line, blob, AsyncMessagingApi(other), bot, clock)
