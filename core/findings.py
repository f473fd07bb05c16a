"""What a question found: the question, what was answered, and the words on the button that answered it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

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

    def to_json(self) -> list[str]:
        """Return `[question, label, answer]`."""
        return [self.question, self.label, self.answer.value]

    @classmethod
    def from_json(cls, value: Sequence[str]) -> "Finding":
        """Read what `to_json` wrote, or the pair `[question, label]` of earlier versions."""
        question, label, *answer = value
        return cls(question, FindingAnswer(answer[0]) if answer else answer_before(label), label)


def answer_before(label: str) -> FindingAnswer:
    """Return what the label of a pair meant: findings stored as pairs had buttons of known words."""
    return FindingAnswer.NO if _DENIED_BEFORE.match(label) else FindingAnswer.TOLD
