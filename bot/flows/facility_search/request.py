"""What a resident looks for, as it becomes known: by what is said now, said before, or found out in a consultation."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.dialogue.memory import recent, recent_place, recent_urgency
from bot.dialogue.turn import Context, State
from bot.dialogue.user_input import Said
from bot.flows.facility_search.last_search import wanted_json
from bot.flows.facility_search.parsing import (
    CLINIC,
    certain_facility,
    is_about_child,
    named_district,
    names_place_to_go,
    sort_of_facility,
    tells_of_child,
)
from core.db.tables import Urgency
from facilities.asked_time import NOW, meant_when, read_when
from facilities.departments import CHILDREN, GENERAL
from facilities.model import Wanted
from facilities.places import district_named

FRAGMENT = 8  # characters
SOON = frozenset({Urgency.ORANGE, Urgency.YELLOW})


@dataclass(frozen=True, slots=True)
class Looking:
    """What is looked for, as it becomes known."""

    wanted: Wanted

    @classmethod
    def nothing(cls) -> "Looking":
        """Begin."""
        return cls(Wanted())

    @classmethod
    def of(cls, said: Said, ctx: Context) -> "Looking":
        """Read one thing that is said."""
        return cls.nothing().heard(said, ctx)

    @classmethod
    def kept(cls, data: Mapping[str, Any]) -> "Looking":
        """Read what an earlier turn kept."""
        return cls(Wanted(**data.get("wanted", {})))

    def to_json(self) -> dict[str, Any]:
        """Return the form that is kept."""
        return wanted_json(self.wanted)

    def heard(self, said: Said, ctx: Context) -> "Looking":
        """Return the same with what is said now; a new department or kind takes the place of both."""
        if said.kind == "location":
            here = replace(self.wanted, latitude=said.latitude, longitude=said.longitude, district="")
            return Looking(here)
        if said.kind != "text":
            return self
        found = self.wanted
        department, kind = sort_of_facility(said)
        if department or kind:
            found = replace(found, department=department, kind=kind, name="")
        if when := read_when(said.text, ctx.now) or meant_when(said.entity("when"), ctx.now):
            found = replace(found, when=when)
        if name := certain_facility(said, ctx):
            found = replace(found, name=name)
        return Looking(found).at_district(named_district(said, ctx), ctx)

    def at_district(self, name: str, ctx: Context) -> "Looking":
        """Return the same from a district's reference point."""
        district = district_named(name, ctx.city)
        if district is None:
            return self
        there = replace(
            self.wanted, latitude=district.latitude, longitude=district.longitude, district=district.name
        )
        return Looking(there)

    def continued(self, before: Wanted, said: Said) -> "Looking":
        """Return the same with what the last search tells: 「日曜は？」, 「薬局は？」, a place sent without a word.

        The place is taken over by words; what is looked for only where no sort of facility is named anew.
        """
        wanted = self.wanted
        if wanted.name or said.kind not in {"text", "location"}:
            return self
        if wanted.place is None:
            wanted = replace(
                wanted, latitude=before.latitude, longitude=before.longitude, district=before.district
            )
        if not (wanted.department or wanted.kind or names_place_to_go(said.text)):
            wanted = replace(wanted, department=before.department, kind=before.kind)
        # A mere 「薬局は？」 is about the same time; a whole sentence would say it.
        if not wanted.when and len(said.text) <= FRAGMENT:
            wanted = replace(wanted, when=before.when)
        return Looking(wanted)

    def completed(self, said: Said, state: State, ctx: Context) -> "Looking":
        """Return the same with what was not said but is known.

        The place that was sent a short while ago. The department of the last consultation, else 内科, for a child
        小児科. For now, where the consultation found that it cannot wait.
        """
        wanted = self.wanted
        if wanted.name:
            return self
        place = recent_place(state, ctx.now)
        if wanted.place is None and place and said.kind == "text":
            wanted = replace(wanted, latitude=place[0], longitude=place[1])
        if not wanted.department and wanted.kind in {"", CLINIC}:
            wanted = replace(wanted, department=_usual_department(said, state, ctx))
        if not wanted.when and recent_urgency(state, ctx.now) in SOON:
            wanted = replace(wanted, when=NOW)
        return Looking(wanted)


def advised_departments(state: State, ctx: Context) -> tuple[str, ...]:
    """Return the departments that the last consultation named, while it is relevant."""
    return tuple(recent(state, ctx.now).get("departments", ()))


def _usual_department(said: Said, state: State, ctx: Context) -> str:
    advised = advised_departments(state, ctx)
    if advised:
        return advised[0]
    about_child = is_about_child(said) or tells_of_child(recent(state, ctx.now).get("who", ""))
    return CHILDREN if about_child else GENERAL
