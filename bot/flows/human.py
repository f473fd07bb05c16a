"""Hand the talk to a person: ask which profession, then open the thread with what was said so far."""

from dataclasses import dataclass, replace

from bot.dialogue.flow import Context, FlowSpec, Intent
from bot.dialogue.flow_data import FlowData
from bot.dialogue.menu import ASK, STAFF
from bot.dialogue.state import State
from bot.dialogue.turn import OpenThread, Turn
from bot.dialogue.user_input import UserInput
from bot.flows.buttons import option_buttons
from bot.flows.danger_check import names_sign
from bot.flows.facility_search.parsing import is_about_places
from bot.language.professions import named_profession, profession_suiting
from bot.language.typed_replies import leaves_it_open, plain, typed_choice, wants_an_ear
from bot.triage.calls import call_119
from bot.triage.tables.case import names_complaint
from core.db.tables import Profession, Urgency
from core.messages import Choices, Message, Option
from core.urgency import exceeds, more_urgent
from core.words import NO_WORDS, Words, merged

# Five large choices; other professions are asked for by name, or found by what a worry is about.
OFFERED = (
    Profession.NURSE,
    Profession.DOCTOR,
    Profession.PHARMACIST,
    Profession.MIDWIFE,
    Profession.COUNSELLOR,
)
# Characters; a longer text than a bare request for a person also says why.
BARE_WISH = 16
# Characters; so short a name as 「お医者さんで」 answers the question, whatever Rasa takes it for.
BARE_NAME = 8
# 「先生にもらった薬」 names a doctor without asking for one.
ASKS_FOR_ONE = frozenset({"talk_to_human", ""})
# Departments of a consultation that suit another profession better than a nurse.
OF_DEPARTMENT = {
    "産婦人科": Profession.MIDWIFE,
    "産科": Profession.MIDWIFE,
    "精神科": Profession.COUNSELLOR,
    "心療内科": Profession.COUNSELLOR,
}


@dataclass(frozen=True)
class HumanData(FlowData):
    """Why a person is asked for, and which profession suits."""

    complaint: Words = NO_WORDS
    suited: str = ""

    @property
    def told_words(self) -> Words:
        """Why a person is asked for."""
        return self.complaint


@dataclass(frozen=True, slots=True)
class Chosen:
    """The chosen profession, or the city's staff, and the words of the choice."""

    profession: Profession | None
    user_input: UserInput
    further: Words = NO_WORDS


def asks_for_person(user_input: UserInput, _ctx: Context) -> bool:
    """Whether a text asks for a person, or for someone to listen."""
    return bool(named_profession(user_input.text)) or wants_an_ear(user_input.text)


class HumanFlow:
    """Asks for the profession unless it was named, then opens the thread."""

    spec = FlowSpec(
        name="person",
        data=HumanData,
        intents=(Intent("talk_to_human", 11),),
        accepts=ASKS_FOR_ONE | {"out_of_scope", "affirm", "emergency"},
        takes_professions=True,
        menu="person",
        named_by=asks_for_person,
    )

    def start(self, state: State, user_input: UserInput, ctx: Context) -> Turn:
        """Open the thread at once when a profession was tapped or named."""
        data = HumanData(Words.of(user_input.text))
        asked = State(self.spec.name, ctx.instance, "which", data, state.memory)
        if user_input.answer and user_input.answer.question == ASK:
            chosen = _chosen(user_input.answer.value, user_input)
            return self.resume(asked, chosen, ctx) if chosen else Turn(asked, self.question(asked, ctx))
        named = named_profession(user_input.text) if user_input.intent in ASKS_FOR_ONE else None
        if named:
            return self.resume(asked, Chosen(named, user_input), ctx)
        suited = _suited_profession(state, user_input.text, ctx)
        asked = asked.at("which", replace(data, suited=suited.value if suited else ""))
        return Turn(asked, self.question(asked, ctx))

    def read(self, state: State, user_input: UserInput, ctx: Context) -> Chosen | None:
        """Read the tapped or typed profession; "any" means the profession that is offered first."""
        if not user_input.is_text:
            return _chosen(user_input.answer.value, user_input) if user_input.answer else None
        text = user_input.text
        if typed := typed_choice(text, _options(state, ctx)):
            return _chosen(typed, user_input)
        named = named_profession(text) if self._answers_which(user_input) else None
        if named is None and leaves_it_open(text):
            return _chosen(_data(state).suited or Profession.NURSE, user_input)
        return Chosen(named, user_input, Words.of(text)) if named else None

    def resume(self, state: State, reading: Chosen, ctx: Context) -> Turn:
        """Hand over to the profession, or to the city's staff."""
        if reading.profession is None:
            return self._pass_on(state, ctx)
        if reading.further:
            data = replace(_data(state), complaint=_data(state).complaint.and_(reading.further.text))
            state = state.at("which", data)
        complaint = _complaint(state, reading.user_input, ctx)
        name = ctx.texts(f"handoff.profession.{reading.profession.value}")
        urgency = _urgency(state, reading.user_input, complaint, ctx)
        action = OpenThread(
            text=ctx.texts(f"talk.person.opened.{_opened(state, urgency, ctx)}", profession=name),
            profession=reading.profession,
            urgency=urgency,
            complaint=complaint,
        )
        return Turn(state.ended(), effects=(action,))

    def question(self, state: State, ctx: Context) -> tuple[Message, ...]:
        """Return the question for the profession."""
        suited = _data(state).suited
        text = ctx.texts("talk.person.which")
        if suited:
            name = ctx.texts(f"handoff.profession.{suited}")
            text = ctx.texts("talk.person.which_suited", profession=name)
        options = option_buttons(self.spec.name, state.instance, "which", _options(state, ctx))
        return (Choices(text=text, options=options, quick=(call_119(ctx.texts),)),)

    def _pass_on(self, state: State, ctx: Context) -> Turn:
        """Hand words about the service to the city's staff: nothing to assess, and not urgent."""
        remark = state.memory.last_remark(ctx.now)
        action = OpenThread(
            text=ctx.texts("talk.person.passed_on"),
            profession=Profession.PUBLIC_HEALTH_NURSE,
            urgency=Urgency.WHITE,
            complaint=remark.words if remark else Words(),
            is_feedback=True,
        )
        return Turn(state.ended(), effects=(action,))

    def _answers_which(self, user_input: UserInput) -> bool:
        """Whether a named profession is the one asked for, and not part of another intent."""
        if user_input.intent in self.spec.accepts:
            return True
        return len(plain(user_input.text)) <= BARE_NAME and not is_about_places(user_input.text)


def _data(state: State) -> HumanData:
    assert isinstance(state.data, HumanData)
    return state.data


def _options(state: State, ctx: Context) -> tuple[Option, ...]:
    suited = _data(state).suited
    first = (Profession(suited),) if suited else ()
    offered = tuple(dict.fromkeys((*first, *OFFERED)))[: len(OFFERED)]
    return tuple(Option(p.value, ctx.texts(f"talk.person.choice.{p.value}")) for p in offered)


def _chosen(value: str, user_input: UserInput) -> Chosen | None:
    if value == STAFF:
        return Chosen(None, user_input)
    return Chosen(Profession(value), user_input) if value in set(Profession) else None


def _suited_profession(state: State, text: str, ctx: Context) -> Profession | None:
    """Return the profession that suits the words, the last worry or consultation; the latest counts."""
    named = profession_suiting(text)
    if named or wants_an_ear(text):
        return named or Profession.COUNSELLOR
    last, remark = state.memory.last_consultation(ctx.now), state.memory.last_remark(ctx.now)
    if remark and remark.profession and (last is None or last.at <= remark.at):
        return remark.profession
    if last is None:
        return None
    return next((OF_DEPARTMENT[d] for d in last.departments if d in OF_DEPARTMENT), Profession.NURSE)


def _urgency(state: State, user_input: UserInput, complaint: Words, ctx: Context) -> Urgency:
    """Return the lowest level that the words call for; findings of the last day are added at the handover.

    Without an assessment it is never below yellow, and orange with a sign of danger or a call for help.
    """
    found = state.memory.relevant_consultations(ctx.now)
    assessed = {line for one in found if one.protocols for line in one.complaint}
    words = complaint.without(assessed)
    if user_input.intent == "emergency" or names_sign(words.text):
        return Urgency.ORANGE
    has_all_judged = bool(assessed) and not names_complaint(words.text, ctx.tables)
    return Urgency.WHITE if has_all_judged else Urgency.YELLOW


def _opened(state: State, urgency: Urgency, ctx: Context) -> str:
    """Return which text who waits hears: going to the hospital does not wait for an answer.

    A level that nobody has assessed hurries nobody, except a sign of danger.
    """
    found = [
        one.urgency
        for one in state.memory.relevant_consultations(ctx.now)
        if one.protocols or exceeds(one.urgency, Urgency.YELLOW)
    ]
    least = urgency if exceeds(urgency, Urgency.YELLOW) else Urgency.WHITE
    level = more_urgent(Urgency.WHITE, least, *found)
    if level is Urgency.RED:
        return "red"
    return "hurry" if exceeds(level, Urgency.GREEN) else "plain"


def _complaint(state: State, user_input: UserInput, ctx: Context) -> Words:
    """Return what it is about, line by line: what was told before and now, the telling part first."""
    remark = state.memory.last_remark(ctx.now)
    before = [one.complaint for one in state.memory.relevant_consultations(ctx.now)]
    before.append(remark.words if remark else Words())
    present = _data(state).complaint or Words.of(user_input.text)
    # 「看護師さんと話したい」 alone tells nothing; a longer request says what it is about.
    is_telling = len(plain(present.text)) > BARE_WISH
    return merged([present, *before] if is_telling else [*before, present])
