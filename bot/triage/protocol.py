"""The protocol engine: answers in, the next question or the result out. Pure; the protocols are content.

Structure of the 救急受診ガイド (first check, red, yellow, modifiers; the highest level counts), with HELPO's five
levels: the guide's 黄 (two hours) is `orange` until a reviewer signs it down. No claim of conformity.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.triage.model import LEVELS, Protocol, QuestionContent
from core.content import read_content
from core.db.tables import Urgency
from core.errors import ContentError

__all__ = ["Option", "Protocol", "Question", "Result", "load_protocols", "more_urgent", "next_question"]

YES, NO, UNKNOWN = "yes", "no", "unknown"
UNKNOWN_LABEL = "わからない"

Answers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Option:
    """An answer: `value` is `yes`, `no` or `unknown`."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Question:
    """The next screen: `number` counts from 1, `text` holds the items line by line."""

    id: str
    number: int
    text: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """The end of a consultation.

    `reasons` say why in the resident's words, `findings` pairs of question and answer for a clinician.
    """

    protocol: Protocol
    urgency: Urgency
    reasons: tuple[str, ...]
    findings: tuple[tuple[str, str], ...]
    needs_nurse: bool

    @property
    def advice(self) -> tuple[str, ...]:
        """What to do now."""
        return self.protocol.advice[self.urgency]

    @property
    def is_draft(self) -> bool:
        """Whether no medical reviewer has signed the protocol."""
        return self.protocol.status == "draft"


def load_protocols(data_dir: Path) -> dict[str, Protocol]:
    """Read all protocols, by id.

    Raises:
        ContentError: a file is broken; says which, where and why.
    """
    found: dict[str, Protocol] = {}
    for path in sorted((data_dir / "triage" / "protocols").glob("*.yml")):
        protocol = read_content(path, Protocol)
        if protocol.id != path.stem:
            raise ContentError(f"{path}:1: id: is '{protocol.id}' but the file is named '{path.stem}.yml'")
        found[protocol.id] = protocol
    return found


def more_urgent(a: Urgency, b: Urgency) -> Urgency:
    """Return the more urgent of two levels."""
    return min(a, b, key=LEVELS.index)


def next_question(protocol: Protocol, answers: Answers, floor: Urgency = Urgency.WHITE) -> Question | Result:
    """Return what to ask next, or the result.

    Red ends the questions, and so does a doubt that a nurse has to clear. `floor` is the level this consultation had reached before (say, before the resident
    went back to an earlier question): it never falls.
    """
    level = more_urgent(floor, level_of(protocol, answers))
    result = _result(protocol, answers, level)
    if level is Urgency.RED or result.needs_nurse:
        return result
    for number, question in enumerate(_asked(protocol, answers), start=1):
        if question.id not in answers:
            return _question(question, number)
    return result


def level_of(protocol: Protocol, answers: Answers) -> Urgency:
    """Return the level that the answers given so far amount to; more answers never lower it."""
    given = [(q, answers[q.id]) for q in _asked(protocol, answers) if q.id in answers]
    level = Urgency.WHITE
    for question, answer in given:
        reached = {YES: question.if_yes, UNKNOWN: question.if_unknown}.get(answer)
        if reached:
            level = more_urgent(level, reached)
    # Modifiers count after everything else, whatever the order of the file.
    if any(question.if_yes is None and answer in {YES, UNKNOWN} for question, answer in given):
        level = _one_up(more_urgent(level, protocol.all_negative))
    return level


def went_back(protocol: Protocol, answers: Answers) -> dict[str, str]:
    """Return the answers without the last one: 「前の質問にもどる」."""
    given = [question.id for question in _asked(protocol, answers) if question.id in answers]
    return {key: value for key, value in answers.items() if key in given[:-1]}


def _one_up(level: Urgency) -> Urgency:
    return LEVELS[max(LEVELS.index(level) - 1, 0)]


def _asked(protocol: Protocol, answers: Answers) -> Iterator[QuestionContent]:
    """Yield the questions of this way through the protocol."""
    for question in protocol.questions:
        if question.only_after_unknown and answers.get(question.only_after_unknown) != UNKNOWN:
            continue
        yield question


def _question(question: QuestionContent, number: int) -> Question:
    lines = "\n".join(f"・{item.text}" for item in question.items)
    options = (
        Option(YES, question.yes_label),
        Option(NO, question.no_label),
        Option(UNKNOWN, UNKNOWN_LABEL),
    )
    return Question(question.id, number, f"{question.text}\n\n{lines}", options)


def _result(protocol: Protocol, answers: Answers, level: Urgency) -> Result:
    reasons: list[str] = []
    findings: list[tuple[str, str]] = []
    needs_nurse = False
    for question in _asked(protocol, answers):
        answer = answers.get(question.id)
        if answer is None:
            continue
        labels = {YES: question.yes_label, NO: question.no_label, UNKNOWN: UNKNOWN_LABEL}
        findings.append((_plain(question), labels[answer]))
        if answer == YES:
            reasons.append(question.because)
        elif answer == UNKNOWN:
            reasons.append(question.because_unknown)
            needs_nurse = needs_nurse or question.unknown_needs_nurse
    return Result(
        protocol, more_urgent(level, protocol.all_negative), tuple(reasons), tuple(findings), needs_nurse
    )


def _plain(question: QuestionContent) -> str:
    return "／".join(item.text for item in question.items)
