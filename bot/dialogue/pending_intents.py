"""Keep the further intents of a message for a day; the most urgent one is served first."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.dialogue.flow import Context, Flows
from bot.dialogue.memory_entries import PendingIntent, is_current
from bot.dialogue.state import State
from bot.dialogue.user_input import UserInput
from core.understanding import Understanding
from core.words import Words

MOST_KEPT = 3


def intent_title(intent: str, ctx: Context) -> str:
    """Return the title of an intent, for residents and for staff."""
    return ctx.texts(f"talk.wish.{intent}")


def keep_pending(state: State, inputs: Sequence[UserInput], ctx: Context) -> State:
    """Keep intents for later; an earlier one of the same kind is replaced, the oldest are dropped."""
    if not inputs:
        return state
    new = tuple(
        PendingIntent(
            intent=one.intent,
            words=Words.of(one.text),
            at=ctx.now,
            entities=one.meaning.entities if one.meaning else (),
        )
        for one in inputs
    )
    kinds = {one.intent for one in new}
    old = tuple(one for one in pending_intents(state, ctx.flows, ctx.now) if one.intent not in kinds)
    return _with(state, (*old, *new)[-MOST_KEPT:])


def pending_intents(state: State, flows: Flows, now: datetime) -> tuple[PendingIntent, ...]:
    """Return the pending intents that still count, in order."""
    found = [p for p in state.memory.pending if p.words and is_current(p.at, now) and p.intent in flows.order]
    return tuple(sorted(found, key=lambda one: flows.order.index(one.intent)))


def take_pending(state: State, flows: Flows, now: datetime) -> tuple[UserInput | None, State]:
    """Take the first pending intent out of the state, as an input of its own."""
    waiting = pending_intents(state, flows, now)
    if not waiting:
        return None, drop_pending(state)
    first, *rest = waiting
    meaning = Understanding(first.intent, 1.0, first.entities)
    return UserInput(kind="text", text=first.words.text, meaning=meaning), _with(state, tuple(rest))


def drop_pending(state: State) -> State:
    """Drop all pending intents."""
    return _with(state, ())


def _with(state: State, pending: tuple[PendingIntent, ...]) -> State:
    return state.remembering(replace(state.memory, pending=pending))
