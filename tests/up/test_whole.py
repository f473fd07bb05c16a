"""Test all of `helpo up`: it starts, keeps its parts running, and stops without a trace."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.up.child import MARK
from bot.up.ports import any_free
from bot.up.processes import command_line, is_running, living_in, started_with
from tests.up.conftest import servers_folder, wait_until

ROOT = Path(__file__).parent.parent.parent
LIMIT_S = 90.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


class Up:
    """`helpo up` with everything but Rasa, on ports of its own."""

    def __init__(self, state_dir: Path) -> None:
        self.state_dir = state_dir.resolve()
        self.bind, self.simulator = (f"127.0.0.1:{any_free()}" for _ in range(2))
        own = {
            "HELPO_STATE_DIR": str(state_dir),
            "HELPO_BIND": self.bind,
            "HELPO_SIMULATOR_BIND": self.simulator,
            "RASA_URL": "http://127.0.0.1:9",
            "RASA_TOKEN": "nobody",
        }
        foreign = ("DATABASE_", "REDIS_", "LINE_", "HELPO_")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        self.output = state_dir.parent / "output"
        with self.output.open("ab") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot", "up"], cwd=ROOT, env=inherited | own, stdout=file, stderr=file
            )

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def wait_ready(self) -> None:
        wait_until(lambda: "Ctrl-C で終了" in self.said() or self.process.poll() is not None, LIMIT_S)
        assert self.process.poll() is None, self.said()

    def parts(self) -> dict[str, int]:
        """Pids of the parts, by the words behind `-m bot`."""
        found = {
            command_line(pid).partition("-m bot ")[2]: pid for pid in started_with(MARK, str(self.state_dir))
        }
        return {name: pid for name, pid in found.items() if name}

    def left(self) -> list[int]:
        servers = servers_folder(self.state_dir)
        return started_with(MARK, str(self.state_dir)) + [
            pid for name in ("postgres", "valkey") for pid in living_in(servers / name)
        ]

    def status(self, path: str) -> int:
        with urllib.request.urlopen(f"http://{self.bind}{path}", timeout=5) as response:
            return int(response.status)


@pytest.fixture
def up(state_dir: Path) -> Iterator[Up]:
    running = Up(state_dir)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
        running.process.wait()
        wait_until(lambda: not running.left())


def test_it_comes_up_looks_after_a_killed_part_and_goes_down_without_a_trace(up: Up) -> None:
    up.wait_ready()
    said = up.said()
    assert f"http://{up.simulator}/" in said
    assert f"http://{up.bind}/console/inbox" in said
    assert "otpauth://totp/" in said
    assert re.search(r"demo-nurse / \S+ / \d{6}", said)
    assert up.status("/healthz") == 200

    victim = next(pid for name, pid in up.parts().items() if "intake" in name)
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: "SIGKILL" in up.said())
    wait_until(lambda: any("intake" in name and pid != victim for name, pid in up.parts().items()))
    wait_until(lambda: _answers(up), 15)

    started = time.monotonic()
    up.process.send_signal(signal.SIGINT)
    assert up.process.wait(20) == 0
    assert time.monotonic() - started < 15
    assert up.left() == []
    assert "終了しました" in up.said()


def test_the_parts_hold_no_more_secrets_than_they_work_with(up: Up) -> None:
    up.wait_ready()
    held = {
        name: {
            entry.partition(b"=")[0].decode()
            for entry in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        }
        for name, pid in up.parts().items()
    }
    assert {name.split()[-1] for name in held} == {"intake", "pages", "worker", "scheduler", "simulator"}
    for name, variables in held.items():
        assert "DATABASE_OWNER_URL" not in variables
        assert ("HELPO_ENCRYPTION_KEYS" in variables) == ("simulator" not in name)
        talks_to_line = any(part in name for part in ("pages", "worker", "simulator"))
        assert ("LINE_CHANNEL_ACCESS_TOKEN" in variables) == talks_to_line
        assert ("HELPO_SESSION_SECRET" in variables) == any(part in name for part in ("pages", "worker"))
        assert ("LINE_CHANNEL_SECRET" in variables) == any(part in name for part in ("intake", "simulator"))
    assert up.status("/readyz") == 200


def _answers(up: Up) -> bool:
    try:
        return up.status("/healthz") == 200
    except OSError:
        return False


def test_it_can_be_ended_while_it_is_still_coming_up(up: Up) -> None:
    wait_until(lambda: "✓" in up.said(), LIMIT_S)
    up.process.send_signal(signal.SIGTERM)
    assert up.process.wait(20) == 0
    assert up.left() == []


def test_kill_9_of_itself_leaves_nobody_and_the_same_folder_starts_again(up: Up) -> None:
    up.wait_ready()
    pids = list(up.parts().values())
    assert len(pids) >= 5
    up.process.kill()
    up.process.wait()
    wait_until(lambda: not up.left())
    assert not any(is_running(pid) and command_line(pid) for pid in pids)

    again = Up(up.state_dir)
    try:
        wait_until(
            lambda: again.said().count("Ctrl-C で終了") == 2 or again.process.poll() is not None, LIMIT_S
        )
        assert again.process.poll() is None, again.said()
        assert again.status("/healthz") == 200
    finally:
        again.process.terminate()
        again.process.wait(20)
