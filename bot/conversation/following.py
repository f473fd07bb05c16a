"""What follows when a flow has ended: the next wish of the same message, or the way back to a question left open."""

from collections.abc import Sequence
from dataclasses import replace

from bot.conversation.flows import FLOWS, INTENTS
from bot.conversation.flows.menu import is_main_menu
from bot.conversation.interrupting import blank, offered, way_back
from bot.conversation.memory import recent_urgency, with_memory, without_memory
from bot.conversation.said import Said
from bot.conversation.turn import Context, OpenThread, State, Turn
from bot.conversation.wishes import dropped, kept, take_next
from core.db.tables import Urgency
from core.messages import Message, Text

# Flows that only tell something: also while a person has been asked for.
TELLING = frozenset({"welcome", "advice"})


def followed(turn: Turn, ctx: Context) -> Turn:
    """Return the turn with what follows in the same breath, and the moment its question was asked."""
    if turn.then is not None:
        return turn
    if turn.urgent and recent_urgency(turn.state, ctx.now) is Urgency.RED and not turn.state.flow:
        # Nothing else matters now.
        return replace(turn, state=dropped(without_memory(turn.state, "left", "asked_at")))
    if any(isinstance(action, OpenThread) for action in turn.actions):
        return _handed_over(turn, ctx)
    if turn.state.flow:
        return _stamped(offered(turn, ctx), ctx)
    turn = replace(turn, state=without_memory(turn.state, "asked_at"))
    # A question left open was the more urgent wish: the others wait for it.
    return offered(turn, ctx) if way_back(turn.state, ctx) else _next_wish(turn, ctx)


def later_word(wishes: Sequence[Said], ctx: Context) -> Text:
    """Return the word that further wishes have been heard."""
    names = dict.fromkeys(_name(wish.intent, ctx) for wish in wishes)
    return Text(text=ctx.texts("talk.later", wishes="、".join(names)))


def _name(intent: str, ctx: Context) -> str:
    return ctx.texts(f"talk.wish.{intent}")


def _next_wish(turn: Turn, ctx: Context) -> Turn:
    wish, state = take_next(turn.state, ctx.now)
    if wish is None:
        return replace(turn, state=state)
    begun = FLOWS[INTENTS[wish.intent]].start(blank(state), wish, ctx)
    lead = Text(text=ctx.texts("talk.next_wish", wish=_name(wish.intent, ctx)))
    if begun.urgent:
        following = followed(begun, ctx)
    else:
        following = followed(replace(begun, replies=(lead, *begun.replies)), ctx)
    return replace(turn, state=state, then=following)


def _handed_over(turn: Turn, ctx: Context) -> Turn:
    """A person answers from here on: what only needs telling is told before, of the rest she learns."""
    waiting = kept(turn.state, ctx.now)
    names = tuple(_name(w["intent"], ctx) for w in waiting if INTENTS[w["intent"]] not in TELLING)
    actions = tuple(_for_staff(a, names, ctx) if isinstance(a, OpenThread) else a for a in turn.actions)
    state = without_memory(turn.state, "left", "asked_at")
    told, state = _told(state, ctx)
    return replace(turn, state=state, replies=(*turn.replies, *told), actions=actions)


def _told(state: State, ctx: Context) -> tuple[list[Message], State]:
    """Return the answers to wishes that need no more than an answer; none is left waiting."""
    told: list[Message] = []
    wish, state = take_next(state, ctx.now)
    while wish:
        name = INTENTS[wish.intent]
        if name in TELLING:
            begun = FLOWS[name].start(blank(state), wish, ctx)
            told += [replace(m, quick=()) for m in begun.replies if not is_main_menu(m, ctx)]
        wish, state = take_next(state, ctx.now)
    return told, state


def _for_staff(action: OpenThread, wishes: tuple[str, ...], ctx: Context) -> OpenThread:
    """Return the wish for a person in words that staff read: titles for ids."""
    titles = tuple(ctx.protocols[p].title if p in ctx.protocols else p for p in action.protocols)
    return replace(action, wishes=wishes, protocols=titles)


def _stamped(turn: Turn, ctx: Context) -> Turn:
    return replace(turn, state=_asked(turn.state, ctx))


def _asked(state: State, ctx: Context) -> State:
    return with_memory(state, asked_at=ctx.now.isoformat())
