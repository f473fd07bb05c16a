"""Keep the further intents of a message for a day; the most urgent one is served first."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.dialogue.flow import Context, Flows
from bot.dialogue.memory_entries import PendingIntent, is_current
from bot.dialogue.state import State
from bot.dialogue.user_input import UserInput
from bot.language.multi_intent import clauses_by_intent
from core.ja import ReadText
from core.understanding import Entity, Understanding
from core.words import Words

MOST_KEPT = 3


def intents_of(user_input: UserInput, flows: Flows) -> tuple[UserInput, ...]:
    """Return one input for each intent of a message, the most urgent first; at least the message itself.

    Each holds its own clauses, one a line, and all entities of the message.
    """
    if len(user_input.clauses) < 2:  # noqa: PLR2004 - one clause is the message itself
        return (user_input,)
    found = clauses_by_intent(user_input.clauses, user_input.meaning, flows.asking)
    if not found:
        return (user_input,)
    entities = tuple(dict.fromkeys(_entities(user_input)))
    if len(found) == 1:
        return (_single(user_input, next(iter(found)), (user_input.text,), entities),)
    return tuple(_single(user_input, intent, texts, entities) for intent, texts in found.items())


def _single(
    user_input: UserInput, intent: str, texts: Sequence[str], entities: tuple[Entity, ...]
) -> UserInput:
    words = "\n".join(dict.fromkeys(texts))
    text = user_input.text if words == user_input.text else ReadText(words)
    return replace(user_input, text=text, meaning=Understanding(intent, 1.0, entities), clauses=())


def _entities(user_input: UserInput) -> Iterable[Entity]:
    for meaning in (user_input.meaning, *(clause.meaning for clause in user_input.clauses)):
        yield from meaning.entities if meaning else ()


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


def without_pending(state: State, intents: Collection[str]) -> State:
    """Drop pending intents that are being served anyway."""
    return _with(state, tuple(one for one in state.memory.pending if one.intent not in intents))


def drop_pending(state: State) -> State:
    """Drop all pending intents."""
    return _with(state, ())


def _with(state: State, pending: tuple[PendingIntent, ...]) -> State:
    return state.remembering(replace(state.memory, pending=pending))
