"""Children of a test: ports of its own, an environment without HELPO's settings, start and end."""

import os
import random
import subprocess
from pathlib import Path

from bot.up.child import Child, guarded_command
from bot.up.ports import LOOPBACK, is_free

ROOT = Path(__file__).parents[2]
STOP_LIMIT_S = 30.0
# Away from those that the operating system and benchmarks hand out.
PORTS = range(31_000, 32_000)
_given: set[int] = set()


def own_port() -> int:
    """Return a port of ours that nobody listens on; never the same one twice."""
    port = next(p for p in random.sample(PORTS, len(PORTS)) if p not in _given and is_free(LOOPBACK, p))
    _given.add(port)
    return port


def inherited(folder: Path) -> dict[str, str]:
    """Return this process's environment without anything that would set up HELPO.

    As on an ordinary installation a part that comes back finds its code compiled: in `folder`.
    """
    foreign = ("DATABASE_", "REDIS_", "RASA_", "LINE_", "HELPO_", "PYTHONDONTWRITEBYTECODE")
    own = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return own | {"PYTHONPYCACHEPREFIX": str(folder / "bytecode")}


def start_child(child: Child, log: Path, folder: Path = ROOT) -> "subprocess.Popen[bytes]":
    """Start a child in `folder`; it writes to `log` and dies with this process, however that ends."""
    with log.open("ab") as output:
        return subprocess.Popen(
            guarded_command(child),
            cwd=folder,
            env=dict(child.environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )


def stop_child(process: "subprocess.Popen[bytes]", limit_s: float = STOP_LIMIT_S) -> None:
    """End a child in order; should that take longer than `limit_s`, at once."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(limit_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
