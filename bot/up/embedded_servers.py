"""Run the embedded servers of one start: those that no environment variable replaces."""

import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.up import credentials, processes
from bot.up.data_location import DataLocation, find_place
from bot.up.plan import Plan
from bot.up.ports import remembered_port
from bot.up.postgres import Passwords, Postgres
from bot.up.valkey import Valkey


@dataclass(slots=True, kw_only=True)
class Embedding:
    """The place and, once prepared, the servers; `place` is None when both servers are outside."""

    state_dir: Path
    plan: Plan
    place: DataLocation | None
    postgres: Postgres | None = None
    valkey: Valkey | None = None

    @property
    def has_data(self) -> bool:
        """Whether there is a database already, sealed by secrets made then."""
        return bool(self.plan.embeds_database and self.place and (self.place.folder / "postgres").exists())

    @property
    def servers(self) -> list[Postgres | Valkey]:
        """The embedded servers in the order of their start."""
        return [server for server in (self.postgres, self.valkey) if server]

    def prepare(self, secrets: Mapping[str, str]) -> tuple[Postgres | None, Valkey | None]:
        """Make data folders, end orphans, then choose ports (an orphan may still hold the last start's).

        Raises:
            CannotStart: the data is of another version or cannot be made.
        """
        if self.place and self.plan.embeds_database:
            passwords = Passwords(
                superuser=secrets[credentials.SUPERUSER_PASSWORD],
                owner=secrets[credentials.OWNER_PASSWORD],
                app=secrets[credentials.APP_PASSWORD],
            )
            self.postgres = Postgres(place=self.place, passwords=passwords)
        if self.place and self.plan.embeds_redis:
            self.valkey = Valkey(place=self.place, password=secrets[credentials.VALKEY_PASSWORD])
        for server in self.servers:
            server.prepare()
            server.port = remembered_port(self.state_dir / "ports.json", server.name)
        return self.postgres, self.valkey

    def create_roles(self) -> None:
        """Create the database and its roles where missing."""
        if self.postgres:
            self.postgres.create_roles()

    def sweep(self) -> None:
        """End what still runs in the data folders after the servers were told to stop."""
        for server in self.servers:
            processes.end(processes.living_in(server.data), signal.SIGKILL, within_s=2.0)


def make_embedding(state_dir: Path, plan: Plan) -> Embedding:
    """Find the place for what `plan` embeds."""
    needed = plan.embeds_database or plan.embeds_redis
    return Embedding(state_dir=state_dir, plan=plan, place=find_place(state_dir) if needed else None)
