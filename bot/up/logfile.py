"""Keep the output of each child in a file of the state folder, of bounded size."""

import json
import os
import re
import shutil
from pathlib import Path
from typing import IO

KEEP_BYTES = 10 * 1024 * 1024
TAIL_BYTES = 32768
# Error lines of ours, Python's and PostgreSQL's; lines after them are rarely the cause.
NAMES_AN_ERROR = re.compile(r"^helpo: |^[\w.]+(Error|Exception|Group|Failed|Start)\b.*?: | FATAL: ")


def open_log(path: Path) -> IO[bytes]:
    """Open `path` for a child to append to; while there is no room for a log, its output is dropped."""
    try:
        rotate(path)
        file = path.open("ab")
        path.chmod(0o600)
    except OSError:
        return Path(os.devnull).open("ab")
    return file


def rotate(path: Path) -> None:
    """Move a file over 10 MiB to `.1` (one old one is kept) and empty it, also while a process appends to it.

    Lines written between the copy and the emptying are lost; with no room for the copy, the old lines are.

    Raises:
        OSError: the file cannot be emptied.
    """
    if not path.exists() or path.stat().st_size <= KEEP_BYTES:
        return
    old = path.with_suffix(path.suffix + ".1")
    try:
        shutil.copyfile(path, old)
        old.chmod(0o600)
    except OSError:
        old.unlink(missing_ok=True)
    os.truncate(path, 0)


def telling_line(path: Path, *, since: int = 0) -> str:
    """Return the last line that names an error, else the last line, at most 200 characters.

    The first `since` bytes of the file are not read, unless it was rotated meanwhile.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(since if since <= size else 0, size - TAIL_BYTES, 0))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    lines = [line for line in reversed(text.splitlines()) if line.strip()]
    errors = (line for line in lines if NAMES_AN_ERROR.search(line))
    return next((readable(line) for line in (*errors, *lines)), "")


def readable(line: str) -> str:
    """Return a log line for a person: of a JSON line its event and identifiers."""
    line = line.strip()
    try:
        fields = json.loads(line)
    except ValueError:
        return line[:200]
    if not isinstance(fields, dict):
        return line[:200]
    shown = [str(fields.pop("event", ""))]
    shown += [
        f"{key}={value}" for key, value in fields.items() if key not in {"timestamp", "level", "process"}
    ]
    return " ".join(shown)[:200]
