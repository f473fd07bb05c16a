"""A turn: the pure decision about what happens after one thing said."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from bot.conversation.said import Said
from bot.triage.protocol import Protocol as TriageProtocol
from core.db.tables import Profession, Urgency
from core.messages import Message
from core.municipalities import Municipality
from core.texts import Texts


@dataclass(frozen=True, slots=True)
class State:
    """Where a talk is: the running flow's instance and step, and what later flows may need.

    `memory` outlives flows: the last consultation, for the summary a person gets and the shop's gate.
    """

    flow: str = ""
    instance: str = ""
    step: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    memory: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the form that is stored; empty when nothing is worth remembering."""
        value = {
            "flow": self.flow,
            "instance": self.instance,
            "step": self.step,
            "data": dict(self.data),
            "memory": dict(self.memory),
        }
        return {k: v for k, v in value.items() if v}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "State":
        """Read the stored form."""
        return cls(**value)

    def at(self, step: str, **data: Any) -> "State":  # noqa: ANN401 - JSON values
        """Return the same flow at another step, with more data."""
        return replace(self, step=step, data={**self.data, **data})

    def ended(self, **memory: Any) -> "State":  # noqa: ANN401 - JSON values
        """Return the state after the flow, with what is worth remembering."""
        return State(memory={**self.memory, **memory})


@dataclass(frozen=True, slots=True)
class OpenThread:
    """Hand the talk to a person; `words` tell the resident."""

    words: str
    profession: Profession
    urgency: Urgency
    complaint: str
    findings: tuple[tuple[str, str], ...] = ()
    advised: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WithdrawThread:
    """The resident no longer waits for a person."""


@dataclass(frozen=True, slots=True)
class ShowFacilities:
    """Answer with the nearest facilities; WGS 84 degrees."""

    latitude: float
    longitude: float
    department: str = ""
    kind: str = ""
    is_open_now: bool = False


Action = OpenThread | WithdrawThread | ShowFacilities


@dataclass(frozen=True, slots=True)
class Turn:
    """What happens next: the new state, what is said at once, and what the shell has to do.

    `urgent` messages tell of an emergency: they go before everything else and must arrive.
    """

    state: State
    replies: tuple[Message, ...] = ()
    actions: tuple[Action, ...] = ()
    urgent: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """What flows may look at: never a connection, never a clock of their own."""

    now: datetime
    texts: Texts
    city: Municipality
    protocols: Mapping[str, TriageProtocol]
    # A name for a flow that starts now; the same for a retried event.
    instance: str
    # The neutral card of this city's registered shops, for the product kind that words name.
    shop_card: Callable[[str], Message]


class Flow(Protocol):
    """A talk about one wish."""

    name: str

    def start(self, state: State, said: Said, ctx: Context) -> Turn:
        """Begin with what was said."""
        ...

    def resume(self, state: State, said: Said, ctx: Context) -> Turn | None:
        """Go on; None when what was said does not belong to this flow."""
        ...

    def ask_again(self, state: State, ctx: Context) -> tuple[Message, ...]:
        """Return the open question, or nothing when none is open."""
        ...
