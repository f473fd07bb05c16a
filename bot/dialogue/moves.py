"""Interpret an input as one move of a closed union, before any flow is called."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.dialogue.flow import Context, Lasting
from bot.dialogue.interruption import asks_for_way_back, open_question, taken_up
from bot.dialogue.memory_entries import Interrupted
from bot.dialogue.menu import ASK, CHOOSE, MENU, typed_menu_word
from bot.dialogue.pending_intents import intents_of
from bot.dialogue.routing import gives_up, route, with_corrected_intent
from bot.dialogue.state import State
from bot.dialogue.user_input import UserInput
from bot.language.multi_intent import clear_intent
from bot.language.segmentation import Clause
from bot.language.typed_replies import asks_to_start_over
from bot.triage.protocols.case import names_complaint
from core.ja import ReadText
from core.messages import Answer

# Intents that say nothing unless the open question takes them.
EMPTY_INTENTS = frozenset({"affirm", "deny"})
# A longer message (in characters) tells a story: of its clauses only the first and the last are looked at alone.
LONG_STORY = 1000

Inputs = tuple[UserInput, ...]


@dataclass(frozen=True, slots=True)
class Begin:
    """Start a flow, interrupting an open question. `later` are further intents of the same message."""

    flow: str
    user_input: UserInput
    later: Inputs = ()


@dataclass(frozen=True, slots=True)
class Interjection:
    """Put a flow's message before the running flow's answer."""

    flow: str
    user_input: UserInput


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on with the running flow: its `reading` of the input, or of a part of it."""

    flow: str
    reading: Any
    user_input: UserInput
    later: Inputs = ()
    interjection: Interjection | None = None


@dataclass(frozen=True, slots=True)
class TakeUp:
    """Ask the interrupted question again."""

    left: Interrupted


@dataclass(frozen=True, slots=True)
class StaleTap:
    """Refuse a tap on a button of a closed question."""


@dataclass(frozen=True, slots=True)
class StartOver:
    """End the running flow, keep the memory."""


@dataclass(frozen=True, slots=True)
class KeepFile:
    """Keep a file that arrives beside an open question, for the person who can look at it."""


@dataclass(frozen=True, slots=True)
class KeepLocation:
    """Keep a place that arrives beside an open question which did not ask for it."""

    user_input: UserInput


@dataclass(frozen=True, slots=True)
class Aside:
    """Give a short answer beside the open question, then ask it again."""

    flow: str
    user_input: UserInput
    later: Inputs = ()


@dataclass(frozen=True, slots=True)
class RepeatQuestion:
    """Ask the open question again: the input has no content."""


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Report words that were not understood beside an open question."""

    user_input: UserInput
    later: Inputs = ()


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


def interpret(state: State, user_input: UserInput, ctx: Context) -> Move:
    """Decide the move of an input: a tap goes to its question, words to the running flow, then to a new one."""
    if user_input.kind == "follow":
        return Begin(ctx.flows.by_kind["follow"], user_input)
    left = state.memory.open_interruption(ctx.now)
    if left and asks_for_way_back(user_input, left) and open_question(taken_up(state, left), ctx):
        return TakeUp(left)
    if user_input.is_text and (chosen := typed_menu_word(user_input.text, ctx)):
        user_input = replace(user_input, kind="postback", answer=chosen)
    if user_input.answer:
        return _tap(state, user_input, user_input.answer, ctx)
    if user_input.is_file and open_question(state, ctx):
        return KeepFile()
    if gives_up(user_input, ctx) or (user_input.is_text and asks_to_start_over(user_input.text)):
        return StartOver()
    return _words(state, with_corrected_intent(user_input, ctx), ctx)


def _tap(state: State, user_input: UserInput, answer: Answer, ctx: Context) -> Move:
    if answer.flow == MENU:
        # A menu belongs to no question, so it never expires.
        chosen = {
            CHOOSE: ctx.flows.by_menu.get(answer.value, ""),
            ASK: ctx.flows.by_profession,
        }.get(answer.question, "")
        return _begin(state, chosen, user_input, (), ctx) if chosen else StaleTap()
    flow = ctx.flows.get(answer.flow)
    if flow is None:
        return StaleTap()
    is_open = (answer.flow, answer.instance) == (state.flow, state.instance)
    if not is_open and not (isinstance(flow, Lasting) and flow.outlives(state, answer, ctx)):
        return StaleTap()
    reading = flow.read(state, user_input, ctx)
    return StaleTap() if reading is None else Resume(answer.flow, reading, user_input)


def _words(state: State, user_input: UserInput, ctx: Context) -> Move:
    """Read words as an answer to the open question, and as further intents."""
    first, *others = intents_of(user_input, ctx.flows)
    name = route(first, ctx)
    if state.flow in ctx.flows:
        wanted = ((first, name), *((one, route(one, ctx)) for one in others)) if user_input.clauses else ()
        other = tuple(one for one, its in wanted if _is_other(one, its, state.flow, ctx))
        flow = ctx.flows[state.flow]
        for part in _own_parts(user_input, other, ctx):
            reading = flow.read(state, part, ctx)
            if reading is not None:
                beside = Interjection(name, first) if ctx.flows.spec(name).speaks_beside else None
                return Resume(state.flow, reading, part, other, beside)
    return _begin(state, name, first, tuple(others), ctx)


def _is_other(user_input: UserInput, name: str, running: str, ctx: Context) -> bool:
    """Whether an intent, served by the flow `name`, asks for something else than the running flow."""
    is_about_it = ctx.flows.spec(running).hears_danger and ctx.flows.spec(name).tells_danger
    return user_input.intent in ctx.flows.order and name != running and not is_about_it


def _own_parts(user_input: UserInput, other: Inputs, ctx: Context) -> Sequence[UserInput]:
    """Return what the running flow may take: the message without other intents, then each clause alone."""
    theirs = {line for one in other for line in one.text.splitlines()}
    # A symptom counts for the running flow also in another intent's clause.
    own = tuple(
        c for c in user_input.clauses if c.text not in theirs or names_complaint(c.text, ctx.protocols)
    )
    is_part = own and len(own) < len(user_input.clauses)
    whole = _some_clauses(user_input, own, ctx) if is_part else user_input
    alone = {c.text: c for c in user_input.clauses if c.meaning}
    clauses = tuple(alone.values())
    clauses = clauses[:1] + clauses[1:][-1:] if len(user_input.text) > LONG_STORY else clauses
    return (whole, *(_some_clauses(user_input, (c,), ctx) for c in clauses))


def _some_clauses(user_input: UserInput, clauses: tuple[Clause, ...], ctx: Context) -> UserInput:
    """Return some clauses as a message of their own, with the meaning of the most urgent."""
    order = ctx.flows.order
    meanings = [clause.meaning for clause in clauses if clause.meaning]
    known = [m for m in meanings if clear_intent(m) in order]
    meaning = min(known, key=lambda m: order.index(m.intent), default=meanings[0] if meanings else None)
    text = clauses[0].text if len(clauses) == 1 else ReadText("\n".join(clause.text for clause in clauses))
    return replace(user_input, text=text, meaning=meaning, clauses=())


def _begin(state: State, name: str, user_input: UserInput, later: Inputs, ctx: Context) -> Move:
    """Begin a flow; beside an open question, a simple answer is given and the question asked again."""
    if not open_question(state, ctx):
        return Begin(name or ctx.flows.fallback, user_input, later)
    if user_input.kind == "location" and name == ctx.flows.by_kind.get("location"):
        return KeepLocation(user_input)
    if user_input.kind == "sticker":
        return RepeatQuestion()
    is_its_own = name == state.flow and not user_input.answer
    if name in {"", ctx.flows.fallback} or is_its_own or user_input.intent in EMPTY_INTENTS:
        return NotUnderstood(user_input, later)
    if ctx.flows.spec(name).answers_at_once:
        return Aside(name, user_input, later)
    return Begin(name, user_input, later)
