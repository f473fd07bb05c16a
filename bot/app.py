"""The composition root: the only place that opens connections and chooses implementations."""

import asyncio
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import redis.asyncio as redis
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.triage.protocol import load_protocols
from bot.triage.screen import load_screen
from core.clock import Clock
from core.crypto import KeyRing
from core.db.engine import Sessions, make_engine, make_sessions
from core.live import Signals, make_redis
from core.municipalities import ChannelSecrets, Municipality, channel_secrets, load_municipalities
from core.settings import Settings
from core.texts import Texts, load_texts
from shop.cards import ShopDesk
from shop.catalogue import load_catalogue
from shop.links import shop_card_maker


@dataclass(frozen=True, slots=True)
class Parts:
    """What every process of HELPO has in hand."""

    settings: Settings
    cities: Mapping[str, Municipality]
    channels: Mapping[str, ChannelSecrets]
    texts: Texts
    clock: Clock
    ring: KeyRing
    engine: AsyncEngine
    sessions: Sessions
    redis: redis.Redis
    signals: Signals


@asynccontextmanager
async def open_parts(settings: Settings, *, pool_size: int = 10) -> AsyncIterator[Parts]:
    """Read the content and open the connections; all are closed at the end.

    Raises:
        ConfigurationError: a channel's secret is missing, or the default city is unknown.
        ContentError: a content file is broken.
    """
    cities = load_municipalities(settings.data_dir)
    channels = channel_secrets(settings, cities)
    # Every process refuses broken content at its start, not the one that would read it first.
    load_screen(settings.data_dir)
    load_protocols(settings.data_dir)
    load_catalogue(settings.data_dir)
    async with AsyncExitStack() as stack:
        client = make_redis(settings.redis_url.get_secret_value())
        stack.push_async_callback(client.aclose)
        engine = make_engine(settings.database_url.get_secret_value(), pool_size=pool_size)
        stack.push_async_callback(engine.dispose)
        signals = Signals(client)
        yield Parts(
            settings=settings,
            cities=cities,
            channels=channels,
            texts=load_texts(settings.data_dir),
            clock=settings.clock(),
            ring=KeyRing.parse(settings.encryption_keys.get_secret_value()),
            engine=engine,
            sessions=make_sessions(engine, signals),
            redis=client,
            signals=signals,
        )


def open_shop(parts: Parts) -> ShopDesk:
    """Return what makes shop cards and reads their links."""
    return shop_card_maker(load_catalogue(parts.settings.data_dir), parts.settings, parts.texts)


def stop_on_signals() -> asyncio.Event:
    """Return an event that SIGTERM or Ctrl-C sets."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
