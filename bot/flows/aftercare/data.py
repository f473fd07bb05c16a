"""Keep which question after a card is open, and what a tap or words answer."""

from dataclasses import dataclass

from bot.dialogue.flow_data import FlowData
from bot.dialogue.memory_entries import AskedAfter, PastConsultation
from core.db.tables import AftercareAnswer, AftercareKind


@dataclass(frozen=True)
class AftercareData(FlowData):
    """What is asked; the card is found in the memory by the question's instance."""

    kind: AftercareKind = AftercareKind.CALLED


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer to a question that was asked."""

    asked: AskedAfter
    answer: AftercareAnswer


@dataclass(frozen=True, slots=True)
class LookAgreed:
    """The resident wants to be asked again about this consultation."""

    past: PastConsultation


@dataclass(frozen=True, slots=True)
class TappedLate:
    """A tap on a question that is over, or answered already."""
