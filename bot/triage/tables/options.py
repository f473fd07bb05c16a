"""The answers that a question of the tables offers: their values, and the labels of their buttons."""

from bot.triage.tables.answers import NO, UNKNOWN, YES
from bot.triage.tables.engine import Question
from bot.triage.tables.needs import values_of
from core.messages import Option
from core.texts import Texts


def values(question: Question) -> tuple[str, ...]:
    """Return the values that answer a question."""
    match question.kind:
        case "need":
            assert question.need
            return values_of(question.need, for_child=question.for_child)
        case "which":
            return tuple(one.name for one in question.items)
        case "also":
            return (*(one.name for one in question.items), NO)
        case _:
            return (YES, NO, UNKNOWN)


def options_of(question: Question, texts: Texts) -> tuple[Option, ...]:
    """Return the answers to choose from, with their labels."""
    names = {one.name: one.item.text for one in question.items}
    key = f"talk.consultation.answer.{question.need or question.kind}"
    if question.need == "age":
        key += "_child" if question.for_child else "_adult"
    return tuple(
        Option(
            value,
            names.get(value) or texts(f"{key}.{value.replace('.', '_')}"),
            is_none=value == NO and question.kind != "well",
        )
        for value in values(question)
    )
