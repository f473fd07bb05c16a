"""Refuse messages as LINE does, by the limits of its OpenAPI description and of its reference."""

from bot.simulator.validation.messages import check_messages
from bot.simulator.validation.problem import Violation

__all__ = ["Violation", "check_messages"]
