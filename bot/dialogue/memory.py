"""Remember what outlives a flow: typed entries, each with its moment and its lifetime.

Stored as JSON in the talk's state. The keys and their shapes are those of the first release: a talk may be
served by an older worker a moment later, so a key is never renamed and only ever gains fields.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.dialogue.flow_data import FlowDataTypes
from bot.dialogue.memory_entries import (
    PLACE_RELEVANT_FOR,
    RELEVANT_FOR,
    Acknowledgement,
    AskedAfter,
    Interrupted,
    Json,
    LanguageSeen,
    LastSearch,
    PastConsultation,
    PendingIntent,
    Piece,
    Remark,
    SharedLocation,
    is_current,
    pieces_at,
)
from bot.language.languages import Language
from core.db.tables import Profession, Urgency
from core.findings import Finding
from core.understanding import Entity
from core.urgency import LEVELS, more_urgent
from core.words import Words

# Questions after cards whose buttons may still be answered.
MOST_ASKED_AFTER = 4
# Consultations kept in addition to the latest.
MOST_EARLIER = 5
# A safety question that was answered counts for the same complaint: about the length of an interview. What is told again
# later may have become worse.
ASKED_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What outlives a flow; the latest consultation first.

    `said_cards` are the emergency cards a clinician's talk has had, by thread and category; `asked_dangers` the
    dangers whose safety question was asked, by category; `asked_at` is when the open question was asked, `file_at`
    when the last file was answered, `language` the one last written beside Japanese, `person` what an operator's command told
    beforehand (its JSON form), `pieces` the latest messages, which no card and no person has answered, `asked_after` the
    questions after cards that are not answered yet.
    """

    consultations: tuple[PastConsultation, ...] = ()
    remark: Remark | None = None
    pending: tuple[PendingIntent, ...] = ()
    interrupted: Interrupted | None = None
    search: LastSearch | None = None
    location: SharedLocation | None = None
    said_cards: Mapping[str, datetime] | None = None
    asked_dangers: Mapping[str, datetime] | None = None
    acknowledged: Acknowledgement | None = None
    asked_at: datetime | None = None
    file_at: datetime | None = None
    language: LanguageSeen | None = None
    person: Json | None = None
    pieces: tuple[Piece, ...] = ()
    asked_after: tuple[AskedAfter, ...] = ()

    # Gaining

    def with_consultation(self, new: PastConsultation) -> "Memory":
        """Return the memory with a new consultation; earlier ones of the day are kept beside it."""
        new = replace(new, complaint=new.complaint.shortened())
        if self.consultations[:1] == (new,):
            return self
        oldest = new.at - RELEVANT_FOR
        standing = [one for one in self.consultations if one.at >= oldest and not new.covers(one)]
        worst = sorted(standing, key=lambda one: LEVELS.index(one.urgency))[:MOST_EARLIER]
        return replace(self, consultations=(new, *(one for one in standing if one in worst)))

    def with_sign(self, words: Words, urgency: Urgency, now: datetime, *findings: Finding) -> "Memory":
        """Return the memory with a sign of danger that was not assessed, and what it was found to be.

        Earlier findings are kept beside it, with their own level and age.
        """
        last = self.last_consultation(now)
        return self.with_consultation(
            PastConsultation(
                complaint=words,
                urgency=urgency,
                at=now,
                findings=findings,
                who=last.who if last else "",
                departments=last.departments if last else (),
            )
        )

    def with_asked(self, danger: str, now: datetime) -> "Memory":
        """Return the memory with a danger whose safety question is asked now."""
        return replace(self, asked_dangers={**(self.asked_dangers or {}), danger: now})

    def with_asked_after(self, new: AskedAfter) -> "Memory":
        """Return the memory with a question after a card; the oldest are forgotten."""
        kept = tuple(one for one in self.asked_after if one.kind is not new.kind)
        return replace(self, asked_after=(*kept, new)[-MOST_ASKED_AFTER:])

    def without_asked_after(self, instance: str) -> "Memory":
        """Return the memory after the answer to a question after a card."""
        return replace(self, asked_after=tuple(o for o in self.asked_after if o.instance != instance))

    def without_places(self) -> "Memory":
        """Return the memory without the resident's place: a shared location, the last search."""
        return replace(self, location=None, search=None)

    def without_pending(self, intents: Collection[str]) -> "Memory":
        """Return the memory without pending intents that are being served anyway."""
        return replace(self, pending=tuple(one for one in self.pending if one.intent not in intents))

    def with_remark(self, words: Words, now: datetime, profession: Profession | None = None) -> "Memory":
        """Return the memory with words for a person; unchanged without words."""
        if not words:
            return self
        return replace(self, remark=Remark(words=words.shortened(), at=now, profession=profession))

    def with_piece(self, new: Piece) -> "Memory":
        """Return the memory with one more message of those that are heard together; long ones are not."""
        pieces = (*self.pieces, new)
        return replace(self, pieces=pieces_at(pieces, max(one.at for one in pieces)))

    @property
    def open_pieces(self) -> tuple[Piece, ...]:
        """The messages that are answered with the next one."""
        return tuple(one for one in self.pieces if one.is_open)

    def without_open_pieces(self) -> "Memory":
        """Return the memory after an answer to all that was said."""
        if not any(one.is_open for one in self.pieces):
            return self
        return replace(self, pieces=tuple(replace(one, is_open=False) for one in self.pieces))

    # Recalling

    def last_consultation(self, now: datetime) -> PastConsultation | None:
        """Return the latest consultation while it counts. For the level use `urgency`, which covers all."""
        return next((one for one in self.consultations[:1] if is_current(one.at, now)), None)

    def relevant_consultations(self, now: datetime) -> tuple[PastConsultation, ...]:
        """Return all consultations and signs that still count, the latest first."""
        return tuple(one for one in self.consultations if is_current(one.at, now))

    def urgency(self, now: datetime) -> Urgency | None:
        """Return the highest urgency that still counts: a later mild complaint does not lower it."""
        levels = [one.urgency for one in self.relevant_consultations(now)]
        return more_urgent(*levels) if levels else None

    def has_asked(self, danger: str, now: datetime) -> bool:
        """Whether the safety question of a danger was asked lately: it is not repeated for the same complaint."""
        at = (self.asked_dangers or {}).get(danger)
        return at is not None and is_current(at, now, ASKED_FOR)

    def last_remark(self, now: datetime) -> Remark | None:
        """Return the words for a person while they count."""
        return self.remark if self.remark and is_current(self.remark.at, now) else None

    def last_location(self, now: datetime) -> SharedLocation | None:
        """Return a location that was sent unasked a short while ago."""
        found = self.location
        return found if found and is_current(found.at, now, PLACE_RELEVANT_FOR) else None

    def last_search(self, now: datetime) -> LastSearch | None:
        """Return the last search while it counts: not long ago, and no consultation since."""
        found = self.search
        if not found or not is_current(found.at, now, PLACE_RELEVANT_FOR):
            return None
        is_older = any(one.at > found.at for one in self.consultations[:1])
        return None if is_older else found

    def open_interruption(self, now: datetime) -> Interrupted | None:
        """Return the question that can be taken up again."""
        return self.interrupted if self.interrupted and is_current(self.interrupted.at, now) else None

    def spoken_language(self, now: datetime) -> str:
        """Return the code of the language in which the resident wrote lately; empty for Japanese."""
        return self.language.language.value if self.language and is_current(self.language.at, now) else ""

    # Storing

    def to_json(self) -> dict[str, Any]:
        """Return the stored form; empty entries are left out."""
        found = [one.to_json() for one in self.consultations]
        value = {
            "consultation": found[0] if found else None,
            "earlier": found[1:],
            "told": _remark_json(self.remark),
            "wishes": [_pending_json(one) for one in self.pending],
            "left": _interrupted_json(self.interrupted),
            "search": _search_json(self.search),
            "place": _location_json(self.location),
            "cards": {key: {"at": at.isoformat()} for key, at in (self.said_cards or {}).items()},
            "asked": {danger: at.isoformat() for danger, at in (self.asked_dangers or {}).items()},
            "acknowledged": _acknowledged_json(self.acknowledged),
            "asked_at": self.asked_at.isoformat() if self.asked_at else None,
            "file_at": self.file_at.isoformat() if self.file_at else None,
            "language": _language_json(self.language),
            "person": dict(self.person) if self.person else None,
            "pieces": [one.to_json() for one in self.pieces],
            "aftercare": [one.to_json() for one in self.asked_after],
        }
        return {key: part for key, part in value.items() if part}

    @classmethod
    def from_json(cls, value: Json, types: FlowDataTypes) -> "Memory":
        """Read the stored form; `types` read what flows keep."""
        latest = [value["consultation"]] if value.get("consultation") else []
        cards = {key: datetime.fromisoformat(card["at"]) for key, card in value.get("cards", {}).items()}
        asked = {danger: datetime.fromisoformat(at) for danger, at in value.get("asked", {}).items()}
        return cls(
            consultations=tuple(
                PastConsultation.from_json(one) for one in (*latest, *value.get("earlier", ()))
            ),
            remark=_read_remark(value.get("told")),
            pending=tuple(_read_pending(one) for one in value.get("wishes", ())),
            interrupted=_read_interrupted(value.get("left"), types),
            search=_read_search(value.get("search")),
            location=_read_location(value.get("place")),
            said_cards=cards or None,
            asked_dangers=asked or None,
            acknowledged=_read_acknowledged(value.get("acknowledged")),
            asked_at=_read_time(value.get("asked_at")),
            file_at=_read_time(value.get("file_at")),
            language=_read_language(value.get("language")),
            person=value.get("person"),
            pieces=read_pieces(value),
            asked_after=tuple(AskedAfter.from_json(one) for one in value.get("aftercare", ())),
        )


def read_pieces(value: Json) -> tuple[Piece, ...]:
    """Read only the latest messages of a stored memory."""
    return tuple(Piece.from_json(one) for one in value.get("pieces", ()))


def _read_time(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _remark_json(remark: Remark | None) -> Json | None:
    if remark is None:
        return None
    profession = remark.profession.value if remark.profession else ""
    return {"complaint": str(remark.words.text), "profession": profession, "at": remark.at.isoformat()}


def _read_remark(value: Json | None) -> Remark | None:
    if not value:
        return None
    profession = Profession(value["profession"]) if value.get("profession") else None
    at = datetime.fromisoformat(value["at"])
    return Remark(words=Words.of(value["complaint"]), at=at, profession=profession)


def _pending_json(pending: PendingIntent) -> Json:
    return {
        "intent": pending.intent,
        "said": str(pending.words.text),
        "entities": [[e.kind, e.value, e.text] for e in pending.entities],
        "at": pending.at.isoformat(),
    }


def _read_pending(value: Json) -> PendingIntent:
    return PendingIntent(
        intent=value["intent"],
        words=Words.of(value["said"]),
        at=datetime.fromisoformat(value["at"]),
        entities=tuple(Entity(*fields) for fields in value["entities"]),
    )


def _interrupted_json(left: Interrupted | None) -> Json | None:
    if left is None:
        return None
    return {
        "flow": left.flow,
        "instance": left.instance,
        "step": left.step,
        "data": left.data.to_json(),
        "at": left.at.isoformat(),
    }


def _read_interrupted(value: Json | None, types: FlowDataTypes) -> Interrupted | None:
    # A flow that this release does not know cannot be taken up again.
    if not value or value["flow"] not in types:
        return None
    return Interrupted(
        flow=value["flow"],
        instance=value["instance"],
        step=value["step"],
        data=types[value["flow"]].from_json(value["data"]),
        at=datetime.fromisoformat(value["at"]),
    )


def _search_json(search: LastSearch | None) -> Json | None:
    if search is None:
        return None
    return {
        "wanted": dict(search.wanted),
        "instance": search.instance,
        "shown": search.shown,
        "at": search.at.isoformat(),
    }


def _read_search(value: Json | None) -> LastSearch | None:
    if not value:
        return None
    at = datetime.fromisoformat(value["at"])
    return LastSearch(wanted=value["wanted"], instance=value["instance"], shown=value["shown"], at=at)


def _location_json(location: SharedLocation | None) -> Json | None:
    if location is None:
        return None
    return {
        "latitude": location.latitude,
        "longitude": location.longitude,
        "at": location.at.isoformat(),
    }


def _read_location(value: Json | None) -> SharedLocation | None:
    if not value:
        return None
    at = datetime.fromisoformat(value["at"])
    return SharedLocation(latitude=value["latitude"], longitude=value["longitude"], at=at)


def _language_json(seen: LanguageSeen | None) -> Json | None:
    return {"code": seen.language.value, "at": seen.at.isoformat()} if seen else None


def _read_language(value: Json | None) -> LanguageSeen | None:
    # A language that this release does not know is one that staff have to find out.
    if not value:
        return None
    known = value["code"] in set(Language)
    language = Language(value["code"]) if known else Language.OTHER
    return LanguageSeen(language=language, at=datetime.fromisoformat(value["at"]))


def _acknowledged_json(stamp: Acknowledgement | None) -> Json | None:
    return {"thread": stamp.thread, "at": stamp.at.isoformat()} if stamp else None


def _read_acknowledged(value: Json | None) -> Acknowledgement | None:
    return Acknowledgement(thread=value["thread"], at=datetime.fromisoformat(value["at"])) if value else None
