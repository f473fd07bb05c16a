"""Keep an interrupted question, which can be taken up again for a day."""

from dataclasses import replace
from datetime import datetime

from bot.dialogue.flow import Context, Flow, Leavable
from bot.dialogue.memory import Memory
from bot.dialogue.memory_entries import RELEVANT_FOR, Interrupted, is_current
from bot.dialogue.menu import BACK, MENU, flow_button
from bot.dialogue.state import State
from bot.dialogue.turn import Turn
from bot.dialogue.user_input import UserInput
from bot.language.typed_replies import asks_to_return
from core.messages import Answer, Message, Tap, Text

# A question lasts a day; then the resident's situation may have changed.
OPEN_FOR = RELEVANT_FOR


def open_question(state: State, ctx: Context) -> tuple[Message, ...]:
    """Return the messages of the open question, to be asked again; empty when none is open."""
    flow = ctx.flows.get(state.flow)
    return flow.question(state, ctx) if flow else ()


def leave_for(state: State, name: str, ctx: Context) -> State:
    """Interrupt the open question for the flow `name`; keep it for later, and its words for a person."""
    flow = ctx.flows.get(state.flow)
    if flow is None or not flow.question(state, ctx):
        return state.ended()
    memory = _with_findings(state, flow, ctx)
    if ctx.flows.spec(name).starts_afresh:
        # A new symptom starts a new consultation; the former is kept for a person.
        return state.ended(replace(memory, interrupted=None))
    if flow.spec.keeps_question and state.flow != name and state.data.to_json():
        interrupted = Interrupted(
            flow=state.flow, instance=state.instance, step=state.step, data=state.data, at=ctx.now
        )
        memory = replace(memory, interrupted=interrupted)
    return state.ended(memory)


def _with_findings(state: State, flow: Flow, ctx: Context) -> Memory:
    """Return the memory with what a person should know of the interrupted flow."""
    if isinstance(flow, Leavable):
        return flow.leave(state, ctx)
    return state.memory.with_remark(state.data.told_words, ctx.now)


def way_back(state: State, ctx: Context) -> Tap | None:
    """Return the button that takes the interrupted question up again; None when there is none."""
    left = state.memory.open_interruption(ctx.now)
    if left is None:
        return None
    label = ctx.texts("talk.back_to_question")
    return Tap(label, Answer(MENU, left.instance, BACK, left.flow).data(), label)


def with_way_back(turn: Turn, ctx: Context) -> Turn:
    """Add the way back: as one more button while a question is open, else as a message of its own."""
    back = way_back(turn.state, ctx)
    if back is None or turn.urgent:
        return turn
    if turn.state.flow:
        return replace(turn, replies=_with_button(turn.replies, back))
    word = Text(text=ctx.texts("talk.left_open"), quick=(back, flow_button("person", ctx.texts)))
    return replace(turn, then=Turn(turn.state, (word,)))


def _with_button(replies: tuple[Message, ...], back: Tap) -> tuple[Message, ...]:
    if not replies:
        return replies
    *before, last = replies
    return (*before, replace(last, quick=(*last.quick, back)))


def asks_for_way_back(user_input: UserInput, left: Interrupted) -> bool:
    """Whether the resident taps or writes that the interrupted question is to be asked again."""
    answer = user_input.answer
    if answer:
        return (answer.flow, answer.question, answer.instance) == (MENU, BACK, left.instance)
    return asks_to_return(user_input.text)


def taken_up(state: State, left: Interrupted) -> State:
    """Return the state in which the interrupted question is open again."""
    memory = replace(state.memory, interrupted=None)
    return State(left.flow, left.instance, left.step, left.data, memory)


def is_outdated(state: State, now: datetime) -> bool:
    """Whether the open question was asked more than a day ago."""
    asked_at = state.memory.asked_at
    return bool(state.flow and asked_at) and not is_current(asked_at or now, now, OPEN_FOR)
