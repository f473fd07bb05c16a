"""Decide, from the environment alone, what this start runs itself and what exists already."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.up.errors import CannotStart
from bot.up.ports import HIGHEST
from core.municipalities import Municipality
from core.settings import LOOPBACK

DEFAULT_BIND, DEFAULT_SIMULATOR_BIND = "127.0.0.1:8080", "127.0.0.1:8090"
REAL_LINE = "https://api.line.me"
EVERY_ADDRESS = frozenset({"0.0.0.0", "::", "[::]", "*"})  # noqa: S104  compared with, not listened on


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which parts are embedded, and where they listen (`host:port`)."""

    bind: str
    simulator_bind: str
    line_api_url: str
    embeds_database: bool
    embeds_redis: bool
    embeds_rasa: bool
    runs_simulator: bool
    is_real_channel: bool


def make_plan(environ: Mapping[str, str], city: Municipality) -> Plan:
    """Decide which parts are embedded; `city` is the default municipality.

    Its LINE credentials say whether the channel is real.

    Raises:
        CannotStart: the credentials are incomplete, or missing for a real LINE address.
    """
    simulator_bind = environ.get("HELPO_SIMULATOR_BIND", DEFAULT_SIMULATOR_BIND)
    split_bind("HELPO_SIMULATOR_BIND", simulator_bind)
    simulator = browser_address(simulator_bind)
    has_credentials = _has_credentials(environ, city)
    line_api_url = environ.get("LINE_API_URL") or (REAL_LINE if has_credentials else simulator)
    host, port = _host_and_port("LINE_API_URL", line_api_url)
    is_real = host not in LOOPBACK
    if is_real and not has_credentials:
        raise CannotStart(
            f"LINE_API_URL は本物の LINE を指していますが、{city.line.secret} と {city.line.access_token} がありません。"
        )
    return Plan(
        bind=environ.get("HELPO_BIND", DEFAULT_BIND),
        simulator_bind=simulator_bind,
        line_api_url=line_api_url,
        embeds_database=not environ.get("DATABASE_URL"),
        embeds_redis=not environ.get("REDIS_URL"),
        embeds_rasa=not environ.get("RASA_URL"),
        runs_simulator=not is_real and port == urlsplit(simulator).port,
        is_real_channel=is_real,
    )


def _has_credentials(environ: Mapping[str, str], city: Municipality) -> bool:
    names = (city.line.secret, city.line.access_token)
    given = [name for name in names if environ.get(name, "").strip()]
    touched = [name for name in names if name in environ]
    if touched and len(given) < len(names):
        missing = "、".join(name for name in names if name not in given)
        raise CannotStart(
            f"LINE の設定が足りません: {missing} に LINE Developers コンソールの値を入れてください"
            "（シミュレーターで試すときは両方とも未設定に）。"
        )
    return bool(given)


def _host_and_port(variable: str, address: str) -> tuple[str, int | None]:
    try:
        url = urlsplit(address)
        host, port = url.hostname, url.port
    except ValueError:
        host = port = None
    if not host:
        raise CannotStart(f"{variable} は「http://127.0.0.1:8090」の形で指定してください。")
    return host, port


def split_bind(variable: str, bind: str) -> tuple[str, int]:
    """Return host and port of `host:port`.

    Raises:
        CannotStart: it has another form; names the `variable`.
    """
    host, _, port = bind.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) <= HIGHEST:
        raise CannotStart(f"{variable}={bind} は「127.0.0.1:8080」の形で指定してください。")
    return host.strip("[]"), int(port)


def browser_address(bind: str) -> str:
    """Return the address a browser on this machine opens for a server that listens on `bind`."""
    host, _, port = bind.rpartition(":")
    return f"http://{'127.0.0.1' if host in EVERY_ADDRESS else host}:{port}"
