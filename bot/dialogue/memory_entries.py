"""The entries of a talk's memory: each with its moment, from which follows how long it counts."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.dialogue.flow_data import FlowData
from bot.language.languages import Language
from core.db.tables import AftercareKind, Profession, Urgency
from core.findings import Finding, FindingKind, findings_json, read_findings
from core.understanding import Entity
from core.urgency import LEVELS
from core.words import Words, stands_in

# Findings and words count for a day: they tell little about the next.
RELEVANT_FOR = timedelta(hours=24)
# A place counts for a shorter time: the resident may have moved.
PLACE_RELEVANT_FOR = timedelta(hours=3)
# Messages of one breath follow each other within this time; so many, and so many characters, are heard together.
ONE_BREATH = timedelta(minutes=2)
MOST_PIECES = 5
MOST_OF_PIECES = 600

Json = Mapping[str, Any]


def is_current(at: datetime, now: datetime, within: timedelta = RELEVANT_FOR) -> bool:
    """Whether an entry of the moment `at` still counts."""
    return now - at <= within


@dataclass(frozen=True, slots=True, kw_only=True)
class PastConsultation:
    """A consultation, or a sign of danger that was not assessed.

    `findings` are its answers, `advised` what was told, `who` whom it is about as a clinician reads
    it, `protocols` the ids of those asked to their end (none: the level is a guess on the safe side). `danger` is the
    one whose first aid its card gave, `look_again_h` after how many hours the card says to look again.
    """

    complaint: Words
    urgency: Urgency
    at: datetime
    findings: tuple[Finding, ...] = ()
    advised: tuple[str, ...] = ()
    who: str = ""
    protocols: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    danger: str = ""
    look_again_h: float | None = None

    @property
    def is_card(self) -> bool:
        """Whether a card told its level; else it is a sign, or an interview left half-way."""
        return self.urgency is Urgency.RED or bool(self.advised)

    def covers(self, earlier: "PastConsultation") -> bool:
        """Whether this contains all of an earlier one: the same continued, or finally asked to its end."""
        said = set(earlier.complaint.lines)
        if not said or not said <= set(self.complaint.lines):
            return False
        found = {finding.said for finding in self.findings}
        # A fact that was learnt meanwhile takes nothing back.
        signs = [one for one in earlier.findings if one.mark.kind is not FindingKind.FACT]
        if any(one.said not in found for one in signs):
            return False
        is_no_less = LEVELS.index(self.urgency) <= LEVELS.index(earlier.urgency)
        is_end = not earlier.protocols and bool(self.protocols) and earlier.urgency is not Urgency.RED
        return is_no_less or is_end

    def to_json(self) -> dict[str, Any]:
        """Return the stored form."""
        value = {
            "complaint": str(self.complaint.text),
            "urgency": self.urgency.value,
            **findings_json(self.findings),
            "advised": list(self.advised),
            "who": self.who,
            "protocols": list(self.protocols),
            "departments": list(self.departments),
            "at": self.at.isoformat(),
        }
        later = {"danger": self.danger, "look_again_h": self.look_again_h}
        return value | {key: part for key, part in later.items() if part}

    @classmethod
    def from_json(cls, value: Json) -> "PastConsultation":
        """Read the stored form."""
        return cls(
            complaint=Words.of(value["complaint"]),
            urgency=Urgency(value["urgency"]),
            at=datetime.fromisoformat(value["at"]),
            findings=read_findings(value),
            advised=tuple(value["advised"]),
            who=value.get("who", ""),
            protocols=tuple(value.get("protocols", ())),
            departments=tuple(value.get("departments", ())),
            danger=value.get("danger", ""),
            look_again_h=value.get("look_again_h"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAfter:
    """A question after a card (`bot.flows.aftercare`) that was asked: its buttons may still be answered.

    `instance` is its buttons', `kind` what was asked, `level` that of the card given at `card_at`.
    """

    instance: str
    kind: AftercareKind
    level: Urgency
    card_at: datetime
    at: datetime
    danger: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the stored form."""
        return {
            "instance": self.instance,
            "kind": self.kind.value,
            "level": self.level.value,
            "card_at": self.card_at.isoformat(),
            "at": self.at.isoformat(),
            "danger": self.danger,
        }

    @classmethod
    def from_json(cls, value: Json) -> "AskedAfter":
        """Read the stored form."""
        return cls(
            instance=value["instance"],
            kind=AftercareKind(value["kind"]),
            level=Urgency(value["level"]),
            card_at=datetime.fromisoformat(value["card_at"]),
            at=datetime.fromisoformat(value["at"]),
            danger=value.get("danger", ""),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Words that no flow could assess and a person may; `profession` is the one they suit."""

    words: Words
    at: datetime
    profession: Profession | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A message of the last two minutes, which the next is heard together with.

    `at` is LINE's moment, `danger` the worry that was heard by then (its category); `is_open`: it is answered with
    the message that follows it.
    """

    words: Words
    at: datetime
    danger: str = ""
    is_open: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether its words were taken back."""
        return not self.words

    def to_json(self) -> dict[str, Any]:
        """Return the stored form."""
        value = {"said": str(self.words.text), "at": self.at.isoformat(), "danger": self.danger}
        return value | ({"open": True} if self.is_open else {})

    @classmethod
    def from_json(cls, value: Json) -> "Piece":
        """Read the stored form."""
        return cls(
            words=Words.of(value["said"]),
            at=datetime.fromisoformat(value["at"]),
            danger=value.get("danger", ""),
            is_open=value.get("open", False),
        )


def pieces_at(pieces: Iterable[Piece], at: datetime) -> tuple[Piece, ...]:
    """Return the pieces that a message of the moment `at` belongs to, in LINE's order, at most as many as are heard."""
    near = sorted((one for one in pieces if abs(at - one.at) <= ONE_BREATH), key=lambda one: one.at)
    kept: list[Piece] = []
    room = MOST_OF_PIECES
    for one in reversed(near[-MOST_PIECES:]):
        room -= len(one.words.text)
        if room < 0:
            break
        kept.append(one)
    return tuple(reversed(kept))


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingIntent:
    """A further intent of a message, served when the running flow has ended."""

    intent: str
    words: Words
    at: datetime
    entities: tuple[Entity, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether its words were taken back: then its entities, which came from them, go too."""
        return not self.words


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupted:
    """An interrupted question; it can be taken up again."""

    flow: str
    instance: str
    step: str
    data: FlowData
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedLocation:
    """A place that was sent, in WGS 84 degrees."""

    latitude: float
    longitude: float
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LastSearch:
    """The last search (its JSON form), the instance of its buttons, and how many results were shown."""

    wanted: Json
    instance: str
    shown: int
    at: datetime

    def without_words(self, spoken: AbstractSet[str]) -> "LastSearch":
        """Return the same without the name of a place that was taken from words a resident took back."""
        kept = {
            key: value
            for key, value in self.wanted.items()
            if key != "name" or not stands_in(str(value), spoken)
        }
        return replace(self, wanted=kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageSeen:
    """The language, other than Japanese, in which a resident last wrote."""

    language: Language
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """When words of a waiting resident were last acknowledged, and in which thread."""

    thread: str
    at: datetime
