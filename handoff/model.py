"""What a clinician gets with a talk: a summary, and how urgent it is."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from core.db.tables import Profession, Urgency

URGENCIES = tuple(Urgency)


def more_urgent(a: Urgency, b: Urgency) -> Urgency:
    """Return the more urgent of two; `Urgency` lists the most urgent first."""
    return min(a, b, key=URGENCIES.index)


def _merged(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    return old + tuple(item for item in new if item not in old)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What is known when a talk is handed over, so that the resident need not say it again.

    `said` are the resident's own words, `findings` pairs of question and answer, `advised` what the
    bot has told the resident so far.
    """

    complaint: str = ""
    said: tuple[str, ...] = ()
    findings: tuple[tuple[str, str], ...] = ()
    urgency: Urgency = Urgency.WHITE
    advised: tuple[str, ...] = ()

    def extended(self, newer: "Summary") -> "Summary":
        """Return this summary with what `newer` adds; a later answer replaces an earlier one."""
        return replace(
            self,
            complaint=newer.complaint or self.complaint,
            said=_merged(self.said, newer.said),
            findings=tuple((dict(self.findings) | dict(newer.findings)).items()),
            urgency=more_urgent(self.urgency, newer.urgency),
            advised=_merged(self.advised, newer.advised),
        )

    def to_json(self) -> dict[str, Any]:
        """Return a JSON value."""
        return asdict(self) | {"urgency": self.urgency.value}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Summary":
        """Read what `to_json` wrote, also after it went through JSON."""
        return cls(
            complaint=value["complaint"],
            said=tuple(value["said"]),
            findings=tuple((question, answer) for question, answer in value["findings"]),
            urgency=Urgency(value["urgency"]),
            advised=tuple(value["advised"]),
        )


def answering_profession(wanted: Profession, professions: list[str]) -> Profession:
    """Return the licence a clinician answers under: the one asked for if she has it, else her first."""
    if wanted in professions or not professions:
        return wanted
    return Profession(professions[0])
