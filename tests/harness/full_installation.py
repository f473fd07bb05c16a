"""Run `helpo up` as a child of the test, and find its processes."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bot.up.child import MARK, Child, tethered
from bot.up.processes import carrying, command_line, living_in
from tests.harness.processes import ROOT, inherited, own_port
from tests.up.conftest import servers_folder

LOGIN = re.compile(
    r"^ +(?P<login>demo-\S+) / (?P<password>\S+) / \d{6}\n +\S*secret=(?P<secret>[A-Z2-7]+)", re.MULTILINE
)
READY = "Ctrl-C で終了"
PARTS = {
    "intake": "web --part intake",
    "pages": "web --part pages",
    "worker": "worker",
    "scheduler": "scheduler",
}


@dataclass(frozen=True)
class DemoLogin:
    """What the terminal shows of a demo account."""

    login: str
    password: str
    totp_secret: str


class WholeHouse:
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
        with self.output.open("ab") as file:
            # Should the test itself be killed, `up` goes with it, and with `up` all of its parts.
            self.process = subprocess.Popen(
                tethered(child),
                cwd=ROOT,
                env=dict(child.environment),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
            )

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    async def is_ready(self) -> bool:
        assert self.process.poll() is None, self.said()
        return READY in self.said()

    def logins(self) -> list[DemoLogin]:
        """Return the demo accounts in the order they are shown."""
        return [DemoLogin(m["login"], m["password"], m["secret"]) for m in LOGIN.finditer(self.said())]

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
        for pid in carrying(MARK, str(self.state_dir)):
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
        """Return what runs of this house."""
        servers = servers_folder(self.state_dir)
        living = [pid for name in ("postgres", "valkey") for pid in living_in(servers / name)]
        return [*carrying(MARK, str(self.state_dir)), *living]

    def stop(self) -> None:
        """End it in order; should that fail, at once."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
