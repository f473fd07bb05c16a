"""Describe one process that is kept running, and how it is started and stopped."""

import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.up import parent_death
from bot.up.account import Account

# Every process below a child inherits this variable; it finds what a killed `helpo up` left running.
MARK = "HELPO_UP_STATE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """What to run and how; `stage` orders the stopping: higher stages first, one stage at once."""

    name: str
    label: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    stage: int = 1
    account: Account | None = None
    niceness: int = 0
    stop_signal: signal.Signals = signal.SIGTERM
    # The signal from the kernel when `helpo up` dies: no child may outlive it, and `kill -9` loses no work.
    death_signal: signal.Signals = signal.SIGKILL
    grace_s: float = 5.0
    # Blocking; called before each start, for example to end an orphan of the last one.
    before_start: Callable[[], None] | None = None


def guarded_command(child: Child) -> list[str]:
    """Return the command line that starts `child` so that it dies with this process."""
    account = child.account
    user = f"{account.uid}:{account.gid}" if account and account.switch else "-"
    return [
        sys.executable,
        "-I",
        "-S",
        str(Path(parent_death.__file__)),
        str(os.getpid()),
        str(int(child.death_signal)),
        user,
        str(child.niceness),
        "--",
        *child.command,
    ]


def signal_group(pid: int, signal_number: int) -> None:
    """Signal every process in the group that a child leads; no error if the group is gone."""
    try:
        os.killpg(pid, signal_number)
    except (ProcessLookupError, PermissionError):
        return
