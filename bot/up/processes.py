"""Ask the kernel about running processes (Linux `/proc`; elsewhere nothing is found)."""

import os
import select
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

PROC = Path("/proc")


def _pids() -> Iterator[int]:
    if PROC.is_dir():
        yield from (int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit())


def command_line(pid: int) -> str:
    """Return the command line of `pid`; empty when the process is gone or not ours to see."""
    try:
        return (
            (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        )
    except OSError:
        return ""


def is_running(pid: int) -> bool:
    """Whether a process of this number exists, also another user's."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_dead(pid: int) -> bool:
    """Whether `pid` has ended and only waits to be reaped by its parent."""
    try:
        stat = (PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return True
    return stat.rpartition(")")[2].split()[0] in {"Z", "X"}


def living_in(folder: Path) -> list[int]:
    """Return the processes whose working directory is `folder`.

    PostgreSQL and Valkey change into their data folder, so this finds a server and all its
    helpers whatever a pid file says.
    """
    return [pid for pid in _pids() if _working_directory(pid) == str(folder) and not _is_dead(pid)]


def _working_directory(pid: int) -> str:
    try:
        return str((PROC / str(pid) / "cwd").readlink())
    except OSError:
        return ""


def started_with(name: str, value: str) -> list[int]:
    """Return the processes that were started with environment variable `name` = `value`, without this one."""
    wanted = f"{name}={value}".encode()
    return [
        pid for pid in _pids() if pid != os.getpid() and wanted in _environment(pid) and not _is_dead(pid)
    ]


def _environment(pid: int) -> list[bytes]:
    try:
        return (PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return []


def end(pids: Iterable[int], signal_number: int, *, within_s: float) -> list[int]:
    """Signal the processes and wait until they are gone; return those that are still there after `within_s`."""
    deadline = time.monotonic() + within_s
    with ExitStack() as stack:
        handles = {pid: handle for pid in pids if (handle := _signalled(pid, signal_number)) is not None}
        for handle in handles.values():
            stack.callback(os.close, handle)
        return [pid for pid, handle in handles.items() if not _ends(pid, handle, deadline)]


def _signalled(pid: int, signal_number: int) -> int | None:
    """Signal `pid` through a pidfd, which cannot hit a later process of the same number."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return None
    try:
        signal.pidfd_send_signal(handle, signal_number)
    except ProcessLookupError:
        os.close(handle)
        return None
    return handle


def _ends(pid: int, handle: int, deadline: float) -> bool:
    readable, _, _ = select.select([handle], [], [], max(deadline - time.monotonic(), 0))
    return bool(readable) or _is_dead(pid)
