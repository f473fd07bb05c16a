"""A turn: what happens after one thing said, as a value."""

from dataclasses import dataclass, replace

from bot.dialogue.state import State
from core.db.tables import Profession, Urgency
from core.findings import Finding
from core.messages import Message
from core.words import Words


@dataclass(frozen=True, slots=True)
class Effect:
    """Something the shell has to do in the turn's transaction; who does it is handed in with the flow."""


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
    # The finished protocols that found the urgency; none: nobody has assessed the complaint.
    protocols: tuple[str, ...] = ()
    # What else the resident asked for and has not been given, in words of ours.
    wishes: tuple[str, ...] = ()
    # Words about the service: nothing to assess.
    is_feedback: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """What happens next: the new state, what is said at once, and what the shell has to do.

    `urgent` messages tell of an emergency: they go before everything else and must arrive. `menu` is the line above
    the main menu, which is added where nothing else is asked. `goes_on_with` names the flow that takes the same words
    further. `is_courtesy`: thanks or a greeting; nobody waits for it, so it is not worth a push when it may have arrived.
    `then` follows in the same breath: the next of several intents, the way back to a question left open.
    """

    state: State
    replies: tuple[Message, ...] = ()
    effects: tuple[Effect, ...] = ()
    urgent: tuple[Message, ...] = ()
    menu: str = ""
    goes_on_with: str = ""
    is_courtesy: bool = False
    then: "Turn | None" = None

    @property
    def is_plain_answer(self) -> bool:
        """Whether it only says something: no question is open after it, nothing is done, nothing is urgent."""
        return not (self.state.flow or self.effects or self.urgent or self.goes_on_with)

    def followed_by(self, further: "Turn") -> "Turn":
        """Return both as one turn; what follows urgent words leaves with them."""
        if not self.urgent:
            return replace(
                further,
                replies=(*self.replies, *further.replies),
                effects=(*self.effects, *further.effects),
            )
        urgent = (*self.urgent, *self.replies, *further.urgent, *further.replies)
        return replace(further, replies=(), urgent=urgent, effects=(*self.effects, *further.effects))
