"""Compose the simulator: its channels, and where their webhooks go."""

from aiohttp import web

from bot.app import stop_on_signals
from bot.processes.door import Door
from bot.simulator.app import make_app
from bot.simulator.config import Channel, SimulatorConfig
from core.errors import ConfigurationError
from core.logging import get_logger
from core.municipalities import channel_secrets, load_municipalities
from core.settings import Settings, split_bind

log = get_logger()


async def run_simulator(settings: Settings) -> None:
    """Run the simulator of LINE until SIGTERM.

    Raises:
        ConfigurationError: LINE_API_URL is not loopback: never beside a real channel.
    """
    if settings.is_real_channel:
        raise ConfigurationError(
            "the simulator does not run beside a real channel (LINE_API_URL is not loopback)"
        )
    stop = stop_on_signals()
    runner = web.AppRunner(make_app(simulator_config(settings)), shutdown_timeout=2.0)
    await runner.setup()
    try:
        await Door(runner, *split_bind(settings.simulator_bind), most=settings.max_connections).start()
        log.info("simulator_started", bind=settings.simulator_bind)
        await stop.wait()
    finally:
        await runner.cleanup()


def simulator_config(settings: Settings) -> SimulatorConfig:
    """Return the channels of all cities, the default one first, with their webhooks at our intake."""
    cities = load_municipalities(settings.data_dir)
    channels = tuple(
        Channel(
            municipality=city,
            name=cities[city].account_name,
            secret=secrets.secret,
            access_token=secrets.access_token,
            webhook_url=f"http://{settings.bind}/line/{city}/webhook",
        )
        for city, secrets in sorted(
            channel_secrets(settings, cities).items(), key=lambda pair: pair[0] != settings.municipality
        )
    )
    return SimulatorConfig(channels=channels, clock=settings.clock())
