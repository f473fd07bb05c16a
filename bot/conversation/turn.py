"""A turn: the pure decision about what happens after one thing said."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from bot.conversation.lasting import remembered
from bot.conversation.said import Said
from bot.triage.protocol import Protocols
from core.db.tables import Profession, Urgency
from core.findings import Finding
from core.messages import Action as Button
from core.messages import Answer, Message, Tap
from core.municipalities import Municipality
from core.texts import Texts
from facilities.model import Wanted
from shop.catalogue import Catalogue


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
        return State(memory=remembered(self.memory, memory))


@dataclass(frozen=True, slots=True)
class OpenThread:
    """Hand the talk to a person; `words` tell the resident."""

    words: str
    profession: Profession
    urgency: Urgency
    complaint: str
    findings: tuple[Finding, ...] = ()
    advised: tuple[str, ...] = ()
    # Whom it is about, as a clinician reads it: 「本人」「子ども（3歳）」「夫」.
    who: str = ""
    # The finished protocols that found the urgency; none: nobody has assessed the complaint.
    protocols: tuple[str, ...] = ()
    # What else the resident asked for and has not been given, in words of ours.
    wishes: tuple[str, ...] = ()
    # Words about the service: nothing to assess.
    is_feedback: bool = False


@dataclass(frozen=True, slots=True)
class ShowFacilities:
    """Answer with the nearest facilities from the `offset`-th on, and `more` where there are further ones."""

    wanted: Wanted
    offset: int
    more: Tap
    onward: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class ShowShops:
    """Answer with a kind of product and the city's registered shops; `notes` are said on its card besides."""

    kind_id: str
    notes: tuple[str, ...] = ()
    quick: tuple[Tap, ...] = ()


Action = OpenThread | ShowFacilities | ShowShops


@dataclass(frozen=True, slots=True)
class Turn:
    """What happens next: the new state, what is said at once, and what the shell has to do.

    `urgent` messages tell of an emergency: they go before everything else and must arrive.
    """

    state: State
    replies: tuple[Message, ...] = ()
    actions: tuple[Action, ...] = ()
    urgent: tuple[Message, ...] = ()
    # What follows in the same breath: the next of several wishes, the way back to a question left open.
    then: "Turn | None" = None


@dataclass(frozen=True, slots=True)
class Context:
    """What flows may look at: never a connection, never a clock of their own."""

    now: datetime
    texts: Texts
    city: Municipality
    protocols: Protocols
    # A name for a flow that starts now; the same for a retried event.
    instance: str
    # The kinds of products that can be bought without a prescription.
    products: Catalogue
    # Whether content that no reviewer has signed may speak.
    runs_drafts: bool = True


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


@runtime_checkable
class Lasting(Protocol):
    """A flow with buttons that outlive its question: the next results of a search."""

    def stays_good(self, state: State, answer: Answer, ctx: Context) -> bool:
        """Whether a tap still means something although no question of this flow is open."""
        ...


@runtime_checkable
class Leavable(Protocol):
    """A flow that knows more than its words when it is left half-way."""

    def leaving(self, state: State, ctx: Context) -> Mapping[str, Any]:
        """Return what memory gains: what was found so far, for the person who may take over."""
        ...
