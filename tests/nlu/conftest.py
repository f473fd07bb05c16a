import os
import secrets
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / "nlu" / ".venv" / "bin" / "python"
START_S = 240
STOP_S = 20


@dataclass(frozen=True)
class RasaServer:
    """A real server of the trained model, and what it wrote to its log so far."""

    url: str
    token: str
    log: Path
    state_dir: Path

    def command(self, *arguments: str, timeout_s: float = 300) -> "subprocess.CompletedProcess[str]":
        environment = {**os.environ, "HELPO_STATE_DIR": str(self.state_dir), "RASA_TOKEN": self.token}
        return subprocess.run(
            [str(PYTHON), "-m", "nlu", *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )


@pytest.fixture(scope="session")
def rasa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RasaServer]:
    """Train if the project's own state has no model of the present sources, serve on a free port, stop that child."""
    if not PYTHON.exists():
        pytest.fail(
            f"{PYTHON.relative_to(ROOT)} is missing: `make setup` builds the understanding environment",
            pytrace=False,
        )
    state_dir = Path(os.environ.get("HELPO_STATE_DIR") or ROOT / "var").resolve()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("rasa") / "rasa.log"
    server = RasaServer(f"http://127.0.0.1:{port}", secrets.token_urlsafe(), log, state_dir)
    trained = server.command("train")
    assert trained.returncode == 0, trained.stderr
    environment = {**os.environ, "HELPO_STATE_DIR": str(state_dir), "RASA_TOKEN": server.token}
    with log.open("wb") as output:
        child = subprocess.Popen(
            [str(PYTHON), "-m", "nlu", "serve", "--port", str(port)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_up(server, child)
            yield server
        finally:
            child.terminate()
            try:
                child.wait(STOP_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _wait_until_up(server: RasaServer, child: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        assert child.poll() is None, f"Rasa ended with {child.returncode}: {server.log.read_text()}"
        try:
            with urllib.request.urlopen(server.url, timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"Rasa did not answer within {START_S} s: {server.log.read_text()}")
