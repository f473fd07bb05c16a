"""What an input is taken for: one move of a closed union; and what each does: the only place that calls a flow."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, assert_never

from bot.dialogue.flow import Context, Interjecting, Leavable
from bot.dialogue.memory import Memory
from bot.dialogue.memory_entries import Interrupted, SharedLocation, is_current
from bot.dialogue.menu import asks_for_yes, main_menu
from bot.dialogue.state import State
from bot.dialogue.turn import Turn
from bot.dialogue.user_input import UserInput
from bot.language.yes_no import YesNo, read_yes_no
from core.messages import Message, Text
from core.words import Words

# Several files in a row get one answer within this time.
SAME_ROW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decided:
    """What any move may bring: `later` are further intents of the message, `question` is asked after the answer."""

    later: tuple[UserInput, ...] = ()
    question: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Begin(_Decided):
    """Start a flow, interrupting an open question."""

    flow: str
    user_input: UserInput


@dataclass(frozen=True, slots=True)
class Interjection:
    """Put a flow's message before the running flow's answer."""

    flow: str
    user_input: UserInput


@dataclass(frozen=True, slots=True)
class Resume(_Decided):
    """Go on with the running flow: its `reading` of the input, or of a part of it."""

    flow: str
    reading: Any
    user_input: UserInput
    interjection: Interjection | None = None


@dataclass(frozen=True, slots=True)
class TakeUp(_Decided):
    """Ask the interrupted question again."""

    left: Interrupted


@dataclass(frozen=True, slots=True)
class StaleTap(_Decided):
    """Refuse a tap on a button of a closed question, or an answer that quotes one."""

    is_quote: bool = False


@dataclass(frozen=True, slots=True)
class StartOver(_Decided):
    """End the running flow, keep the memory."""


@dataclass(frozen=True, slots=True)
class KeepFile(_Decided):
    """Keep a file that arrives beside an open question, for the person who can look at it."""


@dataclass(frozen=True, slots=True)
class KeepLocation(_Decided):
    """Keep a place that arrives beside an open question which did not ask for it."""

    user_input: UserInput


@dataclass(frozen=True, slots=True)
class Aside(_Decided):
    """Give a short answer beside the open question, then ask it again."""

    flow: str
    user_input: UserInput


@dataclass(frozen=True, slots=True)
class RepeatQuestion(_Decided):
    """Ask the open question again: the input has no content."""


@dataclass(frozen=True, slots=True)
class NotUnderstood(_Decided):
    """Report words that were not understood beside an open question."""

    user_input: UserInput


Move = (
    Begin
    | Resume
    | TakeUp
    | StaleTap
    | StartOver
    | KeepFile
    | KeepLocation
    | Aside
    | RepeatQuestion
    | NotUnderstood
)


def perform(move: Move, state: State, ctx: Context) -> Turn:
    """Perform a move: the only place that calls a flow."""
    match move:
        case Begin():
            return _begin(move, state, ctx)
        case Resume():
            return _resume(move, state, ctx)
        case Aside(flow, user_input):
            # Beside the open question the answer comes without the menu.
            answer = ctx.flows[flow].start(state.ended(), user_input, ctx)
            return Turn(state.remembering(answer.state.memory), (*answer.replies, *move.question))
        case TakeUp(left):
            return Turn(state.taking_up(left), (Text(text=ctx.texts("talk.taken_up")), *move.question))
        case StaleTap(is_quote):
            # A tap on an old card, or a second tap, is never an answer to today's question.
            if is_quote:
                word = Text(text=ctx.texts("talk.stale_quote_asked" if move.question else "talk.stale_quote"))
            else:
                word = Text(text=ctx.texts("talk.stale_asked" if move.question else "talk.stale"))
            return Turn(state, (word, *(move.question or (main_menu(ctx),))))
        case StartOver():
            over = leave_for(state, "", ctx)
            over = over.remembering(replace(over.memory, interrupted=None, pending=()))
            return Turn(over, (Text(text=ctx.texts("talk.start_over")), main_menu(ctx)))
        case KeepFile():
            return _kept_file(move, state, ctx)
        case KeepLocation():
            return _kept_location(move, state, ctx)
        case RepeatQuestion():
            return Turn(state, move.question)
        case NotUnderstood(user_input):
            words = Words.of(user_input.text) if user_input.is_text else Words()
            kept = state.remembering(state.memory.with_remark(words, ctx.now))
            is_unclear = read_yes_no(user_input.text, is_list=True) is YesNo.UNCLEAR
            key = "talk.unclear" if is_unclear and asks_for_yes(move.question) else "talk.not_understood"
            return Turn(kept, (Text(text=ctx.texts(key)), *move.question))
        case _:
            assert_never(move)


def leave_for(state: State, name: str, ctx: Context) -> State:
    """Interrupt the open question for the flow `name`; keep it for later, and its words for a person."""
    flow = ctx.flows.get(state.flow)
    if flow is None or not flow.question(state, ctx):
        return state.ended()
    memory: Memory
    if isinstance(flow, Leavable):
        memory = flow.leave(state, ctx)
    else:
        memory = state.memory.with_remark(state.data.told_words, ctx.now)
    if ctx.flows.spec(name).starts_afresh:
        # A new symptom starts a new consultation; the former is kept for a person.
        return state.ended(replace(memory, interrupted=None))
    if flow.spec.keeps_question and state.flow != name and state.data.to_json():
        interrupted = Interrupted(
            flow=state.flow, instance=state.instance, step=state.step, data=state.data, at=ctx.now
        )
        memory = replace(memory, interrupted=interrupted)
    return state.ended(memory)


def _begin(move: Begin, state: State, ctx: Context) -> Turn:
    """Start a flow, and those that it passes the same words on to."""
    flow = ctx.flows[move.flow]
    intents = {intent.name for intent in flow.spec.intents}
    # In a flow with many kinds of questions each question is a matter of its own.
    served = {move.user_input.intent, *(() if len(intents & {*ctx.flows.order}) > 1 else intents)}
    left = leave_for(state, move.flow, ctx)
    turn = flow.start(left.remembering(left.memory.without_pending(served)), move.user_input, ctx)
    if turn.goes_on_with:
        turn = _gone_on(turn, move.user_input, ctx)
    return _with_menu(turn, ctx)


def _with_menu(turn: Turn, ctx: Context) -> Turn:
    """Return the turn with the main menu below its line, if it has one."""
    if not turn.menu:
        return turn
    return replace(turn, replies=(*turn.replies, main_menu(ctx, turn.menu)), menu="")


def _resume(move: Resume, state: State, ctx: Context) -> Turn:
    turn = ctx.flows[move.flow].resume(state, move.reading, ctx)
    if turn.goes_on_with:
        turn = _with_menu(_gone_on(turn, move.user_input, ctx), ctx)
    if move.interjection:
        beside = ctx.flows[move.interjection.flow]
        assert isinstance(beside, Interjecting), "its specification says that it speaks beside another"
        turn = beside.interject(turn, move.interjection.user_input, ctx)
    return turn


def _gone_on(turn: Turn, user_input: UserInput, ctx: Context) -> Turn:
    while turn.goes_on_with:
        user_input = turn.goes_on_saying or user_input
        further = _taken_further(turn.goes_on_with, turn.state, user_input, ctx)
        turn = turn.followed_by(further)
    return turn


def _taken_further(name: str, state: State, user_input: UserInput, ctx: Context) -> Turn:
    """Return the turn of the flow `name` with the words: its interrupted question is taken up, else it starts."""
    flow, left = ctx.flows[name], state.memory.open_interruption(ctx.now)
    if left is None or left.flow != name:
        return flow.start(state, user_input, ctx)
    taken_up = state.taking_up(left)
    reading = flow.read(taken_up, user_input, ctx)
    if reading is None:
        return Turn(taken_up, flow.question(taken_up, ctx))
    return flow.resume(taken_up, reading, ctx)


def _kept_file(move: KeepFile, state: State, ctx: Context) -> Turn:
    """Keep a file for the person who can look at it; several in a row get one answer."""
    answered_at = state.memory.file_at
    kept = state.remembering(replace(state.memory, file_at=ctx.now))
    if answered_at and is_current(answered_at, ctx.now, SAME_ROW):
        return Turn(state)
    return Turn(kept, (Text(text=ctx.texts("talk.kept_file")), *move.question))


def _kept_location(move: KeepLocation, state: State, ctx: Context) -> Turn:
    """Keep a place that no question asked for; the facility search may use it soon."""
    user_input = move.user_input
    assert user_input.latitude is not None
    assert user_input.longitude is not None
    place = SharedLocation(latitude=user_input.latitude, longitude=user_input.longitude, at=ctx.now)
    kept = state.remembering(replace(state.memory, location=place))
    return Turn(kept, (Text(text=ctx.texts("talk.kept_place")), *move.question))
