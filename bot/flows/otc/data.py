"""The data of the over-the-counter flow."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.dialogue.flow_data import FlowData
from bot.dialogue.state import State
from core.words import NO_WORDS, Words


@dataclass(frozen=True)
class OtcData(FlowData):
    """The intent in the resident's words, the kind of product and the answers so far.

    `short`: the complaint is known to last a few days only; `more`: all kinds are offered.
    """

    complaint: Words = NO_WORDS
    kind: str | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    short: bool = False
    more: bool = False

    @property
    def told_words(self) -> Words:
        """The intent in the resident's words."""
        return self.complaint


def data_of(state: State) -> OtcData:
    """Return the data of a state in which this flow runs."""
    assert isinstance(state.data, OtcData)
    return state.data
