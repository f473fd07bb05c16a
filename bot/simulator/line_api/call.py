"""One call to LINE's API and its answer, apart from HTTP."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.simulator.config import Channel
from bot.simulator.platform import Platform
from bot.simulator.rates import DEFAULT, Rate


@dataclass(frozen=True, slots=True)
class ApiCall:
    """An authorised call; `body` is the parsed JSON object, `raw` the bytes as received."""

    channel: Channel
    operation: str
    now: datetime
    request_id: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: dict[str, Any]
    raw: bytes
    content_type: str
    retry_key: str | None

    @property
    def municipality(self) -> str:
        """The channel's municipality."""
        return self.channel.municipality


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """A 2xx: a JSON `body`, or `content` with its type."""

    body: Any = field(default_factory=dict)
    status: int = 200
    content: bytes | None = None
    content_type: str = "application/json"


Act = Callable[[Platform, ApiCall], ApiAnswer]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One of LINE's endpoints. `takes_json` is false for bodies that are pictures and for calls without one."""

    method: str
    path: str
    operation: str
    act: Act
    rate: Rate = DEFAULT
    takes_json: bool = True
    takes_retry_key: bool = False
