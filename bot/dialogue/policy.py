"""Decide one turn: `expire` → `interpret` → `perform` → `continue_with_pending`. Pure.

A flow is called in one place, `perform`; nothing is run as a trial.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot.dialogue.flow import Context
from bot.dialogue.handover import handed_over
from bot.dialogue.interpretation import interpret, route
from bot.dialogue.leaving import runs_left
from bot.dialogue.memory import Memory
from bot.dialogue.memory_entries import RELEVANT_FOR, LanguageSeen, is_current
from bot.dialogue.menu import BACK, MENU, flow_button
from bot.dialogue.moves import Begin, perform
from bot.dialogue.pending_intents import intent_title, keep_pending, take_pending
from bot.dialogue.state import State
from bot.dialogue.turn import CardGiven, OpenThread, Turn
from bot.dialogue.user_input import UserInput
from core.db.tables import Urgency
from core.messages import Answer, Message, Tap, Text

# A question lasts a day; then the resident's situation may have changed.
OPEN_FOR = RELEVANT_FOR
# Intents by which an answer to an expired question is recognised.
ANSWERS = frozenset({"", "affirm", "deny", "out_of_scope"})


def take_turn(state: State, user_input: UserInput, ctx: Context) -> Turn:
    """Decide one turn; the most urgent of several intents is served, the next follows when it has ended."""
    before = state
    asked, state = state.flow, expire(state, user_input, ctx)
    move = interpret(state, user_input, ctx)
    turn = _in_language(perform(move, state, ctx), user_input, ctx)
    if move.later:
        turn = _with_later(turn, move.later, ctx)
    turn = with_cards_told(continue_with_pending(turn, ctx), state.memory, ctx)
    turn = _with_left(before, turn, ctx)
    if asked and not state.flow and user_input.is_text and user_input.intent in ANSWERS:
        return replace(turn, replies=(Text(text=ctx.texts("talk.outdated")), *turn.replies))
    return turn


def _with_left(before: State, turn: Turn, ctx: Context) -> Turn:
    """Record the runs of flows that this turn has left for good."""
    parts = [turn]
    while parts[-1].then:
        parts.append(parts[-1].then)
    effects = [effect for part in parts for effect in part.effects]
    left = runs_left(before, parts[-1].state, effects, ctx)
    return replace(turn, effects=(*turn.effects, *left)) if left else turn


def _in_language(turn: Turn, user_input: UserInput, ctx: Context) -> Turn:
    """Remember the language, other than Japanese, in which the resident writes: whoever takes over should know."""
    if not user_input.language:
        return turn
    seen = LanguageSeen(language=user_input.language, at=ctx.now)
    return replace(turn, state=turn.state.remembering(replace(turn.state.memory, language=seen)))


def expire(state: State, user_input: UserInput, ctx: Context) -> State:
    """Drop what has expired: yesterday's question and its pending intents, a row of files, all on a `follow`."""
    if user_input.kind == "follow":
        state = state.ended()
    if not user_input.is_file:
        state = state.remembering(replace(state.memory, file_at=None))
    asked_at = state.memory.asked_at
    if state.flow and asked_at and not is_current(asked_at, ctx.now, OPEN_FOR):
        return state.ended(replace(state.memory, pending=()))
    return state


def with_cards_told(turn: Turn, before: Memory, ctx: Context) -> Turn:
    """Say of each card that this turn gives what it was: whoever follows cards up need not know who gives them."""
    new = (one for one in turn.state.memory.consultations if one.at == ctx.now and one.is_card)
    told = tuple(
        CardGiven(
            level=one.urgency,
            protocols=one.protocols,
            danger=one.danger,
            look_again_h=one.look_again_h,
        )
        for one in new
        if one not in before.consultations
    )
    then = with_cards_told(turn.then, turn.state.memory, ctx) if turn.then else None
    return replace(turn, effects=(*turn.effects, *told), then=then)


def continue_with_pending(turn: Turn, ctx: Context) -> Turn:
    """Append the next pending intent or the offer to resume."""
    if turn.then is not None:
        return turn
    if any(isinstance(effect, OpenThread) for effect in turn.effects):
        return handed_over(turn, ctx)
    if turn.urgent and turn.state.memory.urgency(ctx.now) is Urgency.RED and not turn.state.flow:
        # An emergency: nothing else is added.
        memory = replace(turn.state.memory, interrupted=None, asked_at=None, pending=())
        return replace(turn, state=turn.state.remembering(memory))
    back = _way_back(turn.state, ctx)
    asked_at = ctx.now if turn.state.flow else None
    turn = replace(turn, state=turn.state.remembering(replace(turn.state.memory, asked_at=asked_at)))
    # The interrupted question was the more urgent intent: the others wait for it.
    if back or turn.state.flow:
        return _with_way_back(turn, back, ctx) if back and not turn.urgent else turn
    return _next_pending(turn, ctx)


def _with_later(turn: Turn, later: Sequence[UserInput], ctx: Context) -> Turn:
    """Keep further intents, and say so unless they follow at once."""
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


def _way_back(state: State, ctx: Context) -> Tap | None:
    """Return the button that takes the interrupted question up again; None when there is none."""
    left = state.memory.open_interruption(ctx.now)
    if left is None:
        return None
    label = ctx.texts("talk.back_to_question")
    return Tap(label, Answer(MENU, left.instance, BACK, left.flow).data(), label)


def _with_way_back(turn: Turn, back: Tap, ctx: Context) -> Turn:
    """Add the way back: as one more button while a question is open, else as a message of its own."""
    if turn.state.flow:
        return replace(turn, replies=_with_button(turn.replies, back))
    word = Text(text=ctx.texts("talk.left_open"), quick=(back, flow_button("person", ctx.texts)))
    return replace(turn, then=Turn(turn.state, (word,)))


def _with_button(replies: tuple[Message, ...], back: Tap) -> tuple[Message, ...]:
    if not replies:
        return replies
    *before, last = replies
    return (*before, replace(last, quick=(*last.quick, back)))
