"""Run a whole HELPO as operators start it, for tests from outside."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pyotp

from bot.up.logins import Login, shown_logins
from core.clock import system_clock
from tests.harness.children import ROOT, own_port

START_LIMIT_S = 180
RASA_LIMIT_S = 300


@dataclass(frozen=True)
class Running:
    """A started `helpo up`."""

    process: subprocess.Popen[str]
    output: Path
    state_dir: Path
    public: str
    simulator: str
    shift_s: float = 0.0

    def login(self, name: str) -> Login:
        text = self.output.read_text()
        return next(login for login in shown_logins(text) if login.login == name)

    def code(self, name: str) -> str:
        """Return what the login's authenticator shows by the installation's clock."""
        now = system_clock() + timedelta(seconds=self.shift_s)
        return pyotp.TOTP(self.login(name).totp_secret).at(now)

    def ready(self) -> dict[str, str]:
        try:
            with urllib.request.urlopen(f"{self.public}/readyz", timeout=3) as answer:
                states: dict[str, str] = json.load(answer)
                return states
        except (urllib.error.URLError, OSError):
            return {}


def _environment(state_dir: Path) -> dict[str, str]:
    bind, pages, simulator = (f"127.0.0.1:{port}" for port in (own_port(), own_port(), own_port()))
    kept = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("HELPO_", "LINE_", "RASA_", "DATABASE_", "REDIS_"))
    }
    return {
        **kept,
        "HELPO_STATE_DIR": str(state_dir),
        "HELPO_BIND": bind,
        "HELPO_PAGES_BIND": pages,
        "HELPO_SIMULATOR_BIND": simulator,
    }


def _take_trained_model(state_dir: Path) -> None:
    """Use the model that `make train` made, so that a fresh state folder need not train again."""
    trained = ROOT / "var" / "models"
    if trained.is_dir():
        shutil.copytree(trained, state_dir / "models", ignore=shutil.ignore_patterns("training-*"))


@contextmanager
def running_helpo(
    state_dir: Path, *, with_rasa: bool = True, starts_at: datetime | None = None
) -> Iterator[Running]:
    """Start `helpo up` on free ports and end it as Ctrl-C does; its clock starts at a moment or is the present."""
    state_dir.mkdir(parents=True, exist_ok=True)
    _take_trained_model(state_dir)
    environment = _environment(state_dir)
    shift_s = (starts_at - system_clock()).total_seconds() if starts_at else 0.0
    clock_file = state_dir.parent / "clock"
    clock_file.write_text(f"{shift_s:.0f}")
    environment["HELPO_CLOCK_FILE"] = str(clock_file)
    output = state_dir.parent / "up.log"
    with output.open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "up"], cwd=ROOT, env=environment, stdout=log, stderr=log, text=True
        )
    running = Running(
        process,
        output,
        state_dir,
        f"http://{environment['HELPO_BIND']}",
        f"http://{environment['HELPO_SIMULATOR_BIND']}",
        shift_s,
    )
    try:
        _wait(running, lambda: "準備ができました" in output.read_text(), START_LIMIT_S)
        if with_rasa:
            _wait(running, lambda: running.ready().get("rasa") == "ok", RASA_LIMIT_S)
        yield running
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def _wait(running: Running, condition: Callable[[], bool], limit_s: float) -> None:
    end = time.monotonic() + limit_s
    while not condition():
        assert running.process.poll() is None, running.output.read_text()
        assert time.monotonic() < end, running.output.read_text()
        time.sleep(0.2)
