"""Choose ports for benchmarks: below the range from which the kernel assigns its own."""

import itertools
import secrets
from collections.abc import Iterator

from bot.up.ports import LOOPBACK, is_free

FIRST, LAST = 32_000, 32_767


def _candidates() -> Iterator[int]:
    # Two runs at once must not choose the same ports.
    begin = secrets.randbelow(LAST - FIRST + 1)
    for number in itertools.count(begin):
        yield FIRST + number % (LAST - FIRST + 1)


_next = _candidates()


def free_bind() -> str:
    """Return `127.0.0.1:port`, free and not returned lately."""
    port = next(
        port for port, _ in zip(_next, range(LAST - FIRST + 1), strict=False) if is_free(LOOPBACK, port)
    )
    return f"{LOOPBACK}:{port}"


def port_of(bind: str) -> int:
    """Return the port of `host:port`."""
    return int(bind.rpartition(":")[2])
