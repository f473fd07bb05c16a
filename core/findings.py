"""Keep what is found out about somebody: signs with their level and time, risks, facts, and what was denied."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.db.tables.handoff import Urgency
from core.urgency import LEVELS
from core.words import NO_WORDS, SURELY_PART, Words

# How the labels for "no" began while findings were stored without their answer (first release).
_DENIED_BEFORE = re.compile(
    r"^(?:どれも|ひとつも|いずれも|何も)?(?:ない|ありません|なし|いいえ|あてはまらない|あてはまりません)"
)

# The label of what was told in the resident's own words.
FROM_WORDS = "お話から"


class FindingAnswer(StrEnum):
    """What an answer means, independent of its label, which is content and may say it in any words."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    TOLD = "told"  # told in the resident's own words, or a value, not by a yes/no button


class FindingKind(StrEnum):
    """What a finding is about."""

    SIGN = "sign"
    DANGER = "danger"  # heard in words, by its rules; `question` is the danger's id
    RISK = "risk"  # age, an illness, a medicine: what raises the level
    FACT = "fact"  # sex, pregnancy, a measured value, since when


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingMark:
    """What a finding has beside question and answer.

    `urgency` is the level that it means by itself; None for what has none. `at` is when it was told or answered, `of`
    whom it is about where a talk is about several. `words` are the resident's lines that tell it: a told finding is
    gone with them.
    """

    kind: FindingKind = FindingKind.SIGN
    urgency: Urgency | None = None
    at: datetime | None = None
    of: str = ""
    words: Words = NO_WORDS

    def to_json(self) -> dict[str, Any]:
        """Return the stored form, only what is not usual: `{"kind", "urgency", "at", "of", "words"}`."""
        value = {
            "kind": "" if self.kind is FindingKind.SIGN else self.kind.value,
            "urgency": self.urgency.value if self.urgency else "",
            "at": self.at.isoformat() if self.at else "",
            "of": self.of,
            "words": str(self.words.text),
        }
        return {key: part for key, part in value.items() if part}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "FindingMark":
        """Read what `to_json` wrote."""
        return cls(
            kind=FindingKind(value.get("kind", FindingKind.SIGN)),
            urgency=Urgency(value["urgency"]) if "urgency" in value else None,
            at=datetime.fromisoformat(value["at"]) if "at" in value else None,
            of=value.get("of", ""),
            words=Words.of(value.get("words", "")),
        )


NO_MARK = FindingMark()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was asked or told, with its answer; `label` is the answer as a clinician reads it."""

    question: str
    answer: FindingAnswer
    label: str
    mark: FindingMark = NO_MARK

    @property
    def is_denied(self) -> bool:
        """Whether the answer was no."""
        return self.answer is FindingAnswer.NO

    @property
    def said(self) -> tuple[str, FindingAnswer, str]:
        """Question, answer and label, whenever it was said."""
        return self.question, self.answer, self.label

    @property
    def is_empty(self) -> bool:
        """Whether it was told in words that have been taken back: asked only when words were taken out of it."""
        return self.answer is FindingAnswer.TOLD and not self.mark.words


def heard_danger(danger: str, urgency: Urgency, words: Words, at: datetime) -> Finding:
    """Return the finding of a danger that was heard in words; of a long line its beginning is kept."""
    kept = Words.of(*(line[:SURELY_PART] for line in words))
    mark = FindingMark(kind=FindingKind.DANGER, urgency=urgency, at=at, words=kept)
    return Finding(danger, FindingAnswer.TOLD, FROM_WORDS, mark)


def latest(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return each question once for each person, in the order in which they come first; of its answers the last."""
    return tuple({(one.mark.of, one.question): one for one in findings}.values())


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings, the most serious first, of the same level the newest."""
    return tuple(sorted(findings, key=lambda one: (_rank(one), -_moment(one))))


def _rank(one: Finding) -> int:
    return LEVELS.index(one.mark.urgency) if one.mark.urgency else len(LEVELS)


def _moment(one: Finding) -> float:
    return one.mark.at.timestamp() if one.mark.at else 0.0


def findings_json(findings: Sequence[Finding]) -> dict[str, Any]:
    """Return the stored form: `{"findings": [[question, label], …], "answers": [answer, …], "marks": [mark, …]}`.

    All lists have the same order; the pairs are as the first release wrote and reads them. `marks` is left out where
    none has any.
    """
    marks = [finding.mark.to_json() for finding in findings]
    return {
        "findings": [[finding.question, finding.label] for finding in findings],
        "answers": [finding.answer.value for finding in findings],
        **({"marks": marks} if any(marks) else {}),
    }


def read_findings(value: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Read the stored form; findings of the first release have no `answers`, earlier ones no `marks`."""
    pairs = [(question, label) for question, label in value["findings"]]
    answers, marks = value.get("answers", []), value.get("marks", [])
    if len(answers) != len(pairs):
        answers = [answer_before(label) for _, label in pairs]
    if len(marks) != len(pairs):
        marks = [{} for _ in pairs]
    return tuple(
        Finding(question, FindingAnswer(answer), label, FindingMark.from_json(mark) if mark else NO_MARK)
        for (question, label), answer, mark in zip(pairs, answers, marks, strict=True)
    )


def answer_before(label: str) -> FindingAnswer:
    """Return what a label of the first release meant, which had buttons of known words."""
    return FindingAnswer.NO if _DENIED_BEFORE.match(label) else FindingAnswer.TOLD
