"""Decide one turn: `expire` → `interpret` → `perform` → `continue_with_pending`. Pure.

A flow is called in one place, `perform`; nothing is run as a trial.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from bot.dialogue.flow import Context, Interjecting
from bot.dialogue.handover import handed_over, intent_title
from bot.dialogue.interruption import is_outdated, leave_for, open_question, taken_up, way_back, with_way_back
from bot.dialogue.memory_entries import SharedLocation, is_current
from bot.dialogue.menu import main_menu
from bot.dialogue.moves import (
    Aside,
    Begin,
    KeepFile,
    KeepLocation,
    Move,
    NotUnderstood,
    RepeatQuestion,
    Resume,
    StaleTap,
    StartOver,
    TakeUp,
    interpret,
)
from bot.dialogue.pending_intents import drop_pending, keep_pending, take_pending, without_pending
from bot.dialogue.routing import route
from bot.dialogue.state import State
from bot.dialogue.turn import OpenThread, Turn
from bot.dialogue.user_input import UserInput
from core.db.tables import Urgency
from core.messages import Text
from core.words import Words

# Intents by which an answer to an expired question is recognised.
ANSWERS = frozenset({"", "affirm", "deny", "out_of_scope"})
# Several files in a row get one answer within this time.
SAME_ROW = timedelta(minutes=1)


def take_turn(state: State, user_input: UserInput, ctx: Context) -> Turn:
    """Decide one turn; the most urgent of several intents is served, the next follows when it has ended."""
    asked, state = state.flow, expire(state, user_input, ctx)
    turn = perform(interpret(state, user_input, ctx), state, ctx)
    turn = continue_with_pending(turn, ctx)
    if asked and not state.flow and user_input.is_text and user_input.intent in ANSWERS:
        return replace(turn, replies=(Text(text=ctx.texts("talk.outdated")), *turn.replies))
    return turn


def expire(state: State, user_input: UserInput, ctx: Context) -> State:
    """Drop what has expired: yesterday's question and its pending intents, a row of files, all on a `follow`."""
    if user_input.kind == "follow":
        state = state.ended()
    if not user_input.is_file:
        state = state.remembering(replace(state.memory, file_at=None))
    return drop_pending(state.ended()) if is_outdated(state, ctx.now) else state


def perform(move: Move, state: State, ctx: Context) -> Turn:
    """Perform a move: the only place that calls a flow."""
    match move:
        case Begin(flow, user_input, later):
            return _with_later(_begin(flow, state, user_input, ctx), later, ctx)
        case Resume():
            return _with_later(_resume(move, state, ctx), move.later, ctx)
        case Aside(flow, user_input, later):
            return _with_later(_aside(flow, state, user_input, ctx), later, ctx)
        case TakeUp(left):
            again = taken_up(state, left)
            return Turn(again, (Text(text=ctx.texts("talk.taken_up")), *open_question(again, ctx)))
        case StaleTap():
            return _stale(state, ctx)
        case StartOver():
            return _start_over(state, ctx)
        case KeepFile():
            return _kept_file(state, ctx)
        case KeepLocation(user_input):
            return _kept_location(state, user_input, ctx)
        case RepeatQuestion():
            return Turn(state, open_question(state, ctx))
        case NotUnderstood(user_input, later):
            return _with_later(_not_understood(state, user_input, ctx), later, ctx)
        case _:
            assert_never(move)


def continue_with_pending(turn: Turn, ctx: Context) -> Turn:
    """Append the next pending intent or the offer to resume."""
    if turn.then is not None:
        return turn
    if any(isinstance(effect, OpenThread) for effect in turn.effects):
        return handed_over(turn, ctx, perform)
    if turn.urgent and turn.state.memory.urgency(ctx.now) is Urgency.RED and not turn.state.flow:
        # An emergency: nothing else is added.
        memory = replace(turn.state.memory, interrupted=None, asked_at=None)
        return replace(turn, state=drop_pending(turn.state.remembering(memory)))
    if turn.state.flow:
        return _asked_now(with_way_back(turn, ctx), ctx)
    turn = replace(turn, state=turn.state.remembering(replace(turn.state.memory, asked_at=None)))
    # The interrupted question was the more urgent intent: the others wait for it.
    return with_way_back(turn, ctx) if way_back(turn.state, ctx) else _next_pending(turn, ctx)


def _begin(name: str, state: State, user_input: UserInput, ctx: Context) -> Turn:
    """Start a flow, and those that it passes the same words on to."""
    flow = ctx.flows[name]
    intents = {intent.name for intent in flow.spec.intents}
    # In a flow with many kinds of questions each question is a matter of its own.
    served = {user_input.intent, *(() if len(intents & {*ctx.flows.order}) > 1 else intents)}
    turn = flow.start(leave_for(without_pending(state, served), name, ctx), user_input, ctx)
    return _with_menu(_gone_on(turn, user_input, ctx), ctx)


def _gone_on(turn: Turn, user_input: UserInput, ctx: Context) -> Turn:
    while turn.goes_on_with:
        further = ctx.flows[turn.goes_on_with].start(turn.state, user_input, ctx)
        turn = turn.followed_by(further)
    return turn


def _with_menu(turn: Turn, ctx: Context) -> Turn:
    return replace(turn, replies=(*turn.replies, main_menu(ctx, turn.menu)), menu="") if turn.menu else turn


def _resume(move: Resume, state: State, ctx: Context) -> Turn:
    turn = ctx.flows[move.flow].resume(state, move.reading, ctx)
    turn = _gone_on(turn, move.user_input, ctx)
    beside = move.interjection
    if beside is None:
        return turn
    flow = ctx.flows[beside.flow]
    assert isinstance(flow, Interjecting), "its specification says that it speaks beside another"
    return flow.interject(turn, beside.user_input, ctx)


def _aside(name: str, state: State, user_input: UserInput, ctx: Context) -> Turn:
    """Answer beside the open question, without the menu."""
    answer = ctx.flows[name].start(state.ended(), user_input, ctx)
    return Turn(state.remembering(answer.state.memory), (*answer.replies, *open_question(state, ctx)))


def _stale(state: State, ctx: Context) -> Turn:
    """Answer a tap on an old card, or a second tap: never as an answer to today's question."""
    again = open_question(state, ctx)
    word = Text(text=ctx.texts("talk.stale_asked" if again else "talk.stale"))
    return Turn(state, (word, *again) if again else (word, main_menu(ctx)))


def _start_over(state: State, ctx: Context) -> Turn:
    """Clear the flow; keep complaint and urgency in memory."""
    left = leave_for(state, "", ctx)
    over = drop_pending(left.remembering(replace(left.memory, interrupted=None)))
    return Turn(over, (Text(text=ctx.texts("talk.start_over")), main_menu(ctx)))


def _kept_file(state: State, ctx: Context) -> Turn:
    """Keep a file for the person who can look at it; several in a row get one answer."""
    answered_at = state.memory.file_at
    kept = state.remembering(replace(state.memory, file_at=ctx.now))
    if answered_at and is_current(answered_at, ctx.now, SAME_ROW):
        return Turn(state)
    return Turn(kept, (Text(text=ctx.texts("talk.kept_file")), *open_question(state, ctx)))


def _kept_location(state: State, user_input: UserInput, ctx: Context) -> Turn:
    """Keep a place that no question asked for; the facility search may use it soon."""
    assert user_input.latitude is not None
    assert user_input.longitude is not None
    place = SharedLocation(latitude=user_input.latitude, longitude=user_input.longitude, at=ctx.now)
    kept = state.remembering(replace(state.memory, location=place))
    return Turn(kept, (Text(text=ctx.texts("talk.kept_place")), *open_question(state, ctx)))


def _not_understood(state: State, user_input: UserInput, ctx: Context) -> Turn:
    words = Words.of(user_input.text) if user_input.is_text else Words()
    kept = state.remembering(state.memory.with_remark(words, ctx.now))
    return Turn(kept, (Text(text=ctx.texts("talk.not_understood")), *open_question(state, ctx)))


def _with_later(turn: Turn, later: Sequence[UserInput], ctx: Context) -> Turn:
    """Keep further intents, and say so unless they follow at once."""
    if not later:
        return turn
    turn = replace(turn, state=keep_pending(turn.state, later, ctx))
    if turn.urgent or not turn.state.flow:
        return turn
    titles = dict.fromkeys(intent_title(one.intent, ctx) for one in later)
    heard = Text(text=ctx.texts("talk.later", wishes="、".join(titles)))
    return replace(turn, replies=(heard, *turn.replies))


def _next_pending(turn: Turn, ctx: Context) -> Turn:
    user_input, state = take_pending(turn.state, ctx.flows, ctx.now)
    if user_input is None:
        return replace(turn, state=state)
    begun = perform(Begin(route(user_input, ctx), user_input), state, ctx)
    if not begun.urgent:
        lead = Text(text=ctx.texts("talk.next_wish", wish=intent_title(user_input.intent, ctx)))
        begun = replace(begun, replies=(lead, *begun.replies))
    return replace(turn, state=state, then=continue_with_pending(begun, ctx))


def _asked_now(turn: Turn, ctx: Context) -> Turn:
    return replace(turn, state=turn.state.remembering(replace(turn.state.memory, asked_at=ctx.now)))
