"""What a resident did, as flows see it, independent of the surface."""

from dataclasses import dataclass

from bot.language.segmentation import Clause
from core.ja import NO_TEXT, ReadText
from core.messages import Answer
from core.understanding import Understanding

# Below this confidence Rasa's intent is a guess; then HELPO asks.
SURE_ENOUGH = 0.35

FILE_KINDS = frozenset({"image", "video", "audio", "file"})


@dataclass(frozen=True, slots=True, kw_only=True)
class UserInput:
    """One thing a resident said or did. `meaning` is None when it was not or could not be understood."""

    kind: str
    text: ReadText = NO_TEXT
    answer: Answer | None = None
    latitude: float | None = None
    longitude: float | None = None
    meaning: Understanding | None = None
    # Rasa did not answer: say so instead of guessing.
    nlu_unavailable: bool = False
    # The clauses of a message that has several: each may hold an intent of its own.
    clauses: tuple[Clause, ...] = ()

    @property
    def is_text(self) -> bool:
        """Whether it is words."""
        return self.kind == "text"

    @property
    def is_file(self) -> bool:
        """Whether it is a picture, a voice message, a video or another file."""
        return self.kind in FILE_KINDS

    @property
    def intent(self) -> str:
        """The understood intent; empty when its confidence is too low."""
        return self.meaning.intent if self.meaning and self.meaning.confidence >= SURE_ENOUGH else ""

    def entity(self, kind: str) -> str:
        """Return the first entity's value of a kind, or an empty string."""
        found = self.meaning.entities if self.meaning else ()
        return next((e.value for e in found if e.kind == kind), "")
