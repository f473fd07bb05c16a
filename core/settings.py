"""Settings: read once at start, complete, typed, secrets not printable."""

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from core.clock import Clock, shifted_clock, system_clock
from core.errors import ConfigurationError

KEY_BYTES = 32
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def split_bind(bind: str) -> tuple[str, int]:
    """Split `host:port` as `Settings` has checked it."""
    host, _, port = bind.rpartition(":")
    return host.strip("[]"), int(port)


def _filled(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().strip():
        raise ValueError("is empty; an empty secret is an error, not 'protection off'")
    return value


def _bind(value: str) -> str:
    host, _, port = value.rpartition(":")
    if not host or not port.isdigit():
        raise ValueError("must look like 127.0.0.1:8080")
    return value


def _keys(value: SecretStr) -> SecretStr:
    _filled(value)
    for entry in value.get_secret_value().split(","):
        key_id, _, text = entry.strip().partition(":")
        try:
            size = len(base64.b64decode(text, validate=True))
        except binascii.Error:
            size = 0
        if not key_id or size != KEY_BYTES:
            raise ValueError(f"must be 'id:base64 of {KEY_BYTES} bytes', newest first, separated by commas")
    return value


Secret = Annotated[SecretStr, AfterValidator(_filled)]
Bind = Annotated[str, AfterValidator(_bind)]


class Settings(BaseModel):
    """Each field is the environment variable `<FIELD>` or `HELPO_<FIELD>` in capitals; times in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    database_url: Secret
    database_owner_url: Secret | None = None
    redis_url: Secret
    rasa_url: str
    rasa_token: Secret
    line_api_url: str = "https://api.line.me"
    line_data_url: str = "https://api-data.line.me"
    public_url: str = "http://127.0.0.1:8080"
    bind: Bind = "127.0.0.1:8080"
    pages_bind: Bind = "127.0.0.1:8081"
    simulator_bind: Bind = "127.0.0.1:8090"
    state_dir: Path = Path("var")
    data_dir: Path = Path("data")
    encryption_keys: Annotated[SecretStr, AfterValidator(_keys)]
    session_secret: Secret
    municipality: str = "iwaki"
    log_level: str = "INFO"
    clock_file: Path | None = None
    rasa_timeout_s: float = 1.0
    line_timeout_s: float = 5.0
    shutdown_grace_s: float = 10.0
    # Secrets of the channels, by the variable names that the municipality files give.
    channel_secrets: dict[str, SecretStr] = Field(default_factory=dict, repr=False)

    @property
    def is_real_channel(self) -> bool:
        """Whether messages leave this machine: the LINE address is not loopback."""
        return urlsplit(self.line_api_url).hostname not in LOOPBACK

    def clock(self) -> Clock:
        """Return the clock all code of this process uses."""
        return shifted_clock(self.clock_file) if self.clock_file else system_clock

    def channel_secret(self, variable: str) -> str:
        """Return the secret kept in environment variable `variable`.

        Raises:
            ConfigurationError: it is not set or empty.
        """
        secret = self.channel_secrets.get(variable)
        if secret is None or not secret.get_secret_value().strip():
            raise ConfigurationError(
                f"{variable} is not set; put the channel's value from the LINE console there"
            )
        return secret.get_secret_value()


def _named(environ: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field in Settings.model_fields:
        for name in (field.upper(), f"HELPO_{field.upper()}"):
            if name in environ:
                values[field] = environ[name]
    values["channel_secrets"] = {k: v for k, v in environ.items() if k.startswith("LINE_CHANNEL_")}
    return values


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read all settings from `environ`.

    Raises:
        ConfigurationError: one error that lists every missing or malformed name.
    """
    try:
        settings = Settings.model_validate(_named(environ))
    except ValidationError as exc:
        lines = [f"  {_variable(str(e['loc'][0]))}: {e['msg'].lower()}" for e in exc.errors()]
        raise ConfigurationError("settings are missing or malformed:\n" + "\n".join(lines)) from None
    if settings.clock_file and settings.is_real_channel:
        raise ConfigurationError(
            "HELPO_CLOCK_FILE is for tests; it is refused while LINE_API_URL is not loopback"
        )
    return settings


def _variable(field: str) -> str:
    bare = {"database_url", "database_owner_url", "redis_url", "rasa_url", "rasa_token"}
    return field.upper() if field in bare or field.startswith("line_") else f"HELPO_{field.upper()}"
