"""What a question found: the question, what was answered, and the words on the button that answered it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

# How the buttons for "no" began while a finding was stored without its answer.
_DENIED_BEFORE = re.compile(
    r"^(?:どれも|ひとつも|いずれも|何も)?(?:ない|ありません|なし|いいえ|あてはまらない|あてはまりません)"
)


class FindingAnswer(StrEnum):
    """What was answered. Labels are content and may say it in any words; this says what they meant."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    TOLD = "told"  # in the resident's own words, or a value: nobody tapped yes or no


@dataclass(frozen=True, slots=True)
class Finding:
    """One question of an interview with its answer; `label` is the answer as a clinician reads it."""

    question: str
    answer: FindingAnswer
    label: str

    @property
    def is_denied(self) -> bool:
        """Whether the answer was no."""
        return self.answer is FindingAnswer.NO


def findings_json(findings: Sequence[Finding]) -> dict[str, Any]:
    """Return the stored form: pairs as the first release wrote and reads them, and the answers beside."""
    return {
        "findings": [[finding.question, finding.label] for finding in findings],
        "answers": [finding.answer.value for finding in findings],
    }


def read_findings(value: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Read the stored form; what the first release wrote has no answers beside its pairs."""
    pairs = [(question, label) for question, label in value["findings"]]
    answers = value.get("answers", [])
    if len(answers) != len(pairs):
        answers = [answer_before(label) for _, label in pairs]
    return tuple(
        Finding(question, FindingAnswer(answer), label)
        for (question, label), answer in zip(pairs, answers, strict=True)
    )


def answer_before(label: str) -> FindingAnswer:
    """Return what the label of a pair meant: findings stored as pairs had buttons of known words."""
    return FindingAnswer.NO if _DENIED_BEFORE.match(label) else FindingAnswer.TOLD
