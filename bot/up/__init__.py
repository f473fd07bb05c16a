"""`helpo up`: run PostgreSQL, Valkey, Rasa and every part of HELPO on one machine."""

from bot.up.up import up

__all__ = ["up"]
