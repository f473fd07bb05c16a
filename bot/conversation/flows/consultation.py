"""A symptom is told: a protocol's questions one by one, then the urgency card."""

from collections.abc import Mapping

from bot.conversation.flows.menu import wish
from bot.conversation.flows.safety import SafetyQuestion
from bot.conversation.memory import consulted
from bot.conversation.said import Said
from bot.conversation.turn import Context, OpenThread, State, Turn
from bot.conversation.wording import typed_choice
from bot.triage.card import Onward, urgency_card
from bot.triage.protocol import Protocol, Question, Result, level_of, more_urgent, next_question, went_back
from core.db.tables import Profession, Urgency
from core.messages import Answer, Choices, Message, Tap, Text, plain_text

BACK = "back"


def matching_protocol(text: str, protocols: Mapping[str, Protocol]) -> Protocol | None:
    """Return the protocol for what is complained of; None too when it is about somebody it is not made for."""
    return next((p for p in protocols.values() if p.fits(text)), None)


class Consultation:
    """Asks what the protocol asks; complaints without a protocol get the safety question and a person."""

    name = "consultation"

    def start(self, state: State, said: Said, ctx: Context) -> Turn:
        """Begin with the complaint, or ask for it."""
        opened = State(self.name, ctx.instance, "what", {}, state.memory)
        if said.kind != "text":
            return Turn(opened, self.ask_again(opened, ctx))
        protocol = matching_protocol(said.text, ctx.protocols)
        if protocol is None:
            return SafetyQuestion().start(state, said, ctx)
        asked = opened.at(
            "asking", protocol=protocol.id, complaint=said.text, answers={}, floor=Urgency.WHITE.value
        )
        return self._next(asked, ctx)

    def resume(self, state: State, said: Said, ctx: Context) -> Turn | None:
        """Take an answer to the open question; further words about the symptom are kept."""
        if state.step == "what":
            return self.start(state, said, ctx) if said.kind == "text" else None
        question = self._open_question(state, ctx)
        if question is None:
            return None
        answer = said.answer
        if said.kind == "text":
            typed = typed_choice(said.text, self._options(state, question))
            answer = Answer.parse(typed.data) if typed else None
            if answer is None and said.intent == "consult_symptom":
                return self._told_more(state, said, ctx)
        if answer is None or answer.question != question.id:
            return None
        if answer.value == BACK:
            return self._back(state, ctx)
        if answer.value not in {o.value for o in question.options}:
            return None
        return self._next(
            state.at("asking", answers={**state.data["answers"], question.id: answer.value}), ctx
        )

    def ask_again(self, state: State, ctx: Context) -> tuple[Message, ...]:
        """Ask the open question."""
        if state.step == "what":
            return (Text(text=ctx.texts("talk.consultation.what"), quick=(wish("person", ctx),)),)
        question = self._open_question(state, ctx)
        return (self._ask(state, question, ctx),) if question else ()

    def _told_more(self, state: State, said: Said, ctx: Context) -> Turn:
        told = state.at("asking", complaint=f"{state.data['complaint']}\n{said.text}")
        return Turn(told, (Text(text=ctx.texts("talk.consultation.again")), *self.ask_again(told, ctx)))

    def _back(self, state: State, ctx: Context) -> Turn:
        protocol = ctx.protocols[state.data["protocol"]]
        answers = state.data["answers"]
        floor = more_urgent(Urgency(state.data["floor"]), level_of(protocol, answers))
        return self._next(state.at("asking", answers=went_back(protocol, answers), floor=floor.value), ctx)

    def _step(self, state: State, ctx: Context) -> Question | Result | None:
        protocol = ctx.protocols.get(state.data["protocol"])
        if protocol is None:
            return None  # the content has changed since: the talk starts over rather than guess
        return next_question(protocol, state.data["answers"], Urgency(state.data["floor"]))

    def _open_question(self, state: State, ctx: Context) -> Question | None:
        step = self._step(state, ctx)
        return step if isinstance(step, Question) else None

    def _next(self, state: State, ctx: Context) -> Turn:
        step = self._step(state, ctx)
        if isinstance(step, Question):
            return Turn(state, (self._ask(state, step, ctx),))
        if step is None:
            return Turn(state.ended(), ())
        return self._finish(state, step, ctx)

    def _options(self, state: State, question: Question) -> tuple[Tap, ...]:
        return tuple(
            Tap(o.label, Answer(self.name, state.instance, question.id, o.value).data(), o.label)
            for o in question.options
        )

    def _ask(self, state: State, question: Question, ctx: Context) -> Message:
        quick: tuple[Tap, ...] = (wish("person", ctx),)
        if state.data["answers"]:
            label = ctx.texts("talk.consultation.back")
            quick = (Tap(label, Answer(self.name, state.instance, question.id, BACK).data(), label), *quick)
        return Choices(text=question.text, options=self._options(state, question), quick=quick)

    def _finish(self, state: State, result: Result, ctx: Context) -> Turn:
        onward = Onward(*(wish(w, ctx) for w in ("facility", "person", "shop")))
        card = urgency_card(result, ctx.city, ctx.texts, ctx.now, onward)
        remembered = consulted(
            state.data["complaint"], result.urgency, ctx.now, result.findings, (plain_text(card),)
        )
        ended = state.ended(**remembered)
        if result.urgency is Urgency.RED:
            return Turn(ended, urgent=(card,))
        if not result.needs_nurse:
            return Turn(ended, (card,))
        action = OpenThread(
            words=ctx.texts("talk.consultation.nurse"),
            profession=Profession.NURSE,
            urgency=result.urgency,
            complaint=state.data["complaint"],
            findings=result.findings,
            advised=(plain_text(card),),
        )
        return Turn(ended, (card,), (action,))
