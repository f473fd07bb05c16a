"""Describe what embedded servers share: a folder, a port, a child process, orphans of an earlier start."""

import signal
from pathlib import Path
from typing import Protocol

from bot.up.child import Child
from bot.up.errors import CannotStart
from bot.up.processes import end, living_in

SERVER_STAGE = 0


class DataServer(Protocol):
    """An embedded server; all of its methods may block."""

    name: str
    label: str

    def prepare(self) -> None:
        """Create the data folder if missing, and end servers that an earlier start left running in it."""

    def child(self) -> Child:
        """Return the process to run."""

    def answers(self) -> bool:
        """Whether it serves now; checked by connecting as a client does."""


def end_orphans(
    folder: Path, label: str, *, gently: signal.Signals = signal.SIGTERM, patience_s: float
) -> None:
    """End every process that works in the data folder `folder`.

    Raises:
        CannotStart: some cannot be ended.
    """
    end(living_in(folder), gently, within_s=patience_s)
    if left := end(living_in(folder), signal.SIGKILL, within_s=5.0):
        raise CannotStart(
            f"以前の {label}（プロセス {left[0]}）が終了しません。kill -9 {left[0]} で止めてください。"
        )
