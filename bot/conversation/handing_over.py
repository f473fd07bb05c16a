"""To a person: what only needs telling is told before, and all that was said and found in a day goes along."""

from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from bot.conversation.flows import FLOWS, INTENTS
from bot.conversation.flows.menu import is_main_menu
from bot.conversation.interrupting import blank, left
from bot.conversation.memory import consultations, without_memory
from bot.conversation.turn import Context, OpenThread, State, Turn
from bot.conversation.wishes import kept, take_next
from bot.triage.levels import exceeds, more_urgent
from core.db.tables import Urgency
from core.findings import Finding
from core.messages import Message

# Flows that only tell something: also while a person has been asked for.
TELLING = frozenset({"welcome", "advice"})
# Flows whose wishes may tell of a danger; of the others a clinician needs the name only.
TELLING_OF_DANGER = frozenset({"advice", "consultation", "emergency"})

T = TypeVar("T")


def wish_name(intent: str, ctx: Context) -> str:
    """Return what a wish is called, for residents and for staff."""
    return ctx.texts(f"talk.wish.{intent}")


def handed_over(turn: Turn, ctx: Context) -> Turn:
    """Return the turn that opens a thread with what is told before, and with all that the person should learn."""
    waiting = kept(turn.state, ctx.now)
    names = tuple(wish_name(w["intent"], ctx) for w in waiting if INTENTS[w["intent"]] not in TELLING)
    words = tuple(w["said"] for w in waiting if INTENTS[w["intent"]] in TELLING_OF_DANGER)
    answered = _waiting_answered(turn.state, ctx)
    state = without_memory(answered.state, "left", "asked_at")
    actions = tuple(
        _for_staff(_completed(action, words, state, ctx.now), names, ctx)
        if isinstance(action, OpenThread)
        else action
        for action in turn.actions
    )
    return replace(
        turn,
        state=replace(turn.state, memory=state.memory),
        replies=(*turn.replies, *answered.replies),
        urgent=(*turn.urgent, *answered.urgent),
        actions=actions,
    )


def _waiting_answered(state: State, ctx: Context) -> Turn:
    """Answer what needs no more than an answer; of a question that would follow, the person learns the reason."""
    told: list[Message] = []
    urgent: list[Message] = []
    wish, state = take_next(state, ctx.now)
    while wish:
        name = INTENTS[wish.intent]
        if name in TELLING | TELLING_OF_DANGER:
            begun = FLOWS[name].start(blank(state), wish, ctx)
            if not begun.state.flow:
                urgent += begun.urgent
                told += _plain_answers(begun, ctx) if name in TELLING else []
            state = left(begun.state, "", ctx)
        wish, state = take_next(state, ctx.now)
    return Turn(blank(state), tuple(told), urgent=tuple(urgent))


def _plain_answers(turn: Turn, ctx: Context) -> list[Message]:
    return [replace(m, quick=()) for m in turn.replies if not is_main_menu(m, ctx)]


def _completed(action: OpenThread, words: tuple[str, ...], state: State, now: datetime) -> OpenThread:
    """Return the wish for a person with every consultation of the day, at the level of the worst."""
    if action.is_feedback:
        return action
    found = consultations(state, now)
    level = more_urgent(action.urgency, *(Urgency(one["urgency"]) for one in found))
    lines = [action.complaint, *words, *(one["complaint"] for one in found)]
    protocols = [action.protocols if action.urgency is level else ()]
    protocols += [tuple(one["protocols"]) for one in found if one["urgency"] == level.value]
    # What the person is told now and is worse than all that was found, nobody has assessed.
    is_new = all(exceeds(action.urgency, Urgency(one["urgency"])) for one in found)
    return replace(
        action,
        urgency=level,
        complaint="\n".join(dict.fromkeys(line for part in lines for line in part.splitlines() if line)),
        findings=_merged(action.findings, *(tuple(map(Finding.from_json, one["findings"])) for one in found)),
        advised=_merged(action.advised, *(tuple(one["advised"]) for one in found)),
        who="、".join(filter(None, _merged((action.who,), *((one["who"],) for one in found)))),
        protocols=action.protocols if is_new else _merged(*protocols),
    )


def _merged(*several: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(item for one in several for item in one))


def _for_staff(action: OpenThread, wishes: tuple[str, ...], ctx: Context) -> OpenThread:
    """Return the wish for a person in words that staff read: titles for ids."""
    titles = tuple(ctx.protocols[p].title if p in ctx.protocols else p for p in action.protocols)
    return replace(action, wishes=wishes, protocols=titles)
