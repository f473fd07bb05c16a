"""Stand in for the LINE platform: its API, its webhooks and a page of phones, for people, tests and tools."""

from bot.simulator.app import make_app
from bot.simulator.config import Channel, SimulatorConfig

__all__ = ["Channel", "SimulatorConfig", "make_app"]
