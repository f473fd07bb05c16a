"""Write log lines: a line that cannot be written is lost and counted, repeated lines are folded into one."""

import io
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TextIO

from core import metrics

# An equal line within this time (seconds) is counted instead of written.
FOLD_S = 10.0
MOST_LINES = 1_000

Fields = Mapping[str, Any]


class SureStream(io.TextIOBase):
    """Writes to `stream` and never raises: a full disk or a closed pipe must not stop a process."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
        self._stream = stream

    def write(self, text: str) -> int:
        """Write the text, if possible; return its length."""
        try:
            self._stream.write(text)
        except (OSError, ValueError):
            metrics.LOG_LINES_LOST.inc()
        return len(text)

    def flush(self) -> None:
        """Flush the stream, if possible."""
        try:
            self._stream.flush()
        except (OSError, ValueError):
            metrics.LOG_LINES_LOST.inc()


@dataclass(slots=True)
class _LogLine:
    fields: Fields
    since: float
    repeated: int = field(default=0)


class Folding:
    """Lets a line through, counts equal ones for `FOLD_S` seconds, then `tell` writes it with `repeated`."""

    def __init__(self, tell: Callable[[Fields], None]) -> None:
        self._tell = tell
        self._lock = threading.Lock()
        self._lines: OrderedDict[str, _LogLine] = OrderedDict()
        self._timer: threading.Timer | None = None

    def admits(self, fields: Fields) -> bool:
        """Whether a line is to be written; lines with the same fields are equal."""
        key = repr(sorted(fields.items()))
        with self._lock:
            known = self._lines.get(key)
            if known is not None and time.monotonic() - known.since < FOLD_S:
                known.repeated += 1
                self._tell_later()
                return False
            due = self._due(MOST_LINES - 1)
            self._lines.pop(key, None)
            self._lines[key] = _LogLine(dict(fields), time.monotonic())
        self._tell_all(due)
        return True

    def finish(self) -> None:
        """Write all lines that were counted."""
        with self._lock:
            due = self._due(0)
        self._tell_all(due)

    def _due(self, most: int) -> list[_LogLine]:
        """Take out the lines whose time is over, and the oldest ones if there are more than `most`."""
        over = time.monotonic() - FOLD_S
        taken = []
        while self._lines:
            key, line = next(iter(self._lines.items()))
            if line.since > over and len(self._lines) <= most:
                break
            del self._lines[key]
            taken.append(line)
        return taken

    def _tell_later(self) -> None:
        if self._timer is None:
            self._timer = threading.Timer(FOLD_S, self._time_is_over)
            self._timer.daemon = True
            self._timer.start()

    def _time_is_over(self) -> None:
        with self._lock:
            self._timer = None
            due = self._due(MOST_LINES)
            if any(line.repeated for line in self._lines.values()):
                self._tell_later()
        self._tell_all(due)

    def _tell_all(self, lines: list[_LogLine]) -> None:
        for line in lines:
            if line.repeated:
                self._tell({**line.fields, "repeated": line.repeated})
