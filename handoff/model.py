"""What a clinician gets with a thread: a summary, and how urgent it is."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

from core.db.tables import Profession, Urgency
from core.findings import Finding, FindingKind, findings_json, latest, read_findings, worst_first
from core.outside_text import shows_nothing
from core.urgency import more_urgent
from core.words import NO_WORDS, Words

T = TypeVar("T")
# Openings that tell nothing: the inbox row shows what comes after them.
COURTESY = re.compile(
    r"^(?:(?:こんにち[はわ]|こんばん[はわ]|おはよう(?:ございます)?|はじめまして|初めまして|お世話にな(?:ります|って(?:い)?ます)"
    r"|すみません(?!が)|すいません(?!が))[、。,!！\s]*)+"
)
# Characters; a shorter line rarely says what is the matter.
TELLING = 5


class Basis(StrEnum):
    """How the urgency of a thread was found."""

    PROTOCOL = "protocol"  # a protocol was asked to its end
    SIGN = "sign"  # the screen or a first-check answer found a sign of danger
    UNASSESSED = "unassessed"  # not assessed: the level is on the safe side
    FEEDBACK = "feedback"  # words about the service, nothing to assess


# Of two bases the better known one counts; a sign counts before all.
BASES = (Basis.SIGN, Basis.PROTOCOL, Basis.UNASSESSED, Basis.FEEDBACK)


def _merged(old: tuple[T, ...], new: tuple[T, ...]) -> tuple[T, ...]:
    return old + tuple(item for item in new if item not in old)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What is known when a talk is handed over, so that the resident need not say it again.

    `who` is whom it is about, as the resident put it; `said` are the resident's own words, `findings` what
    was asked and answered, `advised` what the bot has told the resident so far, `protocols` the titles of
    those that found the urgency, `departments` where to go (診療科), `wishes` the titles of further intents that have not been served, `language` the code of
    the language in which the resident wrote, empty for Japanese.
    """

    who: str = ""
    complaint: Words = NO_WORDS
    said: tuple[Words, ...] = ()
    findings: tuple[Finding, ...] = ()
    urgency: Urgency = Urgency.WHITE
    advised: tuple[str, ...] = ()
    basis: Basis = Basis.UNASSESSED
    protocols: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    wishes: tuple[str, ...] = ()
    language: str = ""

    @property
    def is_unassessed(self) -> bool:
        """Whether the urgency was not assessed."""
        return self.basis is Basis.UNASSESSED

    @property
    def headline(self) -> str:
        """The first telling line of the complaint, with whom it is about; for the inbox row."""
        words = (*self.complaint, *(line for said in self.said[-1:] for line in said))
        lines = [COURTESY.sub("", line).strip() for line in words if not shows_nothing(line)]
        told = next((line for line in lines if len(line) >= TELLING), next(filter(None, lines), ""))
        return f"{self.who}：{told}" if self.who and told else told

    @property
    def told(self) -> tuple[Finding, ...]:
        """The signs and dangers that are not denied (yes, unsure, told), the most serious and the newest first."""
        about = {FindingKind.SIGN, FindingKind.DANGER}
        return worst_first(f for f in self.findings if f.mark.kind in about and not f.is_denied)

    @property
    def risks(self) -> tuple[Finding, ...]:
        """What raises the level: age, illnesses, medicines."""
        return tuple(f for f in self.findings if f.mark.kind is FindingKind.RISK and not f.is_denied)

    @property
    def facts(self) -> tuple[Finding, ...]:
        """Sex, pregnancy, measured values, since when."""
        return tuple(f for f in self.findings if f.mark.kind is FindingKind.FACT)

    @property
    def denied(self) -> tuple[str, ...]:
        """The questions that were answered with no."""
        return tuple(finding.question for finding in self.findings if finding.is_denied)

    def extended(self, newer: "Summary") -> "Summary":
        """Return this summary with what `newer` adds; a later answer replaces an earlier one."""
        return replace(
            self,
            who=newer.who or self.who,
            complaint=newer.complaint or self.complaint,
            said=_merged(self.said, newer.said),
            findings=worst_first(latest((*self.findings, *newer.findings))),
            urgency=more_urgent(self.urgency, newer.urgency),
            advised=_merged(self.advised, newer.advised),
            basis=min(self.basis, newer.basis, key=BASES.index),
            protocols=_merged(self.protocols, newer.protocols),
            departments=_merged(self.departments, newer.departments),
            wishes=_merged(self.wishes, newer.wishes),
            language=newer.language or self.language,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the stored form, all keys present.

        `{"who", "complaint": text, "said": [text], "findings": [[question, label]], "answers": [answer],
        "urgency", "advised": [text], "basis", "protocols": [title], "departments": [name], "wishes": [title], "language"}`; the lines of words
        are joined by newlines; for `findings`, `answers` and `marks` see `core.findings.findings_json`.
        """
        return {
            "who": self.who,
            "complaint": str(self.complaint.text),
            "said": [str(words.text) for words in self.said],
            **findings_json(self.findings),
            "urgency": self.urgency.value,
            "advised": list(self.advised),
            "basis": self.basis.value,
            "protocols": list(self.protocols),
            "departments": list(self.departments),
            "wishes": list(self.wishes),
            "language": self.language,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Summary":
        """Read the stored form; earlier releases lack what is read here with a default."""
        return cls(
            who=value.get("who", ""),
            complaint=Words.of(value["complaint"]),
            said=tuple(Words.of(words) for words in value["said"]),
            findings=read_findings(value),
            urgency=Urgency(value["urgency"]),
            advised=tuple(value["advised"]),
            basis=Basis(value["basis"]) if "basis" in value else _basis_before(value),
            protocols=tuple(value.get("protocols", ())),
            departments=tuple(value.get("departments", ())),
            wishes=tuple(value.get("wishes", ())),
            language=value.get("language", ""),
        )


def _basis_before(value: dict[str, Any]) -> Basis:
    """Return the basis of a summary that has none stored: then findings came only from protocols."""
    return Basis.PROTOCOL if value["findings"] else Basis.UNASSESSED


def answering_profession(wanted: Profession, professions: list[str]) -> Profession | None:
    """Return the profession a clinician answers under: the one asked for if she has it, else her first.

    None for an account without a profession; none is made up for it.
    """
    if wanted in professions:
        return wanted
    return Profession(professions[0]) if professions else None
