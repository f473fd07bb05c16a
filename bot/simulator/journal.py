"""Record the calls to LINE's API side, for `GET /api/requests`."""

from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Received:
    """One call and its answer; `status` is 0 when the connection was dropped on purpose."""

    n: int
    at: str
    method: str
    path: str
    operation: str
    municipality: str | None
    status: int
    request_id: str
    retry_key: str | None
    residents: list[str]
    body: Any
    answer: Any
    fault: bool

    def dump(self) -> dict[str, Any]:
        """Return the call as JSON."""
        return asdict(self)


class Journal:
    """A ring of the last calls."""

    def __init__(self, kept: int) -> None:
        self._calls: deque[Received] = deque(maxlen=kept)
        self._last = 0

    def next_number(self) -> int:
        """Return the number of the next call."""
        self._last += 1
        return self._last

    def add(self, received: Received) -> None:
        """Keep one call."""
        self._calls.append(received)

    def find(self, after: int, path: str, status: int | None, resident: str) -> Iterator[Received]:
        """Return calls later than number `after` whose path contains `path`, with this status and resident."""
        for call in self._calls:
            if (
                call.n > after
                and path in call.path
                and (status is None or call.status == status)
                and (not resident or resident in call.residents)
            ):
                yield call
