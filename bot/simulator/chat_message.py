"""One message in a resident's chat, with what can be tapped in it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.simulator.plain_text import flattened_text
from bot.simulator.tappable import tappable_actions

RESIDENT = "resident"


@dataclass(slots=True, eq=False)
class SeenMessage:
    """One bubble; `sent_by` is the call that sent it (`reply`, `push`, ...) or `resident` for own ones."""

    seq: int
    message_id: str
    sent_by: str
    at: datetime
    message: dict[str, Any]
    speaker: str = field(default="bot")
    unsent: bool = False
    read: bool = False

    def dump(self) -> dict[str, Any]:
        """Return the bubble as the simulator's API shows it."""
        return {
            "seq": self.seq,
            "from": self.speaker,
            "sent_by": self.sent_by,
            "message_id": self.message_id,
            "at": self.at.isoformat(),
            "message": self.message,
            "text": flattened_text(self.message),
            "actions": [] if self.is_own else tappable_actions(self.message),
            "unsent": self.unsent,
            "read": self.read,
        }

    @property
    def is_own(self) -> bool:
        """Whether the resident sent it."""
        return self.speaker == RESIDENT
