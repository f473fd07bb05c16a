"""Collect what a resident looks for: from the words now, the words before, and the consultation."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass, replace
from typing import Any

from bot.dialogue.flow import Context
from bot.dialogue.state import State
from bot.dialogue.user_input import UserInput
from bot.flows.facility_search.parsing import (
    CLINIC,
    certain_facility,
    is_about_child,
    named_district,
    named_place,
    names_place_to_go,
    sort_of_facility,
    tells_of_child,
)
from core.db.tables import Urgency
from core.municipalities import Place
from core.words import stands_in
from facilities.asked_time import NOW, meant_when, read_when
from facilities.departments import CHILDREN, GENERAL
from facilities.model import Wanted
from facilities.places import district_named

FRAGMENT = 8  # characters
SOON = frozenset({Urgency.ORANGE, Urgency.YELLOW})


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What is looked for, as far as it is known."""

    wanted: Wanted

    @classmethod
    def nothing(cls) -> "SearchRequest":
        """Return an empty request."""
        return cls(Wanted())

    @classmethod
    def of(cls, user_input: UserInput, ctx: Context) -> "SearchRequest":
        """Return the request in one input."""
        return cls.nothing().heard(user_input, ctx)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "SearchRequest":
        """Read the stored form."""
        return cls(Wanted(**value))

    def to_json(self) -> dict[str, Any]:
        """Return the stored form; empty values are left out."""
        return {key: value for key, value in asdict(self.wanted).items() if value not in ("", None)}

    def without_place(self) -> "SearchRequest":
        """Return the same without the starting point."""
        return SearchRequest(replace(self.wanted, latitude=None, longitude=None, district="", landmark=""))

    def without_words(self, spoken: AbstractSet[str]) -> "SearchRequest":
        """Return the same without a name that was taken from words a resident took back."""
        return SearchRequest(replace(self.wanted, name="")) if stands_in(self.wanted.name, spoken) else self

    def heard(self, user_input: UserInput, ctx: Context) -> "SearchRequest":
        """Return the same with the input's words; a new department or kind replaces both."""
        if user_input.kind == "location":
            here = replace(
                self.wanted,
                latitude=user_input.latitude,
                longitude=user_input.longitude,
                district="",
                landmark="",
            )
            return SearchRequest(here)
        if user_input.kind != "text":
            return self
        found = self.wanted
        department, kind = sort_of_facility(user_input)
        if department or kind:
            found = replace(found, department=department, kind=kind, name="")
        if when := read_when(user_input.text, ctx.now) or meant_when(user_input.entity("when"), ctx.now):
            found = replace(found, when=when)
        if name := certain_facility(user_input, ctx):
            found = replace(found, name=name)
        if place := named_place(user_input, ctx):
            return SearchRequest(found).at_place(place)
        return SearchRequest(found).at_district(named_district(user_input, ctx), ctx)

    def at_place(self, place: Place) -> "SearchRequest":
        """Return the same from a town, a station or a landmark."""
        return SearchRequest(
            replace(
                self.wanted,
                latitude=place.latitude,
                longitude=place.longitude,
                district="",
                landmark=place.name,
            )
        )

    def at_district(self, name: str, ctx: Context) -> "SearchRequest":
        """Return the same from a district's reference point."""
        district = district_named(name, ctx.city)
        if district is None:
            return self
        there = replace(
            self.wanted,
            latitude=district.latitude,
            longitude=district.longitude,
            district=district.name,
            landmark="",
        )
        return SearchRequest(there)

    def continued(self, before: Wanted, user_input: UserInput) -> "SearchRequest":
        """Return the same, completed by the last search: 「日曜は？」, 「薬局は？」, a place without words.

        Words keep the last place; they keep what was looked for only when they name no kind of facility.
        """
        wanted = self.wanted
        if wanted.name or user_input.kind not in {"text", "location"}:
            return self
        if wanted.place is None:
            wanted = replace(
                wanted,
                latitude=before.latitude,
                longitude=before.longitude,
                district=before.district,
                landmark=before.landmark,
            )
        if not (wanted.department or wanted.kind or names_place_to_go(user_input.text)):
            wanted = replace(wanted, department=before.department, kind=before.kind)
        # A bare 「薬局は？」 keeps the time; a whole sentence would name it.
        if not wanted.when and len(user_input.text) <= FRAGMENT:
            wanted = replace(wanted, when=before.when)
        return SearchRequest(wanted)

    def completed(self, user_input: UserInput, state: State, ctx: Context) -> "SearchRequest":
        """Return the same, completed by what is known.

        The place that was sent a short while ago. The department of the last consultation, else 内科, for a
        child 小児科. The time `now`, if the consultation found that it cannot wait.
        """
        wanted = self.wanted
        if wanted.name:
            return self
        place = state.memory.last_location(ctx.now)
        if wanted.place is None and place and user_input.kind == "text":
            wanted = replace(wanted, latitude=place.latitude, longitude=place.longitude)
        if not wanted.department and wanted.kind in {"", CLINIC}:
            wanted = replace(wanted, department=_usual_department(user_input, state, ctx))
        if not wanted.when and state.memory.urgency(ctx.now) in SOON:
            wanted = replace(wanted, when=NOW)
        return SearchRequest(wanted)


def advised_departments(state: State, ctx: Context) -> tuple[str, ...]:
    """Return the departments of the last consultation, while it counts."""
    last = state.memory.last_consultation(ctx.now)
    return last.departments if last else ()


def _usual_department(user_input: UserInput, state: State, ctx: Context) -> str:
    advised = advised_departments(state, ctx)
    if advised:
        return advised[0]
    last = state.memory.last_consultation(ctx.now)
    about_child = is_about_child(user_input) or tells_of_child(last.who if last else "")
    return CHILDREN if about_child else GENERAL
