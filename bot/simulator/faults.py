"""Scripted trouble: LINE's refusals, delays and lost answers, and its less orderly webhooks.

`POST /api/faults` takes one object or a list; `DELETE /api/faults` ends all of them.

On calls to LINE's API: `{"path": "reply", ...}` with

- `path`: a word of the path (`reply`, `push`, `multicast`, `content`, `profile`, ...) or `*`
- one of `status` (with `body`: object or text): refuse and do nothing; `never`: true: never answer and do
  nothing; `lose_answer`: true: do it, then drop the connection; or only `delay_s`
- `delay_s`: wait so long first (goes with each of the others)
- `times`: only so often (default: until deleted); `resident`: only calls about this user id

On webhooks: `{"redeliver": n}` deliver each event n times more after its 2xx, marked as redelivery;
`{"duplicate": n}` POST each event n times more, identical; both with `times`: only so many events;
`{"reorder": true}` hold events for a quarter of a second and deliver the latest first;
`{"webhook_delay_s": s}` wait before each first delivery.

`{"quota": n}` sets the month's included messages (null: unlimited).
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(slots=True)
class CallFault:
    """A fault for calls to LINE's API."""

    path: str
    status: int | None = None
    body: Any = None
    delay_s: float = 0.0
    lose_answer: bool = False
    never: bool = False
    times: int | None = None
    resident: str | None = None

    def concerns(self, path: str, residents: Collection[str]) -> bool:
        """Whether a call meets this fault."""
        return (self.path == "*" or self.path in path) and (
            self.resident is None or self.resident in residents
        )


@dataclass(slots=True)
class Repeats:
    """This many more deliveries of each of the next `times` events."""

    more: int = 0
    times: int | None = None

    def take(self) -> int:
        """Return how often the present event is repeated."""
        if self.times is not None:
            if self.times <= 0:
                return 0
            self.times -= 1
        return self.more


@dataclass(slots=True)
class Faults:
    """All faults in force."""

    calls: list[CallFault] = field(default_factory=list)
    redeliver: Repeats = field(default_factory=Repeats)
    duplicate: Repeats = field(default_factory=Repeats)
    reorder: bool = False
    webhook_delay_s: float = 0.0

    def take(self, path: str, residents: Collection[str]) -> CallFault | None:
        """Return the first fault that this call meets, and count it down."""
        for fault in self.calls:
            if fault.concerns(path, residents):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self.calls.remove(fault)
                return fault
        return None

    def add(self, script: dict[str, Any]) -> None:
        """Put one fault in force.

        Raises:
            ValueError: a field is unknown or has the wrong form; nothing is changed.
        """
        if "path" in script:
            self.calls.append(_call_fault(script))
            return
        unknown = script.keys() - {"redeliver", "duplicate", "reorder", "webhook_delay_s", "times", "quota"}
        if unknown or not script:
            raise ValueError(f"unknown fault: {', '.join(sorted(unknown)) or 'empty'}")
        repeats = {
            key: Repeats(int(script[key]), _times(script))
            for key in ("redeliver", "duplicate")
            if key in script
        }
        self.webhook_delay_s = float(script.get("webhook_delay_s", self.webhook_delay_s))
        self.reorder = bool(script.get("reorder", self.reorder))
        self.redeliver = repeats.get("redeliver", self.redeliver)
        self.duplicate = repeats.get("duplicate", self.duplicate)

    def dump(self) -> dict[str, Any]:
        """Return the faults in force as JSON."""
        return asdict(self)

    def clear(self) -> None:
        """End all faults."""
        self.calls.clear()
        self.redeliver, self.duplicate = Repeats(), Repeats()
        self.reorder, self.webhook_delay_s = False, 0.0


def _times(script: dict[str, Any]) -> int | None:
    return None if script.get("times") is None else int(script["times"])


def _call_fault(script: dict[str, Any]) -> CallFault:
    known = {"path", "status", "body", "delay_s", "lose_answer", "never", "times", "resident"}
    if unknown := script.keys() - known:
        raise ValueError(f"unknown fault: {', '.join(sorted(unknown))}")
    status = script.get("status")
    return CallFault(
        path=str(script["path"]),
        status=None if status is None else int(status),
        body=script.get("body"),
        delay_s=float(script.get("delay_s") or 0),
        lose_answer=bool(script.get("lose_answer")),
        never=bool(script.get("never")),
        times=_times(script),
        resident=script.get("resident"),
    )
