"""Compose the installation's environment once, and hand each child the part it needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.up import credentials
from bot.up.child import MARK
from bot.up.plan import REAL_LINE, Plan, browser_address
from bot.up.ports import LOOPBACK, remembered_port
from bot.up.postgres import APP, OWNER, Postgres
from bot.up.valkey import Valkey
from core.municipalities import Municipality
from core.process_secrets import PROCESS_SECRETS, SecretName
from core.settings import NAMED, variables

PAGES_PORT, RASA_PORT = 8081, 5005
# What any program may need of the system; a child gets nothing else of the operator's shell.
SYSTEM = frozenset(
    {"HOME", "LANG", "LANGUAGE", "LD_LIBRARY_PATH", "LOGNAME", "PATH", "SSL_CERT_DIR", "SSL_CERT_FILE", "TERM",
     "TMPDIR", "TZ", "USER", "VIRTUAL_ENV"}
)  # fmt: skip
SYSTEM_PREFIXES = ("LC_", "PYTHON")
SECRETS = frozenset(SecretName) - {SecretName.CHANNEL_SECRETS, SecretName.CHANNEL_TOKENS}
# Rasa reads these, and no settings of ours.
UNDERSTANDING = frozenset({"HELPO_STATE_DIR", "RASA_URL", "RASA_TOKEN", MARK})


@dataclass(frozen=True, slots=True)
class Environment:
    """The composed environment; `of` gives a process its part."""

    whole: Mapping[str, str] = field(repr=False)
    cities: Mapping[str, Municipality]

    def of(self, process: str) -> dict[str, str]:
        """Return what a process of ours (see `core.process_secrets`) is started with."""
        needs = PROCESS_SECRETS[process]
        fields = (NAMED - SECRETS) | (needs & SECRETS)
        names = {name for field_name in fields for name in variables(field_name)} | {MARK}
        for city in self.cities.values():
            names |= {city.line.secret} if SecretName.CHANNEL_SECRETS in needs else set()
            names |= {city.line.access_token} if SecretName.CHANNEL_TOKENS in needs else set()
        return self._picked(frozenset(names))

    def of_understanding(self) -> dict[str, str]:
        """Return what Rasa is started with."""
        return self._picked(UNDERSTANDING)

    def _picked(self, names: frozenset[str]) -> dict[str, str]:
        wanted = names | SYSTEM
        return {
            name: value
            for name, value in self.whole.items()
            if name in wanted or name.startswith(SYSTEM_PREFIXES)
        }


def secret_names(plan: Plan, cities: Mapping[str, Municipality]) -> tuple[str, ...]:
    """Return the names of the secrets to make when not given; LINE's only while the channel is simulated."""
    own = (
        credentials.ENCRYPTION_KEYS,
        credentials.SESSION_SECRET,
        credentials.RASA_TOKEN,
        credentials.METRICS_TOKEN,
        credentials.SUPERUSER_PASSWORD,
        credentials.OWNER_PASSWORD,
        credentials.APP_PASSWORD,
        credentials.VALKEY_PASSWORD,
    )
    if plan.is_real_channel:
        return own
    return own + tuple(
        name for city in cities.values() for name in (city.line.secret, city.line.access_token)
    )


def compose(
    environ: Mapping[str, str],
    plan: Plan,
    secrets: Mapping[str, str],
    state_dir: Path,
    servers: tuple[Postgres | None, Valkey | None],
) -> dict[str, str]:
    """Return the children's environment: given values win over made ones.

    `servers` are the embedded ones, with their ports chosen; None where an outside one is used.
    """
    postgres, valkey = servers
    made = {name: value for name, value in secrets.items() if not name.endswith("_PASSWORD")}
    made |= {
        "HELPO_BIND": plan.bind,
        "HELPO_SIMULATOR_BIND": plan.simulator_bind,
        "HELPO_PUBLIC_URL": browser_address(plan.bind),
        "LINE_API_URL": plan.line_api_url,
        "PYTHONUNBUFFERED": "1",
    }
    if plan.line_api_url != REAL_LINE:
        made["LINE_DATA_URL"] = plan.line_api_url  # the simulator serves both of LINE's hosts
    ports = state_dir / "ports.json"
    if "HELPO_PAGES_BIND" not in environ:
        made["HELPO_PAGES_BIND"] = f"{LOOPBACK}:{remembered_port(ports, 'pages', preferred=PAGES_PORT)}"
    if plan.embeds_rasa:
        made["RASA_URL"] = f"http://{LOOPBACK}:{remembered_port(ports, 'rasa', preferred=RASA_PORT)}"
    if postgres:
        made["DATABASE_URL"], made["DATABASE_OWNER_URL"] = postgres.url(APP), postgres.url(OWNER)
    if valkey:
        made["REDIS_URL"] = valkey.url
    given = {name: value for name, value in environ.items() if value or name not in made}
    return made | given | {"HELPO_STATE_DIR": str(state_dir), MARK: str(state_dir)}
