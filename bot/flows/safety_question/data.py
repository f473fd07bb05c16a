"""Keep what a safety question asks about while it is open."""

from dataclasses import dataclass

from bot.dialogue.flow_data import FlowData
from core.words import NO_WORDS, Words


@dataclass(frozen=True)
class SafetyQuestionData(FlowData):
    """Which danger is asked about, and the words that told of it.

    `is_guessed`: no rule heard it; `is_wish`: the words ask for something else, which follows when it is no danger.
    """

    danger: str = ""
    words: Words = NO_WORDS
    is_guessed: bool = False
    is_wish: bool = False
    asked_again: bool = False

    @property
    def told_words(self) -> Words:
        """The words that told of the danger."""
        return self.words
