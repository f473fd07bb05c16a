"""The composition root: the only place that opens connections and chooses implementations."""

import asyncio
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import redis.asyncio as redis
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.triage.protocols.loader import load_protocols
from bot.triage.screen.content import load_red_flags
from core.clock import Clock
from core.crypto import KeyRing
from core.db.engine import Sessions, make_engine, make_sessions
from core.errors import ConfigurationError
from core.live import Signals, make_redis
from core.logging import get_logger
from core.municipalities import ChannelSecrets, Municipality, channel_secrets, load_municipalities
from core.residents.keys import check_keys
from core.settings import Settings
from core.texts import Texts, load_texts
from shop.cards import ShopDesk
from shop.catalogue import load_catalogue
from shop.links import shop_desk

log = get_logger()

CHECK_LIMIT_S = 5.0


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
        ConfigurationError: a channel's secret is missing, the default city is unknown, or the keys are not those
            of the database.
        ContentError: a content file is broken.
    """
    cities = load_municipalities(settings.data_dir)
    channels = channel_secrets(settings, cities)
    # Every process refuses broken content at its start, not the one that would read it first.
    load_red_flags(settings.data_dir)
    load_protocols(settings.data_dir)
    load_catalogue(settings.data_dir)
    async with AsyncExitStack() as stack:
        client = make_redis(settings.redis_url.get_secret_value())
        stack.push_async_callback(client.aclose)
        engine = make_engine(settings.database_url.get_secret_value(), pool_size=pool_size)
        stack.push_async_callback(engine.dispose)
        signals = Signals(client)
        sessions, ring = (
            make_sessions(engine, signals),
            KeyRing.parse(settings.encryption_keys.get_secret_value()),
        )
        await _check_keys(sessions, ring)
        yield Parts(
            settings=settings,
            cities=cities,
            channels=channels,
            texts=load_texts(settings.data_dir),
            clock=settings.clock(),
            ring=ring,
            engine=engine,
            sessions=sessions,
            redis=client,
            signals=signals,
        )


async def _check_keys(sessions: Sessions, ring: KeyRing) -> None:
    try:
        async with asyncio.timeout(CHECK_LIMIT_S), sessions() as session:
            await check_keys(session, ring)
    except ProgrammingError as error:
        raise ConfigurationError(
            "DATABASE_URL: the database is not set up; run `helpo db upgrade`"
        ) from error
    except (DBAPIError, TimeoutError, OSError) as error:
        # A process that starts without its database waits for it; the next start checks.
        log.warning("keys_not_checked", error=type(error).__name__)


def open_shop(parts: Parts) -> ShopDesk:
    """Return what makes shop cards and reads their links."""
    return shop_desk(load_catalogue(parts.settings.data_dir), parts.settings, parts.texts)


def stop_on_signals() -> asyncio.Event:
    """Return an event that SIGTERM or Ctrl-C sets."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
