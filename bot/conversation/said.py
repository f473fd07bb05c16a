"""What a resident did, as flows see it: free of any surface."""

from dataclasses import dataclass

from core.messages import Answer
from core.understanding import Understanding

# Below this, what Rasa says is a guess; asking is better than guessing.
SURE_ENOUGH = 0.35


@dataclass(frozen=True, slots=True)
class Part:
    """One clause of a message; `meaning` is None when nobody was asked or could say."""

    text: str
    meaning: Understanding | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One thing a resident said or did. `meaning` is None when it was not or could not be understood."""

    kind: str
    text: str = ""
    # A picture, voice, video or file that is fetched for a person to look at.
    has_file: bool = False
    answer: Answer | None = None
    latitude: float | None = None
    longitude: float | None = None
    meaning: Understanding | None = None
    # The understanding service did not answer: say so instead of guessing.
    is_deaf: bool = False
    # The clauses of a message that has several: each may hold a wish of its own.
    parts: tuple[Part, ...] = ()

    @property
    def intent(self) -> str:
        """The understood intent; empty when there is none to rely on."""
        return self.meaning.intent if self.meaning and self.meaning.confidence >= SURE_ENOUGH else ""

    def entity(self, kind: str) -> str:
        """Return the first entity's value of a kind, or an empty string."""
        found = self.meaning.entities if self.meaning else ()
        return next((e.value for e in found if e.kind == kind), "")
