"""Ask after a card and read the answer: 119 called or not, on the way or not, better or worse, what happened."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.dialogue.flow import Context, FlowSpec
from bot.dialogue.memory_entries import AskedAfter, PastConsultation, is_current
from bot.dialogue.menu import flow_button
from bot.dialogue.moves import leave_for
from bot.dialogue.state import State
from bot.dialogue.turn import OpenThread, Turn
from bot.dialogue.user_input import UserInput
from bot.flows.aftercare.data import AftercareData, Answered, LookAgreed, TappedLate
from bot.flows.aftercare.follow_effects import LookLater, NoteAnswer
from bot.flows.aftercare.moments import VALID, allowed_at
from bot.flows.buttons import option_button, option_buttons
from bot.flows.consultation.flow import CONSULTATION
from bot.language.aftercare_replies import read_aftercare
from bot.language.typed_replies import typed_choice
from bot.triage.by_when import moment_text
from bot.triage.calls import call_119
from bot.triage.danger.safety import SafetyContent
from core.content import may_run
from core.db.tables import AftercareAnswer, AftercareKind, Profession, Urgency
from core.messages import Answer, Button, Choices, Message, Option, Text
from core.texts import Texts
from core.understanding import Understanding
from core.urgency import exceeds
from core.words import NO_WORDS

AFTERCARE = "aftercare"
# The danger that words about calling an ambulance sound like.
CRY_FOR_HELP = "cry_for_help"
AGREE, YES = "agree", "agreed"
ANSWERS: Mapping[AftercareKind, tuple[AftercareAnswer, ...]] = {
    AftercareKind.CALLED: (
        AftercareAnswer.CALLED,
        AftercareAnswer.NOT_YET,
        AftercareAnswer.CANNOT_CALL,
        AftercareAnswer.FINE,
    ),
    AftercareKind.GOING: (
        AftercareAnswer.ON_THE_WAY,
        AftercareAnswer.ARRIVED,
        AftercareAnswer.CANNOT_GO,
    ),
    AftercareKind.LOOK_AGAIN: (
        AftercareAnswer.BETTER,
        AftercareAnswer.SAME,
        AftercareAnswer.WORSE,
        AftercareAnswer.SEEN,
    ),
    AftercareKind.NEXT_DAY: (
        AftercareAnswer.CALLED,
        AftercareAnswer.SEEN,
        AftercareAnswer.WATCHED,
        AftercareAnswer.WORSE,
    ),
}
# After these it is still asked whether 119 was called: the same buttons wait for 「できた」.
STILL_TO_CALL = frozenset({AftercareAnswer.NOT_YET, AftercareAnswer.CANNOT_CALL})
# Asked also while a person is asked for.
BESIDE_WAIT = frozenset({AftercareKind.CALLED, AftercareKind.GOING})
# So long before its moment a second look is still agreed on.
AT_LEAST = timedelta(minutes=10)


class AftercareFlow:
    """Asks when a row of `aftercare` is due (`rounds.py`); its buttons may be answered later too."""

    spec = FlowSpec(name=AFTERCARE, data=AftercareData)

    def __init__(self, dangers: Mapping[str, SafetyContent]) -> None:
        self._dangers = dangers

    # Asking

    def asked(self, state: State, asked: AskedAfter, ctx: Context) -> Turn:
        """Ask; no other question is open in `state`."""
        memory = replace(state.memory.with_asked_after(asked), asked_at=ctx.now)
        opened = State(AFTERCARE, asked.instance, asked.kind.value, AftercareData(asked.kind), memory)
        return Turn(opened, self.question(opened, ctx))

    def unanswered(self, asked: AskedAfter, memory_of: State, ctx: Context) -> Message:
        """Say what to do now to who has not told whether 119 was called; the question stands below."""
        return self._do_now("unanswered", asked, memory_of, ctx)

    # The flow

    def start(self, state: State, _user_input: UserInput, _ctx: Context) -> Turn:
        """Return an unchanged turn: no words begin it."""
        return Turn(state)

    def read(
        self, state: State, user_input: UserInput, ctx: Context
    ) -> Answered | LookAgreed | TappedLate | None:
        """Read a tap on a question of any time, or words for the open one."""
        if answer := user_input.answer:
            return _tapped(state, answer, ctx)
        asked = _asked(state, state.instance) if state.flow == AFTERCARE else None
        if asked is None or not user_input.is_text:
            return None
        typed = typed_choice(user_input.text, self._options(asked, state, ctx))
        said = AftercareAnswer(typed) if typed else read_aftercare(user_input.text, asked.kind)
        return Answered(asked, said) if said else None

    def resume(self, state: State, reading: Answered | LookAgreed | TappedLate, ctx: Context) -> Turn:
        """Answer kindly, note what was answered, and go on where it leads."""
        match reading:
            case TappedLate():
                quick = (flow_button("person", ctx.texts), call_119(ctx.texts))
                return _beside(state, (Text(text=ctx.texts("talk.aftercare.late"), quick=quick),), ctx)
            case LookAgreed(past):
                return self._agreed(state, past, ctx)
            case Answered(asked, answer):
                noted = NoteAnswer(asked.instance, asked.kind, answer)
                turn = self._answered(state, asked, answer, ctx)
                return replace(turn, effects=(noted, *turn.effects))

    def question(self, state: State, ctx: Context) -> tuple[Message, ...]:
        """Return the open question."""
        asked = _asked(state, state.instance)
        if asked is None:
            return ()
        text = ctx.texts(f"talk.aftercare.ask.{asked.kind.value}")
        if asked.kind is AftercareKind.CALLED and state.memory.spoken_language(ctx.now):
            text = ctx.texts("talk.aftercare.foreign.ask")
        return (self._choices(text, asked, state, ctx),)

    def outlives(self, _state: State, _answer: Answer, _ctx: Context) -> bool:
        """Whether a tap is for this flow although its question is not open: always, `read` tells a late one."""
        return True

    def answers_danger(self, state: State, user_input: UserInput, ctx: Context) -> bool:
        """Whether words that sound like a cry for help tell that it was called: 「救急車を呼びました」."""
        is_cry = user_input.danger == CRY_FOR_HELP
        return is_cry and isinstance(self.read(state, user_input, ctx), Answered)

    def answers_beside_wait(self, state: State, user_input: UserInput, ctx: Context) -> bool:
        """Whether a tap or words tell, while a person is asked for, if 119 was called or somebody can go."""
        is_calm = user_input.danger in {"", CRY_FOR_HELP} and user_input.bare_no is None
        reading = self.read(state, user_input, ctx) if is_calm else None
        return isinstance(reading, Answered) and reading.asked.kind in BESIDE_WAIT

    # Answers

    def _answered(self, state: State, asked: AskedAfter, answer: AftercareAnswer, ctx: Context) -> Turn:
        if answer in STILL_TO_CALL:
            message = self._do_now(answer.value, asked, state, ctx)
            left = state if state.flow == AFTERCARE else leave_for(state, AFTERCARE, ctx)
            memory = left.memory
            still = State(AFTERCARE, asked.instance, asked.kind.value, AftercareData(asked.kind), memory)
            return Turn(still, urgent=(message,))
        state = state.remembering(state.memory.without_asked_after(asked.instance))
        if answer is AftercareAnswer.WORSE:
            return self._worse(state, asked, ctx)
        if answer is AftercareAnswer.CANNOT_GO:
            return self._cannot_go(state, asked, ctx)
        kind = asked.kind.value
        key = f"talk.aftercare.said.{kind}.{answer.value}"
        if answer is AftercareAnswer.SAME:
            hurry = "soon" if exceeds(asked.level, Urgency.GREEN) else "calm"
            key = f"talk.aftercare.same.{hurry}"
        said = Text(text=ctx.texts(key), quick=self._onward(asked, answer, ctx))
        if asked.kind is AftercareKind.CALLED:
            turn = _beside(state, (said,), ctx)
            return replace(turn, urgent=turn.replies, replies=())
        return _beside(state, (said,), ctx)

    def _onward(self, asked: AskedAfter, answer: AftercareAnswer, ctx: Context) -> tuple[Button, ...]:
        person, clinic = (flow_button(value, ctx.texts) for value in ("person", "facility"))
        if asked.kind in BESIDE_WAIT:
            return (call_119(ctx.texts), person)
        return (clinic, person) if answer is AftercareAnswer.SAME else (person,)

    def _worse(self, state: State, asked: AskedAfter, ctx: Context) -> Turn:
        """Begin the consultation anew with the same complaint; its level does not fall."""
        left = state.ended() if state.flow == AFTERCARE else leave_for(state, CONSULTATION, ctx)
        past = _past(left, asked.card_at)
        words = past.complaint if past else NO_WORDS
        told = UserInput(
            kind="text" if words else "postback",
            text=words.text,
            meaning=Understanding("consult_symptom", 1.0),
            floor=asked.level,
        )
        lead = Text(text=ctx.texts("talk.aftercare.worse"))
        # A consultation that was interrupted before is another one.
        fresh = left.remembering(replace(left.memory, interrupted=None))
        return Turn(fresh, (lead,), goes_on_with=CONSULTATION, goes_on_saying=told)

    def _cannot_go(self, state: State, asked: AskedAfter, ctx: Context) -> Turn:
        """Hand the talk to a nurse, with what was found; 119 for who cannot go by herself."""
        left = state.ended() if state.flow == AFTERCARE else leave_for(state, AFTERCARE, ctx)
        name = ctx.texts(f"handoff.profession.{Profession.NURSE.value}")
        past = _past(left, asked.card_at)
        nurse = OpenThread(
            text=ctx.texts("talk.aftercare.cannot_go", profession=name),
            profession=Profession.NURSE,
            urgency=asked.level,
            complaint=past.complaint if past else NO_WORDS,
            findings=past.findings if past else (),
            advised=past.advised if past else (),
            who=past.who if past else "",
            protocols=past.protocols if past else (),
        )
        return Turn(left, effects=(nurse,))

    def _agreed(self, state: State, past: PastConsultation, ctx: Context) -> Turn:
        assert past.look_again_h
        due = look_at(past.urgency, past.look_again_h, past.at)
        look = LookLater(level=past.urgency, card_at=past.at, due_at=due, tables=past.protocols)
        words = ctx.texts("talk.aftercare.agreed", time=moment_text(due, ctx.now, ctx.texts))
        return replace(_beside(state, (Text(text=words),), ctx), effects=(look,))

    # Messages

    def _do_now(self, why: str, asked: AskedAfter, state: State, ctx: Context) -> Message:
        if state.memory.spoken_language(ctx.now):
            text = ctx.texts("talk.aftercare.foreign.now")
        else:
            text = ctx.texts(f"talk.aftercare.now.{why}", step=self._step(asked, ctx))
        return self._choices(text, asked, state, ctx)

    def _step(self, asked: AskedAfter, ctx: Context) -> str:
        """Return what to do until help comes: of the card's danger, else what is safe for all."""
        danger = self._dangers.get(asked.danger)
        is_said = danger is not None and may_run(danger, runs_drafts=ctx.runs_drafts)
        return danger.steps[0] if danger and is_said else ctx.texts("talk.aftercare.step")

    def _choices(self, text: str, asked: AskedAfter, state: State, ctx: Context) -> Message:
        buttons = option_buttons(
            AFTERCARE, asked.instance, asked.kind.value, self._options(asked, state, ctx)
        )
        person = flow_button("person", ctx.texts)
        is_urgent = asked.kind in BESIDE_WAIT
        return Choices(
            text=text, options=buttons, quick=(call_119(ctx.texts), person) if is_urgent else (person,)
        )

    def _options(self, asked: AskedAfter, state: State, ctx: Context) -> tuple[Option, ...]:
        kind = asked.kind.value
        if asked.kind is AftercareKind.CALLED and state.memory.spoken_language(ctx.now):
            kind = "foreign"
        answers = ANSWERS[asked.kind]
        return tuple(Option(a.value, ctx.texts(f"talk.aftercare.label.{kind}.{a.value}")) for a in answers)


def instance_of(row_id: int) -> str:
    """Return the instance of the buttons of a row's question."""
    return f"a{row_id:x}"


def row_of(instance: str) -> int:
    """Return the row whose question an instance is."""
    return int(instance.removeprefix("a"), 16)


def offer(level: Urgency, look_again_h: float, now: datetime, texts: Texts) -> Message:
    """Return the offer to ask again at the time the card given now names."""
    due = look_at(level, look_again_h, now)
    yes = option_button(AFTERCARE, _card_instance(now), AGREE, Option(YES, texts("talk.aftercare.agree")))
    words = texts("talk.aftercare.offer", time=moment_text(due, now, texts))
    return Choices(text=words, options=(yes,))


def look_at(level: Urgency, look_again_h: float, card_at: datetime) -> datetime:
    """Return when to look again, never at night."""
    return allowed_at(card_at + timedelta(hours=look_again_h), card_at, level)


def _card_instance(card_at: datetime) -> str:
    return f"c{int(card_at.timestamp() * 1000):x}"


def _tapped(state: State, answer: Answer, ctx: Context) -> Answered | LookAgreed | TappedLate:
    if answer.question == AGREE:
        found = (
            one
            for one in state.memory.consultations
            if one.look_again_h and _card_instance(one.at) == answer.instance
        )
        past = next(found, None)
        if past is None or not past.look_again_h:
            return TappedLate()
        due = look_at(past.urgency, past.look_again_h, past.at)
        return LookAgreed(past) if due - ctx.now >= AT_LEAST else TappedLate()
    asked = _asked(state, answer.instance)
    if asked is None or asked.kind.value != answer.question:
        return TappedLate()
    if not is_current(asked.at, ctx.now, VALID[asked.kind]):
        return TappedLate()
    chosen = next((one for one in ANSWERS[asked.kind] if one.value == answer.value), None)
    return Answered(asked, chosen) if chosen else TappedLate()


def _asked(state: State, instance: str) -> AskedAfter | None:
    return next((one for one in state.memory.asked_after if one.instance == instance), None)


def _past(state: State, card_at: datetime) -> PastConsultation | None:
    """Return the consultation whose card was given at a moment, while the talk remembers it."""
    return next((one for one in state.memory.consultations if one.at == card_at), None)


def _beside(state: State, messages: tuple[Message, ...], ctx: Context) -> Turn:
    """Answer beside whatever else is open: a question of another flow is asked again."""
    if state.flow in {"", AFTERCARE}:
        return Turn(state.ended(), messages)
    running = ctx.flows.get(state.flow)
    question = running.question(state, ctx) if running else ()
    return Turn(state, (*messages, *question))
