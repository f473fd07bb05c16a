"""Allow one `helpo up` for one state folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.up.errors import CannotStart
from bot.up.processes import command_line


@contextmanager
def hold(state_dir: Path) -> Iterator[None]:
    """Lock `state_dir`; the kernel releases the lock when this process ends, however it ends.

    Raises:
        CannotStart: another process holds it; says which.
    """
    path = state_dir / "up.lock"
    # Append mode: opening must not erase the holder's pid. Python closes it on exec: no child keeps the lock.
    with path.open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(_held(path, state_dir)) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def _held(path: Path, state_dir: Path) -> str:
    text = path.read_text(encoding="ascii").strip()
    who = f"プロセス {text}" if text else "別のプロセス"
    if text.isdigit() and (command := command_line(int(text))):
        who += f"（{command[:80]}）"
    return (
        f"{state_dir}/ は {who} が使用中です。そちらを Ctrl-C で終了するか、"
        "HELPO_STATE_DIR に別のフォルダーを指定してください。"
    )
