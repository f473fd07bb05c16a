"""A turn as a value: what is said, what is done, and the new state."""

from dataclasses import dataclass, replace
from typing import ClassVar

from bot.dialogue.state import State
from bot.dialogue.user_input import UserInput
from core.db.tables import Profession, Urgency
from core.findings import Finding
from core.messages import Message
from core.words import Words


@dataclass(frozen=True, slots=True)
class Effect:
    """Something to be done in the turn's transaction; its handler is handed in with the flow.

    `speaks`: messages come of it.
    """

    speaks: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class RunEnded(Effect):
    """What is recorded of a flow's run that has ended, or was left; flows have their own kinds."""

    speaks: ClassVar[bool] = False
    instance: str


@dataclass(frozen=True, slots=True)
class OpenThread(Effect):
    """Hand the talk to a person; `text` tells the resident."""

    text: str
    profession: Profession
    urgency: Urgency
    complaint: Words
    findings: tuple[Finding, ...] = ()
    advised: tuple[str, ...] = ()
    # Whom it is about, as a clinician reads it: 「本人」「子ども（3歳）」「夫」.
    who: str = ""
    # The finished tables that found the urgency; none: it is not assessed.
    protocols: tuple[str, ...] = ()
    # Where to go (診療科), best first.
    departments: tuple[str, ...] = ()
    # Titles of further intents that were not served.
    wishes: tuple[str, ...] = ()
    # The code of the language in which the resident wrote, if it is not Japanese.
    language: str = ""
    # Words about the service: nothing to assess.
    is_feedback: bool = False
    is_despair: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CardGiven(Effect):
    """A card has told a level: it is followed up (`bot.flows.aftercare`).

    `protocols` are the ids of the tables that found it, `danger` the one whose first aid it gave, `look_again_h` after
    how many hours it says to look again.
    """

    level: Urgency
    protocols: tuple[str, ...] = ()
    danger: str = ""
    look_again_h: float | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """What happens next: the new state, what is said at once, and the effects to carry out.

    `urgent` messages tell of an emergency: they go before everything else and must arrive. `menu` is the line
    above the main menu, which is added when no question is open. `goes_on_with` names the flow that takes the
    same words further, or `goes_on_saying` in their place. `is_courtesy`: thanks or a greeting, which no resident waits for, so it is not pushed
    when it may have arrived. `then` is the turn that follows at once: the next of several intents, or the
    offer to resume.
    """

    state: State
    replies: tuple[Message, ...] = ()
    effects: tuple[Effect, ...] = ()
    urgent: tuple[Message, ...] = ()
    menu: str = ""
    goes_on_with: str = ""
    goes_on_saying: UserInput | None = None
    is_courtesy: bool = False
    then: "Turn | None" = None

    @property
    def is_plain_answer(self) -> bool:
        """Whether it only says something: no open question after it, no effects, nothing urgent."""
        return not (self.state.flow or self.effects or self.urgent or self.goes_on_with)

    def followed_by(self, further: "Turn") -> "Turn":
        """Return both as one turn; messages after urgent ones are sent with them."""
        if not self.urgent:
            return replace(
                further,
                replies=(*self.replies, *further.replies),
                effects=(*self.effects, *further.effects),
            )
        urgent = (*self.urgent, *self.replies, *further.urgent, *further.replies)
        return replace(further, replies=(), urgent=urgent, effects=(*self.effects, *further.effects))
