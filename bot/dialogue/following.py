"""What follows when a flow has ended: the next wish of the same message, or the way back to a question left open."""

from collections.abc import Sequence
from dataclasses import replace

from bot.dialogue.handover import handed_over, wish_name
from bot.dialogue.interruption import blank, offered, way_back
from bot.dialogue.memory import recent_urgency, with_memory, without_memory
from bot.dialogue.pending_intents import dropped, take_next
from bot.dialogue.turn import Context, OpenThread, State, Turn
from bot.dialogue.user_input import Said
from bot.flows import FLOWS, INTENTS
from core.db.tables import Urgency
from core.messages import Text


def followed(turn: Turn, ctx: Context) -> Turn:
    """Return the turn with what follows in the same breath, and the moment its question was asked."""
    if turn.then is not None:
        return turn
    if any(isinstance(action, OpenThread) for action in turn.actions):
        return handed_over(turn, ctx)
    if turn.urgent and recent_urgency(turn.state, ctx.now) is Urgency.RED and not turn.state.flow:
        # Nothing else matters now.
        return replace(turn, state=dropped(without_memory(turn.state, "left", "asked_at")))
    if turn.state.flow:
        return _stamped(offered(turn, ctx), ctx)
    turn = replace(turn, state=without_memory(turn.state, "asked_at"))
    # A question left open was the more urgent wish: the others wait for it.
    return offered(turn, ctx) if way_back(turn.state, ctx) else _next_wish(turn, ctx)


def later_word(wishes: Sequence[Said], ctx: Context) -> Text:
    """Return the word that further wishes have been heard."""
    names = dict.fromkeys(wish_name(wish.intent, ctx) for wish in wishes)
    return Text(text=ctx.texts("talk.later", wishes="、".join(names)))


def _next_wish(turn: Turn, ctx: Context) -> Turn:
    wish, state = take_next(turn.state, ctx.now)
    if wish is None:
        return replace(turn, state=state)
    begun = FLOWS[INTENTS[wish.intent]].start(blank(state), wish, ctx)
    lead = Text(text=ctx.texts("talk.next_wish", wish=wish_name(wish.intent, ctx)))
    if begun.urgent:
        following = followed(begun, ctx)
    else:
        following = followed(replace(begun, replies=(lead, *begun.replies)), ctx)
    return replace(turn, state=state, then=following)


def _stamped(turn: Turn, ctx: Context) -> Turn:
    return replace(turn, state=_asked(turn.state, ctx))


def _asked(state: State, ctx: Context) -> State:
    return with_memory(state, asked_at=ctx.now.isoformat())
