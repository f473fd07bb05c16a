"""A question left open for something else can be taken up again, for a day."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.dialogue.memory import is_relevant, told, with_memory, without_memory
from bot.dialogue.menu import BACK, wish
from bot.dialogue.turn import Context, Flow, Leavable, State, Turn
from bot.flows import FLOWS
from bot.language.typed_replies import asks_to_return
from core.messages import Answer, Message, Tap, Text

# Where something would be lost; "which person?" or "where?" is simply asked anew.
RESUMABLE = frozenset({"consultation", "safety", "shop"})
# No flow times out under a day; after it, yesterday's question is not today's.
OPEN_FOR = timedelta(hours=24)


def blank(state: State) -> State:
    """Leave whatever runs; what is remembered stays."""
    return replace(state, flow="", instance="", step="", data={})


def left(state: State, name: str, ctx: Context) -> State:
    """Leave the open question for the flow `name`; it can be taken up again, and a person learns what was said."""
    flow = FLOWS.get(state.flow)
    if flow is None or not flow.ask_again(state, ctx):
        return blank(state)
    state = with_memory(state, **_learnt(state, flow, ctx))
    if name == "consultation":
        # A new symptom is asked about from the beginning; the former stays for a person.
        return blank(without_memory(state, "left"))
    if state.flow in RESUMABLE and state.flow != name and state.data:
        open_question = {
            "flow": state.flow,
            "instance": state.instance,
            "step": state.step,
            "data": dict(state.data),
            "at": ctx.now.isoformat(),
        }
        state = with_memory(state, left=open_question)
    return blank(state)


def _learnt(state: State, flow: Flow, ctx: Context) -> dict[str, Any]:
    """Return what memory gains."""
    if not isinstance(flow, Leavable):
        return told(state.data.get("complaint", ""), ctx.now)
    return dict(flow.leaving(state, ctx))


def way_back(state: State, ctx: Context) -> Tap | None:
    """Return the button that takes up again what was left; None when there is nothing."""
    question = state.memory.get("left")
    if not question or not is_relevant(question, ctx.now, OPEN_FOR):
        return None
    label = ctx.texts("talk.back_to_question")
    return Tap(label, Answer("menu", question["instance"], BACK, question["flow"]).data(), label)


def offered(turn: Turn, ctx: Context) -> Turn:
    """Return the turn with the way back: as one more button while something is asked, as a word of its own after."""
    back = way_back(turn.state, ctx)
    if back is None or turn.urgent:
        return turn
    if turn.state.flow:
        return replace(turn, replies=_with_button(turn.replies, back))
    word = Text(text=ctx.texts("talk.left_open"), quick=(back, wish("person", ctx)))
    return replace(turn, then=Turn(turn.state, (word,)))


def _with_button(replies: tuple[Message, ...], back: Tap) -> tuple[Message, ...]:
    if not replies:
        return replies
    *before, last = replies
    return (*before, replace(last, quick=(*last.quick, back)))


def is_way_back(answer: Answer | None, text: str, state: State, ctx: Context) -> bool:
    """Whether the resident taps or writes that the question left open is to be asked again."""
    if way_back(state, ctx) is None:
        return False
    question = state.memory["left"]
    if answer:
        return (answer.flow, answer.question, answer.instance) == ("menu", BACK, question["instance"])
    return asks_to_return(text)


def taken_up(state: State, ctx: Context) -> Turn | None:
    """Ask what was left open again; None when the content has changed and nothing is open any more."""
    question = state.memory["left"]
    again = State(
        question["flow"],
        question["instance"],
        question["step"],
        question["data"],
        without_memory(state, "left").memory,
    )
    asked = FLOWS[again.flow].ask_again(again, ctx)
    if not asked:
        return None
    return Turn(again, (Text(text=ctx.texts("talk.taken_up")), *asked))


def is_outdated(state: State, now: datetime) -> bool:
    """Whether the open question was asked so long ago that it is no longer today's."""
    asked_at: str = state.memory.get("asked_at", "")
    return bool(state.flow and asked_at) and now - datetime.fromisoformat(asked_at) > OPEN_FOR
