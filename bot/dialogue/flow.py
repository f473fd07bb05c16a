"""Define flows as the engine knows them: a specification, four functions, and the registry of all flows."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, Protocol, TypeVar, runtime_checkable

from bot.dialogue.flow_data import FlowData, FlowDataTypes
from bot.dialogue.memory import Memory
from bot.dialogue.state import State
from bot.dialogue.turn import Effect, Turn
from bot.dialogue.user_input import UserInput
from bot.language.multi_intent import AskingIntents
from bot.triage.tables.loader import Tables
from core.clock import TOKYO
from core.db.tables import Urgency
from core.ja import ReadText
from core.messages import Answer, Message
from core.municipalities import Municipality
from core.texts import Texts

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Intent:
    """An intent that a flow serves.

    `priority` orders the intents of one message, the lowest first; None asks for nothing by itself (greeting, thanks).
    `part_of` are intents whose words these belong to when both stand in one message.
    """

    name: str
    priority: int | None = None
    part_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowSpec:
    """What the engine must know of a flow. `name` is stored in states and buttons: never rename it.

    `data` is what the flow keeps while its question is open. `accepts` are intents that may still answer that question
    ("" is: not understood). `keeps_question`: it can be taken up again after an interruption. `answers_at_once`: it
    only tells something, so it may stand beside an open question. `tells_danger`: its words go to the clinician at a
    handover, and belong to a health interview that runs. `hears_danger`: it is such an interview.
    `asks_danger`: it asks the safety question of a danger (`UserInput.danger`), before anything else.
    `asks_pieces`: it asks what a bare no after a sentence broken off means (`UserInput.bare_no`).
    `settles_doubt`: it asks which of two close intents is meant.
    `speaks_beside`: it says its part even while the running flow takes the words. `starts_afresh`: a
    question that was left before is not taken up again after it. `takes_professions`: the buttons
    that ask for one profession begin it. `is_fallback`: it takes what no other does. `menu` is its value on the main
    menu's button; empty: it has none; the menu's order is that of the registry. `kinds` are inputs other than words
    that begin it, `named_by` tells whether plain words do while understanding is away,
    and `claims`, by intent of another flow, whether it is this one's because of what else is said.
    """

    name: str
    data: type[FlowData] = FlowData
    intents: tuple[Intent, ...] = ()
    accepts: frozenset[str] = frozenset()
    keeps_question: bool = False
    answers_at_once: bool = False
    tells_danger: bool = False
    hears_danger: bool = False
    asks_danger: bool = False
    asks_pieces: bool = False
    settles_doubt: bool = False
    speaks_beside: bool = False
    starts_afresh: bool = False
    takes_professions: bool = False
    is_fallback: bool = False
    menu: str = ""
    kinds: tuple[str, ...] = ()
    named_by: "Callable[[UserInput, Context], bool] | None" = None
    claims: Mapping[str, Callable[[ReadText], bool]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Context:
    """What flows may use: no connection, no clock of their own."""

    now: datetime
    texts: Texts
    city: Municipality
    flows: "Flows"
    tables: Tables
    # The name of a flow's run that starts now; the same for a retried event.
    instance: str
    # Whether content without a reviewer's signature may be used.
    runs_drafts: bool = True

    @property
    def day(self) -> date:
        """The day it is in Japan."""
        return self.now.astimezone(TOKYO).date()


class Flow(Protocol):
    """One matter in a talk. All functions are pure; only `moves.perform` calls `start` and `resume`."""

    @property
    def spec(self) -> FlowSpec:
        """The flow's specification."""
        ...

    def start(self, state: State, user_input: UserInput, ctx: Context) -> Turn:
        """Begin with the resident's input; no flow runs in `state`."""
        ...

    def read(self, state: State, user_input: UserInput, ctx: Context) -> Any:  # noqa: ANN401 - the flow's own type
        """Return the reading of an input, for `resume`; None when it is not for the open question."""
        ...

    def resume(self, state: State, reading: Any, ctx: Context) -> Turn:  # noqa: ANN401 - the flow's own type
        """Go on with a reading that `read` returned; never called as a trial."""
        ...

    def question(self, state: State, ctx: Context) -> tuple[Message, ...]:
        """Return the open question; empty when none is open."""
        ...


@runtime_checkable
class Lasting(Protocol):
    """A flow with buttons that outlive its question: the next results of a search."""

    def outlives(self, state: State, answer: Answer, ctx: Context) -> bool:
        """Whether a tap is still valid although no question of this flow is open."""
        ...


@runtime_checkable
class Leavable(Protocol):
    """A flow that knows more than its words when it is interrupted."""

    def leave(self, state: State, ctx: Context) -> Memory:
        """Return the memory with the findings so far, for the person who may take over."""
        ...


@runtime_checkable
class Counting(Protocol):
    """A flow whose runs are counted, also those that come to no end."""

    def count_left(self, state: State, ctx: Context, *, ended_by: Urgency | None) -> Effect | None:
        """Return what is recorded of a run that is over without a result; `ended_by`: a danger ended it."""
        ...


@runtime_checkable
class AnsweringDanger(Protocol):
    """A flow with lists of danger signs: words that name one answer it, and no other question comes first."""

    def answers_danger(self, state: State, user_input: UserInput, ctx: Context) -> bool:
        """Whether words about a danger answer the open question of this flow."""
        ...


@runtime_checkable
class Interjecting(Protocol):
    """A flow with a message that comes before the running flow's answer (`FlowSpec.speaks_beside`)."""

    def interject(self, turn: Turn, user_input: UserInput, ctx: Context) -> Turn:
        """Return the running flow's turn with this flow's messages before it."""
        ...


@runtime_checkable
class AnsweringBesideWait(Protocol):
    """A flow whose question is answered also while a person is asked for: whether 119 was called."""

    def answers_beside_wait(self, state: State, user_input: UserInput, ctx: Context) -> bool:
        """Whether a tap or words answer such a question of this flow."""
        ...


class OneAnswer:
    """Base of flows that answer once and ask no question."""

    def read(self, _state: State, _user_input: UserInput, _ctx: Context) -> None:
        """Return None: no question is open."""
        return

    def resume(self, state: State, _reading: object, _ctx: Context) -> Turn:
        """Return an unchanged turn: no question is open."""
        return Turn(state)

    def question(self, _state: State, _ctx: Context) -> tuple[Message, ...]:
        """Return nothing: no question is open."""
        return ()


class Flows(Mapping[str, Flow]):
    """All flows by name, as `bot/app.py` hands them in, and what their specifications say together."""

    def __init__(self, flows: Sequence[Flow]) -> None:
        """Register flows.

        Raises:
            ValueError: two flows share a name, an intent, a kind of input or a menu value, or no flow is the fallback.
        """
        specs = [flow.spec for flow in flows]
        self._by_name = _unique("name", ((flow.spec.name, flow) for flow in flows))
        self._by_intent = _unique("intent", ((i.name, spec.name) for spec in specs for i in spec.intents))
        self.intents = {intent.name: intent for spec in specs for intent in spec.intents}
        self.by_kind = _unique("kind of input", ((kind, spec.name) for spec in specs for kind in spec.kinds))
        self.by_menu = _unique("menu value", ((spec.menu, spec.name) for spec in specs if spec.menu))
        fallbacks = [spec.name for spec in specs if spec.is_fallback]
        professions = [spec.name for spec in specs if spec.takes_professions]
        if len(fallbacks) != 1 or len(professions) != 1:
            raise ValueError(
                "exactly one flow is the fallback, and exactly one takes the buttons of professions"
            )
        (self.fallback,), (self.by_profession,) = fallbacks, professions
        # Empty where no flow asks about dangers, or pieces.
        self.by_danger = next((spec.name for spec in specs if spec.asks_danger), "")
        self.by_pieces = next((spec.name for spec in specs if spec.asks_pieces), "")
        # Empty where no flow asks which of two intents is meant: then the likelier one is taken.
        self.by_doubt = next((spec.name for spec in specs if spec.settles_doubt), "")

    def __getitem__(self, name: str) -> Flow:
        return self._by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)

    @cached_property
    def data_types(self) -> FlowDataTypes:
        """The type of each flow's data, by name."""
        return {name: flow.spec.data for name, flow in self._by_name.items()}

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The intents that ask for something, in the order in which those of one message are served."""
        asking = [intent for intent in self.intents.values() if intent.priority is not None]
        return tuple(intent.name for intent in sorted(asking, key=lambda intent: intent.priority or 0))

    @cached_property
    def asking(self) -> AskingIntents:
        """The same order, for the reader of several intents in one message."""
        return AskingIntents(self.order, {i.name: i.part_of for i in self.intents.values() if i.part_of})

    def flow_of(self, intent: str) -> str:
        """Return the name of the flow that serves an intent; empty when none does."""
        return self._by_intent.get(intent, "")

    def menu_words(self, texts: Texts) -> Mapping[str, str]:
        """Return the words that name each menu value: the tiles send words, which need no Rasa."""
        return {value: texts(f"talk.menu_words.{value}") for value in self.by_menu}

    def claimed_by(self, user_input: UserInput) -> str:
        """Return the flow that claims another flow's intent because of further words; empty when none does."""
        specs = (flow.spec for flow in self._by_name.values())
        claims = ((spec.name, spec.claims.get(user_input.intent)) for spec in specs)
        return next((name for name, holds in claims if holds and holds(user_input.text)), "")

    def named_in(self, user_input: UserInput, ctx: Context) -> str:
        """Return the flow that plain words name, for use when Rasa is unavailable; empty when none."""
        specs = (flow.spec for flow in self._by_name.values())
        return next((s.name for s in specs if s.named_by and s.named_by(user_input, ctx)), "")

    def spec(self, name: str) -> FlowSpec:
        """Return a flow's specification; for an empty name, the one of no flow."""
        return self._by_name[name].spec if name in self._by_name else NO_FLOW


NO_FLOW = FlowSpec(name="")


def _unique(what: str, pairs: Iterable[tuple[str, T]]) -> dict[str, T]:
    found: dict[str, T] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"two flows have the same {what}: {key}")
        found[key] = value
    return found
