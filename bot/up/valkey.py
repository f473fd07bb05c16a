"""Run the embedded Valkey: it only passes wake-ups on, so nothing of it is kept on disk."""

from dataclasses import dataclass, field
from pathlib import Path

import redis

from bot.up.child import Child
from bot.up.data_location import DataLocation
from bot.up.server import SERVER_STAGE, end_orphans

MEMORY = "256mb"
CONFIGURATION = """\
bind 127.0.0.1
port {port}
dir {folder}
requirepass {password}
save ""
appendonly no
maxmemory {memory}
maxmemory-policy allkeys-lru
"""


@dataclass(slots=True, kw_only=True)
class Valkey:
    """One Valkey server in `place`."""

    place: DataLocation
    password: str = field(repr=False)
    port: int = 0
    name: str = "valkey"
    label: str = "Valkey"

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.place.folder / "valkey"

    @property
    def url(self) -> str:
        """The address clients connect to."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def prepare(self) -> None:
        """Create the folder if missing; end servers that an earlier start left running in it."""
        self.place.subfolder("valkey")
        self._clear_the_way()

    def child(self) -> Child:
        """Return the process to run; its password is in a private file, not in the list of processes."""
        return Child(
            name=self.name,
            label=self.label,
            command=(str(self.place.valkey_server), str(self._configuration())),
            environment={"LC_ALL": "C.UTF-8"},
            stage=SERVER_STAGE,
            account=self.place.account,
            grace_s=2.0,
            before_start=self._clear_the_way,
        )

    def answers(self) -> bool:
        """Whether a client can connect and ask."""
        try:
            with redis.Redis.from_url(self.url, socket_timeout=1.0, socket_connect_timeout=1.0) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def _configuration(self) -> Path:
        path = self.data / "valkey.conf"
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        text = CONFIGURATION.format(
            port=self.port, folder=f'"{self.data}"', password=self.password, memory=MEMORY
        )
        path.write_text(text, encoding="utf-8")
        self.place.account.give(path)
        return path

    def _clear_the_way(self) -> None:
        end_orphans(self.data, self.label, patience_s=2.0)
