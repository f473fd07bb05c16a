"""What answers to questions after cards bring about; `effects.py` carries it out."""

from dataclasses import dataclass
from datetime import datetime

from bot.dialogue.turn import Effect
from core.db.tables import AftercareAnswer, AftercareKind, Urgency


@dataclass(frozen=True, slots=True, kw_only=True)
class LookLater(Effect):
    """Ask at `due_at` how it is, as the resident has agreed."""

    level: Urgency
    card_at: datetime
    due_at: datetime
    tables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoteAnswer(Effect):
    """Note what was answered to the question of this instance."""

    instance: str
    kind: AftercareKind
    answer: AftercareAnswer
