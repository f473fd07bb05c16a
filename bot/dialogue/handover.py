"""Hand a talk over to a person: simple answers come first, and all that was said and found goes along."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from bot.dialogue.flow import Context
from bot.dialogue.interpretation import route
from bot.dialogue.memory_entries import PastConsultation
from bot.dialogue.moves import Aside, Begin, leave_for, perform
from bot.dialogue.pending_intents import intent_title, pending_intents, take_pending
from bot.dialogue.state import State
from bot.dialogue.turn import OpenThread, Turn
from core.findings import Finding, latest, worst_first
from core.messages import Message
from core.urgency import exceeds, more_urgent
from core.words import Words, merged

T = TypeVar("T")


def handed_over(turn: Turn, ctx: Context) -> Turn:
    """Complete a turn that opens a thread: answers to pending intents, and all that the person should know."""
    waiting = pending_intents(turn.state, ctx.flows, ctx.now)
    specs = {one.intent: ctx.flows.spec(ctx.flows.flow_of(one.intent)) for one in waiting}
    titles = tuple(intent_title(i, ctx) for i, spec in specs.items() if not spec.answers_at_once)
    words = tuple(one.words for one in waiting if specs[one.intent].tells_danger)
    answered = _answer_pending(turn.state, ctx)
    memory = replace(answered.state.memory, interrupted=None, asked_at=None)
    state = turn.state.remembering(memory)
    effects = tuple(
        _in_language(_for_staff(_completed(effect, words, state, ctx), titles, ctx), state, ctx)
        if isinstance(effect, OpenThread)
        else effect
        for effect in turn.effects
    )
    return replace(
        turn,
        state=state,
        replies=(*turn.replies, *answered.replies),
        urgent=(*turn.urgent, *answered.urgent),
        effects=effects,
    )


def _answer_pending(state: State, ctx: Context) -> Turn:
    """Answer the pending intents that need no question; the words of the others go to the person."""
    told: list[Message] = []
    urgent: list[Message] = []
    user_input, state = take_pending(state, ctx.flows, ctx.now)
    while user_input:
        name = route(user_input, ctx)
        spec = ctx.flows.spec(name)
        if spec.answers_at_once or spec.tells_danger:
            move = Aside(name, user_input) if spec.answers_at_once else Begin(name, user_input)
            begun = perform(move, state.ended(), ctx)
            if not begun.state.flow:
                urgent += begun.urgent
                told += [replace(m, quick=()) for m in begun.replies] if spec.answers_at_once else []
            state = leave_for(begun.state, "", ctx)
        user_input, state = take_pending(state, ctx.flows, ctx.now)
    return Turn(state.ended(), tuple(told), urgent=tuple(urgent))


def _completed(action: OpenThread, words: tuple[Words, ...], state: State, ctx: Context) -> OpenThread:
    """Return the handover with every consultation of the day, at the level of the worst."""
    if action.is_feedback:
        return action
    found = state.memory.relevant_consultations(ctx.now)
    level = more_urgent(action.urgency, *(one.urgency for one in found))
    protocols = [action.protocols if action.urgency is level else ()]
    protocols += [one.protocols for one in found if one.urgency is level]
    # If the present words are worse than all that was found, the level is not assessed.
    is_new = all(exceeds(action.urgency, one.urgency) for one in found)
    return replace(
        action,
        urgency=level,
        complaint=merged((action.complaint, *words, *(one.complaint for one in found))),
        findings=_findings(action, found),
        advised=_once(action.advised, *(one.advised for one in found)),
        who="、".join(filter(None, _once((action.who,), *((one.who,) for one in found)))),
        protocols=action.protocols if is_new else _once(*protocols),
        departments=_once(*(one.departments for one in found if one.urgency is level), action.departments),
    )


def _findings(action: OpenThread, found: Sequence[PastConsultation]) -> tuple[Finding, ...]:
    """Return the findings of all consultations, the most serious first; each of whom, where they are of several."""
    several = [*((one.who, one.findings) for one in reversed(found)), (action.who, action.findings)]
    is_of_one = len({who for who, findings in several if findings}) <= 1
    return worst_first(
        latest(
            finding if is_of_one else replace(finding, mark=replace(finding.mark, of=who))
            for who, findings in several
            for finding in findings
        )
    )


def _once(*several: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(item for one in several for item in one))


def _for_staff(action: OpenThread, wishes: tuple[str, ...], ctx: Context) -> OpenThread:
    """Return the handover with titles instead of ids, for staff."""
    titles = tuple(ctx.tables[p].title if p in ctx.tables else p for p in action.protocols)
    return replace(action, wishes=wishes, protocols=titles)


def _in_language(action: OpenThread, state: State, ctx: Context) -> OpenThread:
    """Return the handover with the resident's language, and with words that are read without much Japanese."""
    language = state.memory.spoken_language(ctx.now)
    if not language:
        return action
    name = ctx.texts(f"handoff.profession.{action.profession.value}")
    opened = ctx.texts("talk.foreign.opened", profession=name)
    return replace(action, language=language, text=f"{action.text}\n\n{opened}")
