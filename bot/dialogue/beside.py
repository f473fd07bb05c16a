"""Beside an open question: a short answer, a picture, a place. The question stays and is asked again."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.dialogue.interruption import blank
from bot.dialogue.memory import placed, told, with_memory
from bot.dialogue.menu import is_main_menu
from bot.dialogue.turn import Context, State, Turn
from bot.dialogue.user_input import Said
from bot.flows import FLOWS
from core.messages import Message, Text

# Answered with words alone, so the open question can follow at once.
ONE_SHOT = frozenset({"welcome", "advice"})
# Yes and no that fit no open question say nothing.
EMPTY = frozenset({"affirm", "deny"})
# Pictures in a row get one answer.
SAME_ROW = timedelta(minutes=1)


def beside(state: State, name: str, said: Said, again: tuple[Message, ...], ctx: Context) -> Turn | None:
    """Answer what needs no flow and ask again; None for what does."""
    if said.kind == "sticker":
        return Turn(state, again)
    is_its_own = name == state.flow and not said.answer
    if name in {"", "fallback"} or is_its_own or said.intent in EMPTY:
        kept = with_memory(state, **told(said.text, ctx.now)) if said.kind == "text" else state
        return Turn(kept, (Text(text=ctx.texts("talk.not_understood")), *again))
    if name not in ONE_SHOT:
        return None
    answer = FLOWS[name].start(blank(state), said, ctx)
    if answer.state.flow or answer.actions or answer.urgent:
        return None
    words = tuple(m for m in answer.replies if not is_main_menu(m, ctx))
    return Turn(replace(state, memory=answer.state.memory), (*words, *again))


def kept_file(state: State, said: Said, ctx: Context) -> Turn:
    """Keep a picture or a voice for the person who can look at it; several in a row get one answer."""
    flow = FLOWS.get(state.flow)
    again = flow.ask_again(state, ctx) if flow else ()
    if again and _is_same_row(state, ctx.now):
        return Turn(state)
    if again:
        turn = Turn(state, (Text(text=ctx.texts("talk.kept_file")), *again))
    else:
        turn = FLOWS["safety"].start(blank(state), said, ctx)
    return replace(turn, state=with_memory(turn.state, file_at=ctx.now.isoformat()))


def kept_place(state: State, said: Said, again: tuple[Message, ...], ctx: Context) -> Turn:
    """Keep a place that no question asked for; the search for a facility may use it soon."""
    assert said.latitude is not None
    assert said.longitude is not None
    kept = with_memory(state, **placed(said.latitude, said.longitude, ctx.now))
    return Turn(kept, (Text(text=ctx.texts("talk.kept_place")), *again))


def _is_same_row(state: State, now: datetime) -> bool:
    answered_at = state.memory.get("file_at")
    return answered_at is not None and now - datetime.fromisoformat(answered_at) <= SAME_ROW
