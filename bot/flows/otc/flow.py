"""What can be bought without a prescription: stop-lines first, then a neutral card; nothing when a doctor should look.

No product is ever named or recommended, and nothing is said about amounts.
"""

from collections.abc import Sequence

from bot.dialogue.memory import recent, recent_urgency, told
from bot.dialogue.menu import ask, wish
from bot.dialogue.turn import Context, ShowShops, State, Turn
from bot.dialogue.user_input import Said
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
from core.messages import Answer, Choices, Message, Tap, Text
from shop import wording
from shop.catalogue import OTHER, ProductKind
from shop.exclusion import (
    AGE,
    MAX_QUESTIONS,
    next_question,
    questions,
    stop_at,
    went_back,
)

TOO_URGENT = frozenset({Urgency.RED, Urgency.ORANGE, Urgency.YELLOW})
# What words may mean and still belong to a question of ours.
OURS = frozenset(
    {"", "buy_medicine", "out_of_scope", "affirm", "deny", "consult_medicine", "consult_pregnancy_childcare"}
)
# Characters; a longer message of another intent that holds a kind's name is about something else.
BARE_NAME = 12


class Shop:
    """Asks which kind, then what would rule it out, at most four questions; what is known is not asked."""

    name = "shop"

    def start(self, state: State, said: Said, ctx: Context) -> Turn:
        """Begin with what was said; nothing is sold after red, orange or yellow."""
        if _is_too_urgent(state, ctx):
            quick = (wish("facility", ctx), wish("person", ctx))
            return Turn(state.ended(), (Text(text=ctx.texts("talk.no_shop"), quick=quick),))
        words = said.text if said.kind == "text" else ""
        if not ctx.runs_drafts and ctx.products.status == "draft":
            # Signed or silent: a pharmacist stands in for what nobody has reviewed.
            ways = (ask(Profession.PHARMACIST, ctx), pharmacy(ctx))
            remembered = told(words, ctx.now)
            return Turn(state.ended(**remembered), (Text(text=ctx.texts("shop.unsigned"), quick=ways),))
        refused = amount_refused(state, words, ctx) or prescription_refused(state, words, ctx)
        return refused or self._serve(state, words, ctx)

    def resume(self, state: State, said: Said, ctx: Context) -> Turn | None:
        """Take an answer to the open question."""
        if not self.ask_again(state, ctx):
            return None
        if said.kind == "text" and said.intent in OURS and (refused := amount_refused(state, said.text, ctx)):
            return refused
        if state.step == WHICH:
            return self._which(state, said, ctx)
        return self._answer(state, said, ctx)

    def ask_again(self, state: State, ctx: Context) -> tuple[Message, ...]:
        """Ask the open question; none is open any more once a doctor should look, or the content has changed."""
        if _is_too_urgent(state, ctx):
            return ()
        if state.step == WHICH:
            return (_all_kinds(state, ctx) if state.data.get("more") else which_question(state, ctx),)
        kind = ctx.products.kind(state.data.get("kind", ""))
        question = next_question(kind, state.data["answers"]) if kind else ""
        return (question_message(state, kind, question, ctx),) if kind and question else ()

    def _serve(self, state: State, words: str, ctx: Context) -> Turn:
        leads = []
        if ctx.products.names_brand(words):
            leads.append(ctx.texts("shop.lead.brand"))
        elif wording.asks_for_the_best(words):
            leads.append(ctx.texts("shop.lead.best"))
        kinds = ctx.products.kinds_named(words)
        if kinds:
            return self._begin(state, kinds, words, ctx, leads)
        opened = State(self.name, ctx.instance, WHICH, {"complaint": words}, state.memory)
        return Turn(opened, (*leading(leads), which_question(opened, ctx)))

    def _which(self, state: State, said: Said, ctx: Context) -> Turn | None:
        value = _chosen(said, WHICH, (*which_options(state, ctx), _shops_tap(state, ctx)))
        if value == OTHER_KINDS:
            listed = state.at(WHICH, more=True)
            return Turn(listed, (_all_kinds(listed, ctx),))
        kind = ctx.products.kind(value)
        if kind:
            return self._begin(state, (kind,), state.data["complaint"], ctx)
        if said.kind != "text":
            return None
        words = f"{state.data['complaint']}\n{said.text}".strip()
        if ctx.products.kinds_named(said.text) and _is_about_buying(said):
            return self._serve(state, words, ctx)
        if said.intent in OURS and (refused := prescription_refused(state, said.text, ctx)):
            return refused
        names_brand = ctx.products.names_brand(said.text)
        if said.intent == "buy_medicine" or (names_brand and _is_about_buying(said)):
            leads = [ctx.texts("shop.lead.brand")] if names_brand else []
            listed = state.at(WHICH, more=True, complaint=words)
            return Turn(listed, (*leading(leads), _all_kinds(listed, ctx)))
        return None

    def _begin(
        self,
        state: State,
        kinds: Sequence[ProductKind],
        words: str,
        ctx: Context,
        leads: Sequence[str] = (),
    ) -> Turn:
        """Begin with the first of the kinds, with what is known already."""
        kind, *others = kinds
        if kind.counter_only:
            return sold_at_the_counter(state, kind, words, ctx)
        answers, who = _known(state, kind, words, ctx)
        data = {
            "kind": kind.id,
            "complaint": words,
            "answers": answers,
            "short": wording.lasts_short(kind, words),
        }
        opened = State(self.name, ctx.instance, "asking", data, state.memory)
        lead = list(leads)
        if others:
            lead.append(ctx.texts("shop.lead.others", kinds="、".join(other.name for other in others)))
        if next_question(kind, answers) and not stop_at(kind, answers):
            count = min(MAX_QUESTIONS, len(questions(kind, answers)) - len(answers))
            lead.append(ctx.texts("shop.lead.kind", kind=kind.name, count=count))
        if who:
            lead.append(ctx.texts("shop.lead.somebody", who=who))
        return self._next(opened, kind, ctx, lead)

    def _answer(self, state: State, said: Said, ctx: Context) -> Turn | None:
        kind = ctx.products.kind(state.data["kind"])
        assert kind is not None, "a question is open"
        question = next_question(kind, state.data["answers"])
        if _goes_back(said, question):
            before = state.at("asking", answers=went_back(kind, state.data["answers"]))
            return self._next(before, kind, ctx)
        found = _answers_in(state, kind, question, said, ctx)
        if found is None:
            again = Text(text=ctx.texts("shop.ask.age_again"))
            return Turn(state, (again, *self.ask_again(state, ctx)))
        if found:
            answered = state.at("asking", answers={**state.data["answers"], **found})
            return self._next(answered, kind, ctx)
        named = ctx.products.kinds_named(said.text) if said.intent == "buy_medicine" else ()
        return self._serve(state, said.text, ctx) if named and named[0] != kind else None

    def _next(self, state: State, kind: ProductKind, ctx: Context, leads: Sequence[str] = ()) -> Turn:
        answers = state.data["answers"]
        stop = stop_at(kind, answers)
        if stop:
            return stopped(state, kind, stop, ctx, leads)
        question = next_question(kind, answers)
        if question:
            return Turn(state, (*leading(leads), question_message(state, kind, question, ctx)))
        quick: tuple[Tap, ...] = (ask(Profession.PHARMACIST, ctx),)
        if kind.has_symptom:
            quick = (*quick, wish("consultation", ctx))
        wanted = ShowShops(kind.id, notes(kind, answers, ctx), quick)
        remembered = told(summary_of(state, kind, ctx), ctx.now, Profession.PHARMACIST)
        return Turn(state.ended(**remembered), leading(leads), (wanted,))


def _is_too_urgent(state: State, ctx: Context) -> bool:
    return recent_urgency(state, ctx.now) in TOO_URGENT


def _is_about_buying(said: Said) -> bool:
    return said.intent in {"", "buy_medicine", "out_of_scope"} or len(said.text) <= BARE_NAME


def _all_kinds(state: State, ctx: Context) -> Message:
    options = (ask(Profession.PHARMACIST, ctx), _shops_tap(state, ctx), pharmacy(ctx))
    return Choices(text=ctx.texts("shop.which.more"), options=options, quick=ways_out(ctx))


def _shops_tap(state: State, ctx: Context) -> Tap:
    label = ctx.texts("shop.which.shops")
    return Tap(label, Answer(Shop.name, state.instance, WHICH, OTHER).data(), label)


def _known(state: State, kind: ProductKind, words: str, ctx: Context) -> tuple[dict[str, str], str]:
    """Return the answers known beforehand, and whose age was taken from the last consultation.

    An age that would end the sale is asked: the product may be for somebody else than the consultation was about.
    """
    answers = wording.told(kind, words)
    who: str = recent(state, ctx.now).get("who", "")
    age = None if AGE in answers or wording.names_somebody(words) else wording.age_told(kind, who)
    if age and not stop_at(kind, {AGE: str(age)}):
        answers[AGE] = str(age)
    else:
        who = ""
    return {question: answers[question] for question in questions(kind, answers) if question in answers}, who


def _goes_back(said: Said, question: str) -> bool:
    if said.answer:
        return (said.answer.question, said.answer.value) == (question, BACK)
    return said.kind == "text" and asks_to_go_back(said.text)


def _chosen(said: Said, question: str, options: Sequence[Tap]) -> str:
    """Return the value tapped or typed; empty when it is none of the question's."""
    answer = said.answer
    if said.kind == "text":
        typed = typed_choice(said.text, options)
        answer = Answer.parse(typed.data) if typed else None
    if answer is None or answer.question != question:
        return ""
    values = {found.value for option in options if (found := Answer.parse(option.data))}
    return answer.value if answer.value in values else ""


def _answers_in(
    state: State, kind: ProductKind, question: str, said: Said, ctx: Context
) -> dict[str, str] | None:
    """Return the answers in what was said, by question; None for a number that may be an age or a choice."""
    options = question_options(state, kind, question, ctx)
    if question == AGE and said.kind == "text":
        bare = wording.bare_age(said.text)
        ages = wording.age_answered(kind, said.text) or bare
        if ages:
            return None if ages == bare and wording.is_bare(said.text, len(options)) else {AGE: str(ages)}
    value = _chosen(said, question, options)
    if value:
        return {question: value}
    if said.kind != "text" or said.intent not in OURS:
        return {}
    found = wording.told(kind, said.text)
    return {asked: found[asked] for asked in questions(kind, found) if asked in found}
