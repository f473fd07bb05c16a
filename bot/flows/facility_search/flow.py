"""Search for facilities: read what was said, ask for the place if it is not known, show the three nearest."""

from dataclasses import dataclass, field, replace
from typing import Self

from bot.dialogue.flow import Context, FlowSpec, Intent
from bot.dialogue.flow_data import FlowData
from bot.dialogue.memory_entries import LastSearch
from bot.dialogue.menu import flow_button
from bot.dialogue.state import State
from bot.dialogue.turn import Turn
from bot.dialogue.user_input import UserInput
from bot.flows.buttons import option_button, option_buttons
from bot.flows.facility_search.effects import ShowFacilities
from bot.flows.facility_search.parsing import PlaceTopic, is_about_places, topic_of, unknown_place
from bot.flows.facility_search.referrals import aed_card, desk_messages, which_department
from bot.flows.facility_search.request import SearchRequest, advised_departments
from bot.language.professions import named_profession
from bot.language.typed_replies import START_OVER, plain, wants_an_ear
from bot.triage.calls import call_119
from core.db.tables import Urgency
from core.messages import Answer, Button, Choices, Message, Option, Say, SendLocation, Text
from facilities.replies import what_words
from facilities.service import AT_ONCE

SHORT = 20  # characters; a longer message is about something else
MISSES = 2
WHERE = "where"


@dataclass(frozen=True)
class SearchData(FlowData):
    """The search so far, and how often the place could not be read."""

    wanted: SearchRequest = field(default_factory=SearchRequest.nothing)
    misses: int = 0

    def without_place(self) -> Self:
        """Return the same without the resident's place."""
        return replace(self, wanted=self.wanted.without_place())


@dataclass(frozen=True, slots=True)
class Search:
    """Search, or ask for the place if it is not known; results from the `offset`-th on."""

    instance: str
    request: SearchRequest
    offset: int = 0


@dataclass(frozen=True, slots=True)
class ChooseDistrict:
    """Offer districts to tap."""

    instance: str
    request: SearchRequest


@dataclass(frozen=True, slots=True)
class Missed:
    """A place that the city does not have, or words that name none."""

    place: str


@dataclass(frozen=True, slots=True)
class Told:
    """Ask the question again: there is nothing new."""


@dataclass(frozen=True, slots=True)
class Referral:
    """A question that no search answers: an AED, the city's own desks, how to find the department."""

    messages: tuple[Message, ...]


SearchReading = Search | ChooseDistrict | Missed | Told | Referral


def asks_for_place(user_input: UserInput, _ctx: Context) -> bool:
    """Whether a text asks for a facility, and not for a person; used when Rasa is unavailable."""
    asks_for_person = named_profession(user_input.text) or wants_an_ear(user_input.text)
    return is_about_places(user_input.text) and not asks_for_person


class FacilitySearchFlow:
    """Asks one question, `where`; the results end the flow, and their buttons stay valid for a while."""

    spec = FlowSpec(
        name="facility",
        data=SearchData,
        intents=(Intent("find_facility", 9),),
        # Intents that a short answer to the open question may be taken for.
        accepts=frozenset({"", "find_facility", "out_of_scope", "affirm", "deny"}),
        kinds=("location",),
        menu="facility",
        named_by=asks_for_place,
    )

    def start(self, state: State, user_input: UserInput, ctx: Context) -> Turn:
        """Read what was said already: department, kind, time, place, or a certain facility."""
        if referral := _referral(state, user_input, ctx):
            return Turn(state.ended(), referral.messages)
        search = state.memory.last_search(ctx.now)
        place = unknown_place(user_input, ctx)
        request = SearchRequest.of(user_input, ctx)
        if search and not place:
            request = request.continued(SearchRequest.from_json(search.wanted).wanted, user_input)
        request = request.completed(user_input, state, ctx)
        opened = State(self.spec.name, ctx.instance, WHERE, SearchData(request), state.memory)
        return self._missed(opened, place, ctx) if place else self._search(opened, request, 0, ctx)

    def read(self, state: State, user_input: UserInput, ctx: Context) -> SearchReading | None:
        """Read the place, or more about the search; None for words that are not for this flow."""
        if user_input.answer:
            return self._tap(state, user_input.answer, ctx)
        if user_input.kind not in {"location", "text"} or (
            user_input.is_text and not self._belongs(user_input)
        ):
            return None
        if user_input.is_text and topic_of(user_input) is not PlaceTopic.SEARCH:
            return _referral(state, user_input, ctx)
        before = _data(state).wanted
        request = before.heard(user_input, ctx)
        if request != before:
            return Search(state.instance, request.completed(user_input, state, ctx))
        if user_input.nlu_unavailable:
            return None
        is_told = SearchRequest.of(user_input, ctx) != SearchRequest.nothing()
        return Told() if is_told else Missed(user_input.text)

    def resume(self, state: State, reading: SearchReading, ctx: Context) -> Turn:
        """Search, or ask again."""
        match reading:
            case Search(instance, request, offset):
                misses = _data(state).misses if state.flow else 0
                asked = self._asked(state, instance, SearchData(request, misses))
                return self._search(asked, request, offset, ctx)
            case ChooseDistrict(instance, request):
                asked = self._asked(state, instance, SearchData(request))
                return Turn(asked, (self._districts(asked, ctx, ctx.texts("talk.facility.choose")),))
            case Missed(place):
                return self._missed(state, place, ctx)
            case Told():
                return Turn(state, self.question(state, ctx))
            case Referral(messages):
                return Turn(state.ended(), messages)

    def question(self, state: State, ctx: Context) -> tuple[Message, ...]:
        """Return the open question."""
        if state.step != WHERE:
            return ()
        what = what_words(_data(state).wanted.wanted, ctx.texts)
        districts = "".join(f"「{district.name}」" for district in ctx.city.districts[:2])
        words = ctx.texts("talk.facility.where", what=what, districts=districts)
        return (Text(text=words, quick=self._ways(state, ctx)),)

    def outlives(self, state: State, answer: Answer, ctx: Context) -> bool:
        """Whether a button under the last results is still valid: nothing else was asked since."""
        search = state.memory.last_search(ctx.now)
        return search is not None and not state.flow and search.instance == answer.instance

    def _belongs(self, user_input: UserInput) -> bool:
        """Whether words answer the open question, or ask for a facility again."""
        is_short = len(plain(user_input.text)) <= SHORT
        return user_input.intent == "find_facility" or (user_input.intent in self.spec.accepts and is_short)

    def _tap(self, state: State, answer: Answer, ctx: Context) -> SearchReading | None:
        search = state.memory.last_search(ctx.now)
        if state.flow:
            request, shown = _data(state).wanted, 0
        elif search:
            request, shown = SearchRequest.from_json(search.wanted), search.shown
        else:
            return None
        match answer.question:
            case "more" if answer.value == str(shown):
                return Search(answer.instance, request, shown)
            case "choose":
                return ChooseDistrict(answer.instance, request)
            case "district":
                return Search(answer.instance, request.at_district(answer.value, ctx))
            case _:
                return None

    def _asked(self, state: State, instance: str, data: SearchData) -> State:
        """Return the state with the question of a request; buttons below results use its instance."""
        return State(self.spec.name, instance, WHERE, data, state.memory)

    def _search(self, state: State, request: SearchRequest, offset: int, ctx: Context) -> Turn:
        if request.wanted.place is None and not request.wanted.name:
            return Turn(state, self.question(state, ctx))
        shown = offset + AT_ONCE
        label = ctx.texts("talk.facility.more")
        more = option_button(self.spec.name, state.instance, "more", Option(str(shown), label))
        is_red = state.memory.urgency(ctx.now) is Urgency.RED
        call = (call_119(ctx.texts),) if is_red else ()
        effect = ShowFacilities(request.wanted, offset, more, (*call, *self._ways(state, ctx)))
        # The search for a clinic must not replace the call to 119.
        warning = (Text(text=ctx.texts("talk.facility.urgent")),) if is_red and not offset else ()
        search = LastSearch(wanted=request.to_json(), instance=state.instance, shown=shown, at=ctx.now)
        return Turn(state.ended(replace(state.memory, search=search)), warning, (effect,))

    def _missed(self, state: State, place: str, ctx: Context) -> Turn:
        """Name the districts; the second time offer them as buttons, with a person and the way back."""
        data = replace(_data(state), misses=_data(state).misses + 1)
        missed = state.at(WHERE, data)
        names = "、".join(district.name for district in ctx.city.districts)
        if data.misses >= MISSES and names:
            return Turn(missed, (self._districts(missed, ctx, ctx.texts("talk.facility.choose_again")),))
        words = ctx.texts("talk.facility.where_not", place=place[:SHORT], districts=names)
        return Turn(missed, (Text(text=words, quick=self._ways(missed, ctx)),))

    def _districts(self, state: State, ctx: Context, words: str) -> Message:
        districts = tuple(Option(d.name, d.name) for d in ctx.city.districts)
        options = option_buttons(self.spec.name, state.instance, "district", districts)
        return Choices(text=words, options=options, quick=self._ways(state, ctx, is_choosing=True))

    def _ways(self, state: State, ctx: Context, *, is_choosing: bool = False) -> tuple[Button, ...]:
        """Return the ways to go on: a place, a district, a person, the beginning."""
        by_district = Option("district", ctx.texts("talk.facility.by_district"))
        choose = option_button(self.spec.name, state.instance, "choose", by_district)
        return (
            SendLocation(ctx.texts("talk.facility.send_location")),
            *((choose,) if ctx.city.districts and not is_choosing else ()),
            flow_button("person", ctx.texts),
            Say(ctx.texts("talk.facility.start_over"), START_OVER[0]),
        )


def _data(state: State) -> SearchData:
    assert isinstance(state.data, SearchData)
    return state.data


def _referral(state: State, user_input: UserInput, ctx: Context) -> Referral | None:
    """Return the answer to a question that no search answers; None for a search."""
    match topic_of(user_input) if user_input.is_text else PlaceTopic.SEARCH:
        case PlaceTopic.AED:
            return Referral((aed_card(ctx),))
        case (PlaceTopic.ON_DUTY | PlaceTopic.NIGHT_CLINIC) as topic if desks := desk_messages(topic, ctx):
            return Referral(desks)
        case PlaceTopic.WHICH_DEPARTMENT if not advised_departments(state, ctx):
            return Referral((which_department(ctx),))
        case _:
            return None
