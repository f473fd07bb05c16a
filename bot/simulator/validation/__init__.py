"""What LINE refuses in a message: the limits of its OpenAPI description and those only its reference states."""

from bot.simulator.validation.messages import check_messages
from bot.simulator.validation.problem import Violation

__all__ = ["Violation", "check_messages"]
