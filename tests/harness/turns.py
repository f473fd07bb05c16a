"""What flows are told and what they answer, as words."""

from collections.abc import Iterable

from bot.dialogue.turn import Turn
from bot.dialogue.user_input import UserInput
from core.ja.read_text import ReadText
from core.messages import Message, plain_text
from core.understanding import Entity, Understanding


def said(text: str, intent: str = "", **entities: str) -> UserInput:
    """Return a message as a flow gets it; without an intent nothing was understood."""
    found = tuple(Entity(kind, value, value) for kind, value in entities.items())
    meaning = Understanding(intent, 0.9, found) if intent else None
    return UserInput(kind="text", text=ReadText(text), meaning=meaning)


def words(messages: Iterable[Message]) -> str:
    """Return all words of some messages, a line each."""
    return "\n".join(plain_text(message) for message in messages)


def words_of(turn: Turn | None) -> str:
    """Return all words of a turn, what is urgent first."""
    assert turn
    return words((*turn.urgent, *turn.replies))
