"""What a protocol file holds. Levels are content; the engine only adds them up."""

from typing import Literal, Self

from pydantic import Field, model_validator

from core.content import Content
from core.db.tables import Urgency
from core.ja import fold

LEVELS = tuple(Urgency)  # most urgent first
MAX_QUESTIONS = 6  # on the longest way through a protocol


class Source(Content):
    """Where a statement comes from, and which marks in the file stand for it."""

    mark: str
    name: str


class Item(Content):
    """One thing to look for, as a resident understands it, with the mark of its source."""

    id: str
    text: str
    mark: str
    reviewed: bool = False


class QuestionContent(Content):
    """One screen: items of which one is enough, and what each answer means for the level.

    `if_yes` and `if_unknown` name the lowest level from then on; without `if_yes` the level rises by one (modifiers).
    `only_after_unknown` names the question that this one asks again, about something one can see.
    """

    id: str
    text: str
    items: tuple[Item, ...] = Field(min_length=1)
    yes_label: str
    no_label: str
    if_yes: Urgency | None = None
    if_unknown: Urgency | None = None
    unknown_needs_nurse: bool = False
    only_after_unknown: str = ""
    because: str
    because_unknown: str


class Protocol(Content):
    """One complaint for one group of ages: its questions in order, and what is said at the end.

    `symptoms` are words of a complaint that lead here, `not_about` words for people it is not made for.
    """

    id: str
    title: str
    audience: Literal["adult", "child"]
    ages_years: tuple[int, int]
    version: str
    source: tuple[Source, ...] = Field(min_length=1)
    reviewer: str | None
    status: Literal["draft", "reviewed"]
    symptoms: tuple[str, ...] = Field(min_length=1)
    not_about: tuple[str, ...] = ()
    questions: tuple[QuestionContent, ...] = Field(min_length=2)
    all_negative: Urgency
    departments: tuple[str, ...] = ()
    advice: dict[Urgency, tuple[str, ...]]
    worse: tuple[str, ...] = Field(min_length=1)
    recheck_hours: int = Field(gt=0)

    def fits(self, words: str) -> bool:
        """Whether a complaint names a symptom of this protocol and nobody it is not made for."""
        said = fold(words)
        return any(fold(w) in said for w in self.symptoms) and not any(
            fold(w) in said for w in self.not_about
        )

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        ids = [question.id for question in self.questions]
        if len(set(ids)) != len(ids):
            raise ValueError("two questions have the same id")
        if len(ids) > MAX_QUESTIONS:
            raise ValueError(f"has {len(ids)} questions, a worried resident answers at most {MAX_QUESTIONS}")
        first = self.questions[0]
        if (first.if_yes, first.if_unknown) != (Urgency.RED, Urgency.RED):
            raise ValueError(f"question '{first.id}': the first check is red for yes and for unknown")
        for index, question in enumerate(self.questions):
            if question.only_after_unknown and question.only_after_unknown not in ids[:index]:
                raise ValueError(
                    f"question '{question.id}': no question '{question.only_after_unknown}' before it"
                )
        marks = {source.mark for source in self.source}
        for item in (item for question in self.questions for item in question.items):
            if item.mark not in marks:
                raise ValueError(f"item '{item.id}': source mark '{item.mark}' is not explained")
        missing = [level.value for level in LEVELS if level not in self.advice]
        if missing:
            raise ValueError(f"advice is missing for {', '.join(missing)}")
        if self.status == "reviewed" and not self.reviewer:
            raise ValueError("status is 'reviewed' but no reviewer is named")
        return self
