"""Read settings: once at start, complete, typed, with secrets that cannot be printed."""

import base64
import binascii
from collections.abc import Callable, Mapping
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
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from core.clock import Clock, shifted_clock, system_clock
from core.errors import ConfigurationError
from core.process_secrets import EVERYTHING, SecretName

KEY_BYTES = 32
SESSION_SECRET_LENGTH = 32
HIGHEST_PORT = 65535
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


POSTGRES_DRIVER = "postgresql+psycopg"
POSTGRES_SCHEMES = ("postgres", "postgresql", POSTGRES_DRIVER)
REDIS_SCHEMES = ("redis", "rediss", "unix")


class Withheld(SecretStr):
    """A secret that this process was not given; asking for its value is a programming error."""

    def __init__(self, variable: str) -> None:
        super().__init__("")
        self._variable = variable

    def get_secret_value(self) -> str:
        """Refuse to give the value.

        Raises:
            ConfigurationError: always.
        """
        raise ConfigurationError(f"{self._variable} is not given to this process")


def split_bind(bind: str) -> tuple[str, int]:
    """Split `host:port`, which `Settings` has checked."""
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


def _postgres(value: SecretStr) -> SecretStr:
    """Check a PostgreSQL address and put our driver into it; takes `postgres://` and `postgresql://`."""
    example = "such as postgresql://user:password@127.0.0.1:5432/helpo"
    try:
        url = make_url(_filled(value).get_secret_value().strip())
    except (ArgumentError, ValueError):
        raise ValueError(f"must be an address of PostgreSQL, {example}") from None
    if url.drivername not in POSTGRES_SCHEMES:
        raise ValueError(f"must begin with postgresql://, {example}")
    if not (url.host or url.query.get("host")):
        raise ValueError(f"names no host, {example}")
    if url.drivername == POSTGRES_DRIVER:
        return value
    return SecretStr(url.set(drivername=POSTGRES_DRIVER).render_as_string(hide_password=False))


def _redis(value: SecretStr) -> SecretStr:
    example = "such as redis://127.0.0.1:6379/0"
    scheme, place = _split_address(_filled(value).get_secret_value().strip(), example)
    if scheme not in REDIS_SCHEMES:
        raise ValueError(f"must begin with redis://, rediss:// or unix://, {example}")
    if not place:
        raise ValueError(f"names no host, {example}")
    number = urlsplit(value.get_secret_value().strip()).path.strip("/")
    if scheme != "unix" and number and not number.isdecimal():
        raise ValueError(f"must end with the number of a database or nothing, {example}")
    return value


def _http(value: str) -> str:
    example = "such as http://127.0.0.1:5005"
    scheme, host = _split_address(value, example)
    if scheme not in {"http", "https"} or not host:
        raise ValueError(f"must begin with http:// or https:// and name a host, {example}")
    return value


def _split_address(text: str, example: str) -> tuple[str, str]:
    """Return scheme and host (for `unix://` the path)."""
    try:
        url = urlsplit(text)
        _ = url.port  # raises for an invalid port
    except ValueError:
        raise ValueError(f"is no address; write one {example}") from None
    return url.scheme, url.path if url.scheme == "unix" else url.hostname or ""


def _unless_withheld(check: Callable[[SecretStr], SecretStr]) -> AfterValidator:
    return AfterValidator(lambda value: value if isinstance(value, Withheld) else check(value))


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


Secret = Annotated[SecretStr, _unless_withheld(_filled)]
PostgresUrl = Annotated[SecretStr, _unless_withheld(_postgres)]
RedisUrl = Annotated[SecretStr, _unless_withheld(_redis)]
HttpUrl = Annotated[str, AfterValidator(_http)]
Bind = Annotated[str, AfterValidator(_bind)]
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(_networks)]


class Settings(BaseModel):
    """Each field is the environment variable `<FIELD>` or `HELPO_<FIELD>` in capitals; times in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    database_url: PostgresUrl
    database_owner_url: PostgresUrl | None = None
    redis_url: RedisUrl
    rasa_url: HttpUrl
    rasa_token: Secret
    line_api_url: HttpUrl = "https://api.line.me"
    line_data_url: HttpUrl = "https://api-data.line.me"
    public_url: str = Field(default="http://127.0.0.1:8080", validate_default=True)
    bind: Bind = "127.0.0.1:8080"
    pages_bind: Bind = "127.0.0.1:8081"
    simulator_bind: Bind = "127.0.0.1:8090"
    # Proxies whose X-Forwarded-For is believed.
    trusted_proxies: Networks = (ip_network("127.0.0.1/32"), ip_network("::1/128"))
    state_dir: Path = Path("var")
    data_dir: Path = Path("data")
    encryption_keys: Annotated[SecretStr, _unless_withheld(_keys)]
    session_secret: Annotated[SecretStr, _unless_withheld(_long)]
    municipality: str = "iwaki"
    # With a real channel, unsigned content is not used unless the operator says otherwise.
    run_drafts: bool = False
    log_level: Annotated[str, AfterValidator(_log_level)] = "INFO"
    clock_file: Path | None = None
    rasa_timeout_s: float = 1.0
    line_timeout_s: float = 5.0
    shutdown_grace_s: float = 10.0
    # The token for /metrics at the public door; the pages' own door shows it without one.
    metrics_token: Secret | None = None
    # Where a worker serves its own /metrics.
    metrics_bind: Bind | None = None
    # HTTP connections of each web process; every open inbox holds one.
    max_connections: int = Field(default=2000, ge=20)
    # The secrets of the channels, by the variable names that the municipality files give.
    channel_secrets: dict[str, SecretStr] = Field(default_factory=dict, repr=False)
    # The secrets this process works with; all others are `Withheld`.
    needs: frozenset[SecretName] = EVERYTHING

    @property
    def is_real_channel(self) -> bool:
        """Whether messages leave this machine: the LINE address is not loopback."""
        return not _is_loopback_url(self.line_api_url)

    @property
    def runs_drafts(self) -> bool:
        """Whether unsigned (unreviewed) content is used: always in a demo, else if the operator allows it."""
        return self.run_drafts or not self.is_real_channel

    # The two validators below read line_api_url, which is declared before their fields and so in `info.data`.

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
        """Whether the forwarding headers of `address` are believed; False for an invalid address."""
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


# Fields that are read from an environment variable of their own.
NAMED = frozenset(Settings.model_fields) - {"channel_secrets", "needs"}


def variables(field: str) -> tuple[str, str]:
    """Return the environment variables that a field is read from; the second wins."""
    return field.upper(), f"HELPO_{field.upper()}"


def _named(environ: Mapping[str, str], needs: frozenset[SecretName]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field in NAMED:
        for name in variables(field):
            if name in environ:
                values[field] = environ[name]
    for need in (SecretName.DATABASE, SecretName.REDIS, SecretName.RASA, SecretName.KEYS, SecretName.SESSION):
        if need not in needs:
            values[need] = Withheld(_variable(need))
    for optional in (SecretName.OWNER, SecretName.METRICS):
        if optional not in needs:
            values.pop(optional, None)
    values["channel_secrets"] = {k: v for k, v in environ.items() if k.startswith("LINE_CHANNEL_")}
    values["needs"] = needs
    return values


def read_settings(environ: Mapping[str, str], needs: frozenset[SecretName] = EVERYTHING) -> Settings:
    """Read all settings from `environ`, of the secrets those that the process needs.

    Raises:
        ConfigurationError: one error that lists every missing or malformed name.
    """
    try:
        return Settings.model_validate(_named(environ, needs))
    except ValidationError as exc:
        lines = [f"  {_variable(str(e['loc'][0]))}: {_readable(e['msg'])}" for e in exc.errors()]
        raise ConfigurationError("settings are missing or malformed:\n" + "\n".join(lines)) from None


def _readable(message: str) -> str:
    message = message.removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def _variable(field: str) -> str:
    bare = {"database_url", "database_owner_url", "redis_url", "rasa_url", "rasa_token"}
    return field.upper() if field in bare or field.startswith("line_") else f"HELPO_{field.upper()}"
