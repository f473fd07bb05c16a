"""Prepare what one run of benchmarks needs: real servers and a scratch folder, deleted at its end."""

import base64
import secrets
import shutil
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from bot.up.test_servers import Servers, servers
from core.db.upgrade import upgrade
from core.municipalities import Municipality, load_municipalities

# Variables that decide whom HELPO talks to must not come from the shell that measures.
FOREIGN = ("DATABASE_", "REDIS_", "RASA_", "LINE_", "HELPO_")
PRIVATE_BUT_PASSABLE = 0o711  # the servers' own account must be able to enter


@dataclass(frozen=True, slots=True)
class BenchEnvironment:
    """Servers with an upgraded database to copy, the secrets of all processes, and folders."""

    servers: Servers
    scratch: Path
    cities: Mapping[str, Municipality]
    inherited: Mapping[str, str] = field(repr=False)
    secrets: Mapping[str, str] = field(repr=False)
    # The project's own state folder, which may hold a trained model.
    state_dir: Path
    # The folder of another release to compare with.
    against: Path | None = None

    @contextmanager
    def database(self) -> Iterator[dict[str, str]]:
        """Copy the upgraded database; give the variables that point to the copy."""
        name = f"bench_{uuid.uuid4().hex}"
        owner = make_url(self.servers.owner_url)
        self._administer(
            f"create database {name} owner {owner.username} template {owner.database} strategy file_copy"
        )
        try:
            yield {
                "DATABASE_URL": _on(self.servers.app_url, name),
                "DATABASE_OWNER_URL": _on(self.servers.owner_url, name),
            }
        finally:
            self._administer(f"drop database {name} with (force)")

    def _administer(self, statement: str) -> None:
        engine = create_engine(
            make_url(self.servers.superuser_url).set(database="postgres"), isolation_level="AUTOCOMMIT"
        )
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()


def _on(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)


def inherited(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that children take over from the shell."""
    return {name: value for name, value in environ.items() if not name.startswith(FOREIGN)}


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Give a folder for logs and state folders."""
    folder = Path(tempfile.mkdtemp(prefix="helpo-bench-"))
    folder.chmod(PRIVATE_BUT_PASSABLE)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def open_house(
    environ: Mapping[str, str], scratch: Path, against: Path | None = None
) -> Iterator[BenchEnvironment]:
    """Start PostgreSQL (fsync on, as in service) and Valkey; call it from the main thread."""
    cities = load_municipalities(Path(environ.get("HELPO_DATA_DIR", "data")))
    with servers(scratch / "servers", fsync=True) as running:
        upgrade(running.owner_url, running.app_url, cities.values())
        yield BenchEnvironment(
            servers=running,
            scratch=scratch,
            cities=cities,
            inherited=inherited(environ),
            secrets=made_secrets(cities),
            state_dir=Path(environ.get("HELPO_STATE_DIR", "var")),
            against=against,
        )


def made_secrets(cities: Mapping[str, Municipality]) -> dict[str, str]:
    """Return throw-away secrets for all processes."""
    names = [name for city in cities.values() for name in (city.line.secret, city.line.access_token)]
    names += ["HELPO_SESSION_SECRET", "RASA_TOKEN"]
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    return {name: secrets.token_hex(16) for name in names} | {"HELPO_ENCRYPTION_KEYS": f"bench:{key}"}
