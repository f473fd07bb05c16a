"""Where to go: takes what was said, asks for the place if it is not known, then shows the three nearest."""

from bot.dialogue.memory import recent_urgency
from bot.dialogue.menu import wish
from bot.dialogue.turn import Context, ShowFacilities, State, Turn
from bot.dialogue.user_input import Said
from bot.flows.facility_search.last_search import last_search, search_memory
from bot.flows.facility_search.parsing import Topic, topic_of, unknown_place
from bot.flows.facility_search.referrals import aed_card, desk_messages, which_department
from bot.flows.facility_search.request import Looking, advised_departments
from bot.language.typed_replies import START_OVER, plain
from core.db.tables import Urgency
from core.messages import Action, Answer, Call, Choices, Message, Say, SendLocation, Tap, Text
from facilities.replies import what_words
from facilities.service import AT_ONCE

# What a short message at the open question may be understood as and still answer it.
OF_THE_SEARCH = frozenset({"", "find_facility", "out_of_scope", "affirm", "deny"})
SHORT = 20  # characters: longer ones tell of something else
MISSES = 2


class FacilitySearch:
    """Asks one question, `where`; what is shown ends the talk, and its buttons stay good for a while."""

    name = "facility"

    def start(self, state: State, said: Said, ctx: Context) -> Turn:
        """Take what was said already: department, kind, time, place, or a certain facility."""
        if turn := self._without_search(state, said, ctx):
            return turn
        search = last_search(state, ctx.now)
        place = unknown_place(said, ctx)
        looking = Looking.of(said, ctx)
        if search and not place:
            looking = looking.continued(search.wanted, said)
        looking = looking.completed(said, state, ctx)
        opened = State(self.name, ctx.instance, "where", {"wanted": looking.to_json()}, state.memory)
        return self._missed(opened, place, ctx) if place else self._go(opened, looking, ctx)

    def resume(self, state: State, said: Said, ctx: Context) -> Turn | None:
        """Take the place, or more about what is looked for; None for what belongs elsewhere."""
        if said.answer:
            return self._tapped(state, said.answer, ctx)
        if said.kind not in {"location", "text"} or (said.kind == "text" and not _belongs(said)):
            return None
        if said.kind == "text" and topic_of(said) is not Topic.SEARCH:
            return self._without_search(state, said, ctx)
        before = Looking.kept(state.data)
        looking = before.heard(said, ctx)
        if looking != before:
            looking = looking.completed(said, state, ctx)
            return self._go(state.at("where", wanted=looking.to_json()), looking, ctx)
        if said.is_deaf:
            return None
        is_told = Looking.of(said, ctx) != Looking.nothing()
        return Turn(state, self.ask_again(state, ctx)) if is_told else self._missed(state, said.text, ctx)

    def ask_again(self, state: State, ctx: Context) -> tuple[Message, ...]:
        """Ask for the place."""
        if state.step != "where":
            return ()
        what = what_words(Looking.kept(state.data).wanted, ctx.texts)
        districts = "".join(f"「{district.name}」" for district in ctx.city.districts[:2])
        words = ctx.texts("talk.facility.where", what=what, districts=districts)
        return (Text(text=words, quick=self._ways(state, ctx)),)

    def stays_good(self, state: State, answer: Answer, ctx: Context) -> bool:
        """Whether a button under the last results still means something: nothing else has been asked since."""
        search = last_search(state, ctx.now)
        return search is not None and not state.flow and search.instance == answer.instance

    def _without_search(self, state: State, said: Said, ctx: Context) -> Turn | None:
        """Answer what no search finds."""
        topic = topic_of(said) if said.kind == "text" else Topic.SEARCH
        match topic:
            case Topic.AED:
                return Turn(state.ended(), (aed_card(ctx),))
            case Topic.ON_DUTY | Topic.NIGHT_CLINIC if desks := desk_messages(topic, ctx):
                return Turn(state.ended(), desks)
            case Topic.WHICH_DEPARTMENT if not advised_departments(state, ctx):
                return Turn(state.ended(), (which_department(ctx),))
            case _:
                return None

    def _tapped(self, state: State, answer: Answer, ctx: Context) -> Turn | None:
        search = last_search(state, ctx.now)
        if state.flow:
            looking, shown = Looking.kept(state.data), 0
        elif search:
            looking, shown = Looking(search.wanted), search.shown
        else:
            return None
        # Buttons below the results of a search are answered in its name.
        asked = State(self.name, answer.instance, "where", {"wanted": looking.to_json()}, state.memory)
        match answer.question:
            case "more" if answer.value == str(shown):
                return self._show(asked, looking, ctx, offset=shown)
            case "choose":
                return Turn(asked, (self._districts(asked, ctx, ctx.texts("talk.facility.choose")),))
            case "district":
                there = looking.at_district(answer.value, ctx)
                return self._go(asked.at("where", wanted=there.to_json()), there, ctx)
            case _:
                return None

    def _go(self, state: State, looking: Looking, ctx: Context) -> Turn:
        if looking.wanted.place is None and not looking.wanted.name:
            return Turn(state, self.ask_again(state, ctx))
        return self._show(state, looking, ctx, offset=0)

    def _show(self, state: State, looking: Looking, ctx: Context, *, offset: int) -> Turn:
        shown = offset + AT_ONCE
        label = ctx.texts("talk.facility.more")
        more = Tap(label, self._answer(state, "more", str(shown)), label)
        is_red = recent_urgency(state, ctx.now) is Urgency.RED
        call = (Call(ctx.texts("talk.call_119"), "119"),) if is_red else ()
        action = ShowFacilities(looking.wanted, offset, more, (*call, *self._ways(state, ctx)))
        # Looking for a clinic must not take the place of the call.
        warning = (Text(text=ctx.texts("talk.facility.urgent")),) if is_red and not offset else ()
        remembered = search_memory(looking.wanted, state.instance, shown, ctx.now)
        return Turn(state.ended(**remembered), warning, (action,))

    def _missed(self, state: State, place: str, ctx: Context) -> Turn:
        """Name the districts; the second time let one be tapped, beside a person and the way back."""
        misses = int(state.data.get("misses", 0)) + 1
        missed = state.at("where", misses=misses)
        names = "、".join(district.name for district in ctx.city.districts)
        if misses >= MISSES and names:
            return Turn(missed, (self._districts(missed, ctx, ctx.texts("talk.facility.choose_again")),))
        words = ctx.texts("talk.facility.where_not", place=place[:SHORT], districts=names)
        return Turn(missed, (Text(text=words, quick=self._ways(missed, ctx)),))

    def _districts(self, state: State, ctx: Context, words: str) -> Message:
        options = tuple(
            Tap(d.name, self._answer(state, "district", d.name), d.name) for d in ctx.city.districts
        )
        return Choices(text=words, options=options, quick=self._ways(state, ctx, is_choosing=True))

    def _ways(self, state: State, ctx: Context, *, is_choosing: bool = False) -> tuple[Action, ...]:
        """Return how to go on: a place, a district, a person, the beginning."""
        label = ctx.texts("talk.facility.by_district")
        choose = Tap(label, self._answer(state, "choose", "district"), label)
        return (
            SendLocation(ctx.texts("talk.facility.send_location")),
            *((choose,) if ctx.city.districts and not is_choosing else ()),
            wish("person", ctx),
            Say(ctx.texts("talk.facility.start_over"), START_OVER[0]),
        )

    def _answer(self, state: State, question: str, value: str) -> str:
        return Answer(self.name, state.instance, question, value).data()


def _belongs(said: Said) -> bool:
    """Whether words answer the open question, or ask for a place to go anew."""
    return said.intent == "find_facility" or (said.intent in OF_THE_SEARCH and len(plain(said.text)) <= SHORT)
