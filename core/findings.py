"""Keep what an interview found: the question, what was answered, and the label of the answer."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

# How the labels for "no" began while findings were stored without their answer (first release).
_DENIED_BEFORE = re.compile(
    r"^(?:どれも|ひとつも|いずれも|何も)?(?:ない|ありません|なし|いいえ|あてはまらない|あてはまりません)"
)


class FindingAnswer(StrEnum):
    """What an answer means, independent of its label, which is content and may say it in any words."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    TOLD = "told"  # told in the resident's own words, or a value, not by a yes/no button


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
    """Return the stored form: `{"findings": [[question, label], …], "answers": [answer, …]}`.

    Both lists have the same order; the pairs are as the first release wrote and reads them.
    """
    return {
        "findings": [[finding.question, finding.label] for finding in findings],
        "answers": [finding.answer.value for finding in findings],
    }


def read_findings(value: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Read the stored form; findings of the first release have no `answers`."""
    pairs = [(question, label) for question, label in value["findings"]]
    answers = value.get("answers", [])
    if len(answers) != len(pairs):
        answers = [answer_before(label) for _, label in pairs]
    return tuple(
        Finding(question, FindingAnswer(answer), label)
        for (question, label), answer in zip(pairs, answers, strict=True)
    )


def answer_before(label: str) -> FindingAnswer:
    """Return what a label of the first release meant, which had buttons of known words."""
    return FindingAnswer.NO if _DENIED_BEFORE.match(label) else FindingAnswer.TOLD
