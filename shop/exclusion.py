"""Find what rules a product out: the questions of a kind, in order, and the answer that ends them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from shop.catalogue import ProductKind

AGE, SIGNS, PREGNANCY, BODY = "age", "signs", "pregnancy", "body"
YES, NO, UNKNOWN = "yes", "no", "unknown"
MAX_QUESTIONS = 4
CHILD = 15  # years; package inserts count from here as adults
OLD = 65
OLDEST = 120
PREGNANT_FROM, PREGNANT_TO = 12, 55

# By question: `yes`, `no`, `unknown`, or for the age a span (see `Ages`) or `unknown`.
Answers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ages:
    """A span of ages in completed years, both ends included; written `15-64`."""

    low: int
    high: int

    def __str__(self) -> str:
        return f"{self.low}-{self.high}"

    @classmethod
    def parse(cls, text: str) -> "Ages":
        """Read a span written as `15-64`."""
        low, _, high = text.partition("-")
        return cls(int(low), int(high))


def ages_offered(kind: ProductKind) -> tuple[Ages, ...]:
    """Return the choices of the age question: too young, (child,) grown up, old."""
    if kind.min_age is None:
        return ()
    starts = sorted({0, kind.min_age, max(kind.min_age, CHILD), OLD})
    return tuple(Ages(low, following - 1) for low, following in pairwise([*starts, OLDEST + 1]))


def questions(kind: ProductKind, answers: Answers) -> tuple[str, ...]:
    """Return the questions that apply to a kind, at most four; none for a kind that is no medicine."""
    applies = {
        AGE: kind.min_age is not None,
        SIGNS: kind.has_symptom,
        PREGNANCY: kind.type == "medicine" and _may_be_pregnant(answers.get(AGE, UNKNOWN)),
        BODY: bool(kind.body),
    }
    return tuple(question for question, is_asked in applies.items() if is_asked)


def next_question(kind: ProductKind, answers: Answers) -> str:
    """Return the next question; empty when all are answered."""
    return next((q for q in questions(kind, answers) if q not in answers), "")


def stop_at(kind: ProductKind, answers: Answers) -> str:
    """Return the question whose answer (or doubt) rules the kind out; empty when none does."""
    return next((q for q in questions(kind, answers) if q in answers and _stops(kind, q, answers[q])), "")


def went_back(kind: ProductKind, answers: Answers) -> dict[str, str]:
    """Return the answers without the last one."""
    given = [question for question in questions(kind, answers) if question in answers]
    return {question: answers[question] for question in given[:-1]}


def _stops(kind: ProductKind, question: str, answer: str) -> bool:
    if question != AGE:
        return answer != NO
    return answer == UNKNOWN or Ages.parse(answer).low < (kind.min_age or 0)


def _may_be_pregnant(age: str) -> bool:
    if age == UNKNOWN:
        return True
    span = Ages.parse(age)
    # A choice such as 2-14 counts as a small child's; a stated age from 12 on is asked further.
    return span.low <= PREGNANT_TO and (span.high >= CHILD or span.low >= PREGNANT_FROM)
