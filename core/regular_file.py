"""Open a file that an operator names: a regular file of bounded size; refuse anything else at once."""

import os
import stat
from pathlib import Path
from typing import BinaryIO

from core.errors import ImportRefused

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def open_regular(path: Path, most_bytes: int) -> BinaryIO:
    """Open a regular file for reading bytes; never waits for a pipe or a device.

    Raises:
        ImportRefused: it is missing, unreadable, no regular file or larger than `most_bytes`.
    """
    try:
        _check(path, path.stat(), most_bytes)
        # A pipe that has replaced the file since the check would make a plain open wait for a writer.
        file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb", buffering=1 << 17)
    except OSError as exc:
        raise ImportRefused(f"{path}: {exc.strerror}") from exc
    try:
        _check(path, os.fstat(file.fileno()), most_bytes)
    except ImportRefused:
        file.close()
        raise
    return file


def _check(path: Path, status: os.stat_result, most_bytes: int) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = next((name for fits, name in _KINDS if fits(status.st_mode)), "something else")
        raise ImportRefused(f"{path}: is {kind}, not a file; save what is to be imported as a file")
    if status.st_size > most_bytes:
        raise ImportRefused(
            f"{path}: is larger than {most_bytes // 1_000_000} MB, which no file of this kind is; is it the right one?"
        )
