"""Run `helpo up` as a child of the test, and find its processes."""

import os
import sys
from pathlib import Path

from bot.up.child import MARK, Child
from bot.up.logins import Login, shown_logins
from bot.up.processes import command_line, living_in, started_with
from tests.harness.children import inherited, own_port, start_child, stop_child
from tests.up.conftest import servers_folder

READY = "Ctrl-C で終了"
PARTS = {
    "intake": "web --part intake",
    "pages": "web --part pages",
    "worker": "worker",
    "scheduler": "scheduler",
}


class FullInstallation:
    """Everything but Rasa, on ports and in a folder of its own."""

    def __init__(self, state_dir: Path) -> None:
        self.state_dir = state_dir.resolve()
        self.public, self.simulator = (f"http://127.0.0.1:{own_port()}" for _ in range(2))
        own = {
            "HELPO_STATE_DIR": str(state_dir),
            "HELPO_BIND": self.public.removeprefix("http://"),
            "HELPO_PAGES_BIND": f"127.0.0.1:{own_port()}",
            "HELPO_SIMULATOR_BIND": self.simulator.removeprefix("http://"),
            "RASA_URL": "http://127.0.0.1:9",
            "RASA_TOKEN": "nobody",
        }
        self.output = state_dir.parent / "output"
        child = Child(
            name="up",
            label="up",
            command=(sys.executable, "-m", "bot", "up"),
            environment=inherited(state_dir.parent) | own,
        )
        # Should the test itself be killed, `up` goes with it, and with `up` all of its parts.
        self.process = start_child(child, self.output)

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    async def is_ready(self) -> bool:
        assert self.process.poll() is None, self.said()
        return READY in self.said()

    def logins(self) -> list[Login]:
        """Return the demo accounts in the order they are shown."""
        return shown_logins(self.said())

    def environment(self) -> dict[str, str]:
        """Return what `up` composed for its children: addresses and keys."""
        lines = (self.state_dir / "up.env").read_text(encoding="utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def pid(self, name: str) -> int | None:
        """Return the pid of a part or a server; None while it does not run."""
        if name == "postgres":
            return self._postmaster()
        if name == "valkey":
            return next(iter(living_in(servers_folder(self.state_dir) / "valkey")), None)
        for pid in started_with(MARK, str(self.state_dir)):
            if command_line(pid).partition("-m bot ")[2] == PARTS[name]:
                return pid
        return None

    def cpu_s(self, name: str) -> float:
        """Return the processor time a part has used since its start; 0 while it does not run."""
        pid = self.pid(name)
        try:
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _postmaster(self) -> int | None:
        try:
            return int(
                (servers_folder(self.state_dir) / "postgres" / "postmaster.pid").read_text().split()[0]
            )
        except (OSError, ValueError, IndexError):
            return None

    def left(self) -> list[int]:
        """Return what runs of this installation."""
        servers = servers_folder(self.state_dir)
        living = [pid for name in ("postgres", "valkey") for pid in living_in(servers / name)]
        return [*started_with(MARK, str(self.state_dir)), *living]

    def stop(self) -> None:
        """End it in order; should that fail, at once."""
        stop_child(self.process)
