"""Find the runs of flows that are over without having come to their end: something else took their place."""

from collections.abc import Iterator, Sequence

from bot.dialogue.flow import Context, Counting
from bot.dialogue.state import State
from bot.dialogue.turn import Effect, RunEnded
from core.db.tables import Urgency


def runs_left(before: State, after: State, effects: Sequence[Effect], ctx: Context) -> tuple[Effect, ...]:
    """Return what is to be recorded of the runs that were open before, are not any more, and have not ended."""
    still = {one.instance for one in _open(after)}
    still |= {effect.instance for effect in effects if isinstance(effect, RunEnded)}
    is_red = any(one.at == ctx.now and one.urgency is Urgency.RED for one in after.memory.consultations)
    found: list[Effect] = []
    for one in _open(before):
        flow = ctx.flows.get(one.flow)
        if one.instance in still or not isinstance(flow, Counting):
            continue
        effect = flow.count_left(one, ctx, ended_by=Urgency.RED if is_red else None)
        if effect is not None:
            found.append(effect)
    return tuple(found)


def _open(state: State) -> Iterator[State]:
    """Yield the state of the running flow, and that of the interrupted one."""
    if state.flow:
        yield state
    if left := state.memory.interrupted:
        yield State(left.flow, left.instance, left.step, left.data, state.memory)
