"""What a resident did, as flows see it, independent of the surface."""

from dataclasses import dataclass

from bot.language.languages import Language, foreign_language, is_cry, is_picture_only
from bot.language.segmentation import Clause
from bot.triage.danger.danger_screen import BareNo
from core.db.tables import Urgency
from core.ja import NO_TEXT, ReadText
from core.messages import Answer
from core.understanding import Understanding

# Below this confidence Rasa's intent is a guess; then HELPO asks.
SURE_ENOUGH = 0.35

FILE_KINDS = frozenset({"image", "video", "audio", "file"})


@dataclass(frozen=True, slots=True)
class Quoted:
    """The message that a message quotes: what its buttons answer; nothing when it asks nothing."""

    answers: tuple[Answer, ...] = ()


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
    # The danger whose safety question the words call for (its category); `is_danger_guessed`: no rule heard it.
    danger: str = ""
    is_danger_guessed: bool = False
    # A bare no that may end a sentence broken off before: then `text` holds both, a line each.
    bare_no: BareNo | None = None
    # The clauses of a message that has several: each may hold an intent of its own.
    clauses: tuple[Clause, ...] = ()
    quoted: Quoted | None = None
    # The level of the consultation that these words told before: it does not fall.
    floor: Urgency | None = None

    @property
    def is_text(self) -> bool:
        """Whether it is words."""
        return self.kind == "text"

    @property
    def is_file(self) -> bool:
        """Whether it is a picture, a voice message, a video or another file."""
        return self.kind in FILE_KINDS

    @property
    def language(self) -> Language | None:
        """The language of words that are not Japanese; None otherwise."""
        return foreign_language(self.text) if self.is_text else None

    @property
    def is_picture(self) -> bool:
        """Whether it shows a picture in place of words: a sticker, emoji."""
        return self.kind == "sticker" or (self.is_text and is_picture_only(self.text))

    @property
    def is_foreign(self) -> bool:
        """Whether it is words, or a cry in signs (🆘), that the understanding of Japanese does not know."""
        return self.is_text and (self.language is not None or is_cry(self.text))

    @property
    def intent(self) -> str:
        """The understood intent; empty when its confidence is too low."""
        return self.meaning.intent if self.meaning and self.meaning.confidence >= SURE_ENOUGH else ""

    def entity(self, kind: str) -> str:
        """Return the first entity's value of a kind, or an empty string."""
        found = self.meaning.entities if self.meaning else ()
        return next((e.value for e in found if e.kind == kind), "")
