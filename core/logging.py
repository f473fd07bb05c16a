"""Log as JSON: a constant event name and identifiers, never a resident's words."""

import atexit
import json
import logging
import sys
import threading
from typing import Any, TextIO, cast

import structlog

from core.log_output import Fields, Folding, SureStream

# How many exceptions of a group are logged.
INNER = 3

# Field names that would carry words, names or secrets. Their values are removed, and the line says so.
FORBIDDEN = frozenset(
    {
        "text",
        "body",
        "message",
        "payload",
        "utterance",
        "name",
        "token",
        "reply_token",
        "signature",
        "password",
        "note",
    }
)

_STAMP = structlog.processors.TimeStamper(fmt="iso", utc=True)
_RENDER = structlog.processors.JSONRenderer(ensure_ascii=False)


def _without_words(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    for key in FORBIDDEN & event.keys():
        event[key] = "withheld"
    return event


def _frames_only(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Replace an exception by its type and frames; its message may quote a resident."""
    exc_info = event.pop("exc_info", None)
    error = sys.exc_info()[1] if exc_info is True else exc_info
    if isinstance(error, BaseException):
        event.update(_traced(error))
    return event


def _traced(error: BaseException) -> dict[str, Any]:
    """Return what may be logged of an exception: types, frames, and the number of a system error."""
    told: dict[str, Any] = {"error": type(error).__name__, "frames": _frames(error)}
    if isinstance(error, OSError) and error.errno is not None:
        told["errno"] = error.errno
    if isinstance(error, BaseExceptionGroup):
        told["inner"] = [_traced(inner) for inner in error.exceptions[:INNER]]
    return told


def _frames(error: BaseException, deepest: int = 6) -> list[str]:
    frames: list[str] = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}:{code.co_name}")
        trace = trace.tb_next
    return frames[-deepest:]


class _WithoutWords(logging.Handler):
    """Writes the lines of libraries as JSON: level, logger, place, exception.

    The message is left out, even its constant part: asyncio and others build it from the exception.
    """

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process
        self._stream = SureStream(sys.stderr)
        self._folding = Folding(self._write)
        atexit.register(self._folding.finish)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a library's line."""
        fields: dict[str, Any] = {
            "logger": record.name,
            "place": f"{record.filename}:{record.lineno}:{record.funcName}",
        }
        self.tell(
            "library_log", record.levelname.lower(), fields, record.exc_info[1] if record.exc_info else None
        )

    def tell(self, event: str, level: str, fields: Fields, error: BaseException | None) -> None:
        """Write a line in the shape of our own."""
        own = {"event": event, "level": level, "process": self._process}
        whole = own | dict(fields) | (_traced(error) if error else {})
        if self._folding.admits(whole):
            self._write(whole)

    def _write(self, fields: Fields) -> None:
        stamped = _STAMP(None, fields["event"], dict(fields))
        self._stream.write(json.dumps(stamped, ensure_ascii=False) + "\n")
        self._stream.flush()


def _hush_libraries(process: str) -> None:
    """Make the standard library show exceptions without words, too."""
    handler = _WithoutWords(process)
    # force: a library that configured the root logger before us would keep writing words.
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.raiseExceptions = False  # it prints the arguments of a message that cannot be written

    def show(event: str, error: BaseException | None) -> None:
        handler.tell(event, "critical", {}, error)

    sys.excepthook = lambda _type, error, _trace: show("process_failed", error)
    threading.excepthook = lambda args: show("thread_failed", args.exc_value)
    sys.unraisablehook = lambda args: show("unraisable_error", args.exc_value)


def _folder(stream: SureStream) -> structlog.typing.Processor:
    """Return the step that drops a line when an equal one was written a moment ago, and counts it."""

    def write(fields: Fields) -> None:
        stamped = _STAMP(None, "", dict(fields))
        stream.write(str(_RENDER(None, "", stamped)) + "\n")
        stream.flush()

    folding = Folding(write)
    atexit.register(folding.finish)

    def fold(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        if not folding.admits(event):
            raise structlog.DropEvent
        return event

    return fold


def configure_logging(process: str, level: str) -> None:
    """Send structured logs of this process to standard output, what libraries log to standard error.

    One JSON object a line in both. Logging never raises: what cannot be written is lost and counted.
    """
    _hush_libraries(process)
    stream = SureStream(sys.stdout)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            _frames_only,
            _without_words,
            _folder(stream),
            _STAMP,
            _RENDER,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", stream)),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)


def get_logger() -> structlog.typing.FilteringBoundLogger:
    """Return the logger of this process."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return logger
