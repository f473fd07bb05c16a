"""The failure that keeps an installation from starting."""

from core.errors import ConfigurationError


class CannotStart(ConfigurationError):
    """HELPO cannot start here; the message is one line in Japanese that says what to do."""

    code = "up.cannot_start"
