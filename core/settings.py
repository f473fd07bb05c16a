"""Settings: read once at start, complete, typed, secrets not printable."""

import base64
import binascii
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from core.clock import Clock, shifted_clock, system_clock
from core.errors import ConfigurationError

KEY_BYTES = 32
SESSION_SECRET_LENGTH = 32
HIGHEST_PORT = 65535
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
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
    if not host or not (port.isascii() and port.isdecimal()) or not 1 <= int(port) <= HIGHEST_PORT:
        raise ValueError(f"must look like 127.0.0.1:8080, the port from 1 to {HIGHEST_PORT}")
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


def _long(value: SecretStr) -> SecretStr:
    if len(_filled(value).get_secret_value().strip()) < SESSION_SECRET_LENGTH:
        raise ValueError(f"must be at least {SESSION_SECRET_LENGTH} characters, made by chance")
    return value


def _log_level(value: str) -> str:
    if value.upper() not in LOG_LEVELS:
        raise ValueError(f"must be one of {', '.join(LOG_LEVELS)}")
    return value.upper()


def _networks(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return tuple(ip_network(entry.strip()) for entry in value.split(",") if entry.strip())
    except ValueError:
        raise ValueError("must be networks such as 127.0.0.1/32,::1/128, separated by commas") from None


def _address(text: str) -> IPv4Address | IPv6Address:
    address = ip_address(text)
    # A socket open to both families shows IPv4 callers as ::ffff:192.0.2.1.
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


def _is_loopback_url(url: str) -> bool:
    return urlsplit(url).hostname in LOOPBACK


Secret = Annotated[SecretStr, AfterValidator(_filled)]
Bind = Annotated[str, AfterValidator(_bind)]
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(_networks)]


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
    public_url: str = Field(default="http://127.0.0.1:8080", validate_default=True)
    bind: Bind = "127.0.0.1:8080"
    pages_bind: Bind = "127.0.0.1:8081"
    simulator_bind: Bind = "127.0.0.1:8090"
    # Whose X-Forwarded-For is believed.
    trusted_proxies: Networks = (ip_network("127.0.0.1/32"), ip_network("::1/128"))
    state_dir: Path = Path("var")
    data_dir: Path = Path("data")
    encryption_keys: Annotated[SecretStr, AfterValidator(_keys)]
    session_secret: Annotated[SecretStr, AfterValidator(_long)]
    municipality: str = "iwaki"
    # Beside a real channel, content that nobody has signed is silent unless the operator says otherwise.
    run_drafts: bool = False
    log_level: Annotated[str, AfterValidator(_log_level)] = "INFO"
    clock_file: Path | None = None
    rasa_timeout_s: float = 1.0
    line_timeout_s: float = 5.0
    shutdown_grace_s: float = 10.0
    # Who bears it is shown /metrics by the public door; the pages' own door shows it to whoever comes.
    metrics_token: Secret | None = None
    # Where a worker shows its own.
    metrics_bind: Bind | None = None
    # Of each web process; every open inbox holds one.
    max_connections: int = Field(default=2000, ge=20)
    # Secrets of the channels, by the variable names that the municipality files give.
    channel_secrets: dict[str, SecretStr] = Field(default_factory=dict, repr=False)

    @property
    def is_real_channel(self) -> bool:
        """Whether messages leave this machine: the LINE address is not loopback."""
        return not _is_loopback_url(self.line_api_url)

    @property
    def runs_drafts(self) -> bool:
        """Whether content without a reviewer's signature is used: always in a demo, else by the operator's word."""
        return self.run_drafts or not self.is_real_channel

    # The two below look at line_api_url, which stands above their fields and is therefore in `info.data`.

    @field_validator("public_url")
    @classmethod
    def _is_safe_for_residents(cls, value: str, info: ValidationInfo) -> str:
        url = urlsplit(value)
        if url.scheme not in {"http", "https"} or not url.hostname:
            raise ValueError("must look like https://helpo.example.jp")
        if url.scheme != "https" and not _is_loopback_url(info.data.get("line_api_url", "")):
            raise ValueError("must begin with https:// while LINE_API_URL is not loopback")
        return value

    @field_validator("clock_file")
    @classmethod
    def _is_a_test(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if value and not _is_loopback_url(info.data.get("line_api_url", "")):
            raise ValueError("is for tests; it is refused while LINE_API_URL is not loopback")
        return value

    def is_trusted_proxy(self, address: str) -> bool:
        """Whether what `address` says about whom it speaks for is believed; False for what is no address."""
        try:
            found = _address(address)
        except ValueError:
            return False
        return any(found in network for network in self.trusted_proxies)

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
        return Settings.model_validate(_named(environ))
    except ValidationError as exc:
        lines = [f"  {_variable(str(e['loc'][0]))}: {_readable(e['msg'])}" for e in exc.errors()]
        raise ConfigurationError("settings are missing or malformed:\n" + "\n".join(lines)) from None


def _readable(message: str) -> str:
    message = message.removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def _variable(field: str) -> str:
    bare = {"database_url", "database_owner_url", "redis_url", "rasa_url", "rasa_token"}
    return field.upper() if field in bare or field.startswith("line_") else f"HELPO_{field.upper()}"
