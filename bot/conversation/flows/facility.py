"""Where to go: a place first, then the three nearest."""

from bot.conversation.flows.menu import wish
from bot.conversation.said import Said
from bot.conversation.turn import Context, ShowFacilities, State, Turn
from core.ja import fold
from core.messages import Message, SendLocation, Text
from core.municipalities import District

DEFAULT_DEPARTMENT = "内科"
# Entity values of `facility_type` that are kinds of their own, with no departments inside.
KIND_OF = {"薬局": "pharmacy", "歯科": "dental"}


def named_district(text: str, ctx: Context) -> District | None:
    """Return the district a resident names, by its name, reading or another name; the longest match counts."""
    said = fold(text)
    names = [(fold(n), d) for d in ctx.city.districts for n in (d.name, d.kana, *d.aliases)]
    for name, district in sorted(names, key=lambda pair: -len(pair[0])):
        # 「平」 by itself is the district; inside other words it is not.
        if name == said or (len(name) > 1 and name in said):
            return district
    return None


class FacilitySearch:
    """Asks for the place unless it is known, then shows what is near."""

    name = "facility"

    def start(self, state: State, said: Said, ctx: Context) -> Turn:
        """Take what was said already: kind, department, place."""
        kind = KIND_OF.get(said.entity("facility_type"), "")
        department = said.entity("department") or ("" if kind else DEFAULT_DEPARTMENT)
        asked = State(
            self.name, ctx.instance, "where", {"department": department, "kind": kind}, state.memory
        )
        if said.kind == "text" and said.entity("area"):
            found = self.resume(asked, said, ctx)
            if found:
                return found
        if said.kind == "location":
            return self.resume(asked, said, ctx) or Turn(asked, self.ask_again(asked, ctx))
        return Turn(asked, self.ask_again(asked, ctx))

    def resume(self, state: State, said: Said, ctx: Context) -> Turn | None:
        """Take the place: a location, or a district by name."""
        place: tuple[float, float] | None = None
        if said.kind == "location" and said.latitude is not None and said.longitude is not None:
            place = (said.latitude, said.longitude)
        elif said.kind == "text":
            district = named_district(said.text, ctx)
            place = (district.latitude, district.longitude) if district else None
        if place is None:
            return None
        action = ShowFacilities(*place, department=state.data["department"], kind=state.data["kind"])
        return Turn(state.ended(), (), (action,))

    def ask_again(self, state: State, ctx: Context) -> tuple[Message, ...]:
        """Ask for the place."""
        what = state.data["department"] or ctx.texts(f"facility.kind.{state.data['kind']}")
        ask = SendLocation(ctx.texts("talk.facility.send_location"))
        return (Text(text=ctx.texts("talk.facility.where", what=what), quick=(ask, wish("person", ctx))),)
