"""Lead to over-the-counter products: stop-lines first, then a neutral card; nothing if a doctor should look.

No product is ever named or recommended, and nothing is said about amounts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.dialogue.flow import Context, FlowSpec, Intent
from bot.dialogue.menu import flow_button, profession_button
from bot.dialogue.state import State
from bot.dialogue.turn import Turn
from bot.dialogue.user_input import UserInput
from bot.flows.buttons import option_button
from bot.flows.otc.data import OtcData, data_of
from bot.flows.otc.effects import ShowShops
from bot.flows.otc.outcomes import (
    amount_refused,
    leading,
    notes,
    prescription_refused,
    sold_at_the_counter,
    stopped,
    summary_of,
)
from bot.flows.otc.questions import (
    BACK,
    FLOW,
    OTHER_KINDS,
    WHICH,
    pharmacy,
    question_message,
    question_options,
    ways_out,
    which_options,
    which_question,
)
from bot.language.typed_replies import asks_to_go_back, typed_choice
from core.db.tables import Profession, Urgency
from core.ja import NO_TEXT, ReadText
from core.messages import Choices, Message, Option, Tap, Text
from core.words import Words
from shop import wording
from shop.catalogue import OTHER, Catalogue, ProductKind
from shop.exclusion import AGE, MAX_QUESTIONS, next_question, questions, stop_at, went_back

TOO_URGENT = frozenset({Urgency.RED, Urgency.ORANGE, Urgency.YELLOW})
# Characters; a longer message of another intent that contains a kind's name is about something else.
BARE_NAME = 12


@dataclass(frozen=True, slots=True)
class Refuse:
    """Words that ask for an amount, or for a prescription medicine."""

    words: ReadText


@dataclass(frozen=True, slots=True)
class ListKinds:
    """A request for all kinds; `words` name a brand or ask to buy, empty when a button was tapped."""

    words: ReadText = NO_TEXT


@dataclass(frozen=True, slots=True)
class ChooseKind:
    """A kind was tapped."""

    kind: ProductKind


@dataclass(frozen=True, slots=True)
class Serve:
    """Words that name a kind."""

    words: ReadText


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers to questions of the kind, by question; `is_back`: those left after going back."""

    given: Mapping[str, str]
    is_back: bool = False


@dataclass(frozen=True, slots=True)
class UnclearNumber:
    """A number that may be an age or the place of a choice."""


OtcReading = Refuse | ListKinds | ChooseKind | Serve | Answers | UnclearNumber


class OtcFlow:
    """Asks which kind, then what would rule it out, at most four questions; known answers are not asked."""

    spec = FlowSpec(
        name=FLOW,
        data=OtcData,
        intents=(Intent("buy_medicine", 10),),
        accepts=frozenset(
            {
                "",
                "buy_medicine",
                "out_of_scope",
                "affirm",
                "deny",
                "consult_medicine",
                "consult_pregnancy_childcare",
            }
        ),
        keeps_question=True,
        menu="shop",
    )

    def __init__(self, products: Catalogue) -> None:
        """Keep `products`, the kinds that can be bought without a prescription."""
        self.products = products

    def start(self, state: State, user_input: UserInput, ctx: Context) -> Turn:
        """Begin with what was said; nothing is offered after red, orange or yellow."""
        if _is_too_urgent(state, ctx):
            quick = (flow_button("facility", ctx.texts), flow_button("person", ctx.texts))
            return Turn(state.ended(), (Text(text=ctx.texts("talk.no_shop"), quick=quick),))
        words = user_input.text if user_input.is_text else NO_TEXT
        if not ctx.runs_drafts and self.products.status == "draft":
            # Unsigned content is not used: a pharmacist stands in for it.
            ways = (profession_button(Profession.PHARMACIST, ctx.texts), pharmacy(ctx))
            memory = state.memory.with_remark(Words.of(words), ctx.now)
            return Turn(state.ended(memory), (Text(text=ctx.texts("shop.unsigned"), quick=ways),))
        refused = amount_refused(state, words, ctx)
        refused = refused or prescription_refused(state, words, self.products, ctx)
        return refused or self._serve(state, words, Words.of(words), ctx)

    def read(self, state: State, user_input: UserInput, ctx: Context) -> OtcReading | None:
        """Read an answer to the open question."""
        if not self.question(state, ctx):
            return None
        is_ours = user_input.is_text and user_input.intent in self.spec.accepts
        if is_ours and wording.asks_amount(user_input.text):
            return Refuse(user_input.text)
        if state.step == WHICH:
            return self._read_kind(user_input, ctx)
        return self._read_answer(state, user_input, ctx)

    def resume(self, state: State, reading: OtcReading, ctx: Context) -> Turn:
        """Go on with what was read."""
        data = data_of(state)
        match reading:
            case Refuse(words):
                refused = amount_refused(state, words, ctx)
                refused = refused or prescription_refused(state, words, self.products, ctx)
                assert refused is not None, "it was read as something that is refused"
                return refused
            case ListKinds(words):
                return self._list_kinds(state, words, ctx)
            case ChooseKind(kind):
                return self._begin(state, (kind,), data.complaint, ctx)
            case Serve(words):
                complaint = data.complaint.and_(words) if state.step == WHICH else Words.of(words)
                return self._serve(state, complaint.text, complaint, ctx)
            case UnclearNumber():
                again = Text(text=ctx.texts("shop.ask.age_again"))
                return Turn(state, (again, *self.question(state, ctx)))
            case Answers(given, is_back):
                answers = given if is_back else {**data.answers, **given}
                return self._next(state.at("asking", replace(data, answers=answers)), self._kind(state), ctx)

    def question(self, state: State, ctx: Context) -> tuple[Message, ...]:
        """Return the open question; none is open once a doctor should look, or the content has changed."""
        if _is_too_urgent(state, ctx):
            return ()
        data = data_of(state)
        if state.step == WHICH:
            if data.more:
                return (_all_kinds(state, ctx),)
            return (which_question(state, self.products, ctx),)
        kind = self.products.kind(data.kind or "")
        question = next_question(kind, data.answers) if kind else ""
        return (question_message(state, kind, question, ctx),) if kind and question else ()

    # Reading

    def _read_kind(self, user_input: UserInput, ctx: Context) -> OtcReading | None:
        value = _chosen(user_input, WHICH, (*which_options(self.products, ctx), _shops_option(ctx)))
        if value == OTHER_KINDS:
            return ListKinds()
        if kind := self.products.kind(value):
            return ChooseKind(kind)
        if not user_input.is_text:
            return None
        text, is_about_buying = user_input.text, _is_about_buying(user_input)
        if is_about_buying and self.products.kinds_named(text):
            return Serve(text)
        if user_input.intent in self.spec.accepts and self.products.names_only_prescription(text):
            return Refuse(text)
        names_brand = is_about_buying and self.products.names_brand(text)
        return ListKinds(text) if user_input.intent == "buy_medicine" or names_brand else None

    def _read_answer(self, state: State, user_input: UserInput, ctx: Context) -> OtcReading | None:
        kind, data = self._kind(state), data_of(state)
        question = next_question(kind, data.answers)
        if _goes_back(user_input, question):
            return Answers(went_back(kind, data.answers), is_back=True)
        found = self._answers_in(kind, question, user_input, ctx)
        if found is None:
            return UnclearNumber()
        if found:
            return Answers(found)
        named = self.products.kinds_named(user_input.text) if user_input.intent == "buy_medicine" else ()
        return Serve(user_input.text) if named and named[0] != kind else None

    def _answers_in(
        self, kind: ProductKind, question: str, user_input: UserInput, ctx: Context
    ) -> dict[str, str] | None:
        """Return the answers in an input, by question; None for a number that may be an age or a choice."""
        options = question_options(kind, question, ctx)
        if question == AGE and user_input.is_text:
            bare = wording.bare_age(user_input.text)
            ages = wording.age_answered(kind, user_input.text) or bare
            if ages:
                is_unclear = ages == bare and wording.is_bare(user_input.text, len(options))
                return None if is_unclear else {AGE: str(ages)}
        value = _chosen(user_input, question, options)
        if value:
            return {question: value}
        if not user_input.is_text or user_input.intent not in self.spec.accepts:
            return {}
        found = wording.stated_answers(kind, user_input.text)
        return {asked: found[asked] for asked in questions(kind, found) if asked in found}

    # Going on

    def _kind(self, state: State) -> ProductKind:
        kind = self.products.kind(data_of(state).kind or "")
        assert kind is not None, "a question is open"
        return kind

    def _serve(self, state: State, words: ReadText, complaint: Words, ctx: Context) -> Turn:
        leads = []
        if self.products.names_brand(words):
            leads.append(ctx.texts("shop.lead.brand"))
        elif wording.asks_for_the_best(words):
            leads.append(ctx.texts("shop.lead.best"))
        kinds = self.products.kinds_named(words)
        if kinds:
            return self._begin(state, kinds, complaint, ctx, leads)
        opened = State(self.spec.name, ctx.instance, WHICH, OtcData(complaint), state.memory)
        return Turn(opened, (*leading(leads), which_question(opened, self.products, ctx)))

    def _list_kinds(self, state: State, words: ReadText, ctx: Context) -> Turn:
        data = data_of(state)
        leads = [ctx.texts("shop.lead.brand")] if self.products.names_brand(words) else []
        complaint = data.complaint.and_(words) if words else data.complaint
        listed = state.at(WHICH, replace(data, complaint=complaint, more=True))
        return Turn(listed, (*leading(leads), _all_kinds(listed, ctx)))

    def _begin(
        self,
        state: State,
        kinds: Sequence[ProductKind],
        complaint: Words,
        ctx: Context,
        leads: Sequence[str] = (),
    ) -> Turn:
        """Begin with the first of the kinds, with the answers that are known already."""
        kind, *others = kinds
        if kind.counter_only:
            return sold_at_the_counter(state, kind, complaint.text, ctx)
        answers, who = _known(state, kind, complaint.text, ctx)
        is_short = wording.lasts_short(kind, complaint.text)
        data = OtcData(complaint, kind.id, answers, short=is_short)
        opened = State(self.spec.name, ctx.instance, "asking", data, state.memory)
        lead = list(leads)
        if others:
            lead.append(ctx.texts("shop.lead.others", kinds="、".join(other.name for other in others)))
        if next_question(kind, answers) and not stop_at(kind, answers):
            count = min(MAX_QUESTIONS, len(questions(kind, answers)) - len(answers))
            lead.append(ctx.texts("shop.lead.kind", kind=kind.name, count=count))
        if who:
            lead.append(ctx.texts("shop.lead.somebody", who=who))
        return self._next(opened, kind, ctx, lead)

    def _next(self, state: State, kind: ProductKind, ctx: Context, leads: Sequence[str] = ()) -> Turn:
        answers = data_of(state).answers
        stop = stop_at(kind, answers)
        if stop:
            return stopped(state, kind, stop, ctx, leads)
        question = next_question(kind, answers)
        if question:
            return Turn(state, (*leading(leads), question_message(state, kind, question, ctx)))
        quick: tuple[Tap, ...] = (profession_button(Profession.PHARMACIST, ctx.texts),)
        if kind.has_symptom:
            quick = (*quick, flow_button("consultation", ctx.texts))
        effect = ShowShops(kind.id, notes(kind, answers, ctx), quick)
        memory = state.memory.with_remark(summary_of(state, kind, ctx), ctx.now, Profession.PHARMACIST)
        return Turn(state.ended(memory), leading(leads), (effect,))


def _is_too_urgent(state: State, ctx: Context) -> bool:
    return state.memory.urgency(ctx.now) in TOO_URGENT


def _is_about_buying(user_input: UserInput) -> bool:
    return user_input.intent in {"", "buy_medicine", "out_of_scope"} or len(user_input.text) <= BARE_NAME


def _all_kinds(state: State, ctx: Context) -> Message:
    shops = option_button(FLOW, state.instance, WHICH, _shops_option(ctx))
    options = (profession_button(Profession.PHARMACIST, ctx.texts), shops, pharmacy(ctx))
    return Choices(text=ctx.texts("shop.which.more"), options=options, quick=ways_out(ctx))


def _shops_option(ctx: Context) -> Option:
    return Option(OTHER, ctx.texts("shop.which.shops"))


def _known(state: State, kind: ProductKind, words: ReadText, ctx: Context) -> tuple[dict[str, str], str]:
    """Return the answers known beforehand, and whose age was taken from the last consultation.

    An age that would rule the kind out is asked: the product may be for another person than the consultation
    was about.
    """
    answers = wording.stated_answers(kind, words)
    last = state.memory.last_consultation(ctx.now)
    who = last.who if last else ""
    age = None if AGE in answers or wording.names_somebody(words) else wording.age_told(kind, who)
    if age and not stop_at(kind, {AGE: str(age)}):
        answers[AGE] = str(age)
    else:
        who = ""
    return {question: answers[question] for question in questions(kind, answers) if question in answers}, who


def _goes_back(user_input: UserInput, question: str) -> bool:
    if user_input.answer:
        return (user_input.answer.question, user_input.answer.value) == (question, BACK)
    return user_input.is_text and asks_to_go_back(user_input.text)


def _chosen(user_input: UserInput, question: str, options: Sequence[Option]) -> str:
    """Return the value tapped or typed; empty when it is no choice of the question."""
    if user_input.is_text:
        return typed_choice(user_input.text, options)
    answer = user_input.answer
    if answer is None or answer.question != question:
        return ""
    return answer.value if answer.value in {option.value for option in options} else ""
