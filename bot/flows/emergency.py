"""Answer a call for help without a red flag: the numbers that answer now, then the question what is wrong."""

from dataclasses import replace

from bot.dialogue.flow import Context, FlowSpec, Intent, OneAnswer
from bot.dialogue.menu import flow_button
from bot.dialogue.state import State
from bot.dialogue.turn import Turn
from bot.dialogue.user_input import UserInput
from bot.flows.consultation.flow import CONSULTATION
from bot.triage.calls import call_119, desk_call
from bot.triage.card import open_desks
from core.db.tables import Urgency
from core.messages import Call, Card, Tone
from core.municipalities import Desk
from core.words import Words


class EmergencyFlow(OneAnswer):
    """Gives 119 and the advice lines that answer at this hour; the consultation follows."""

    spec = FlowSpec(
        name="emergency", intents=(Intent("emergency", 0),), tells_danger=True, speaks_beside=True
    )

    def start(self, state: State, user_input: UserInput, ctx: Context) -> Turn:
        """Give the numbers at once, then ask; the level is orange until a person has assessed it."""
        return Turn(_worsened(state, user_input, ctx), urgent=(numbers_card(ctx),), goes_on_with=CONSULTATION)

    def interject(self, turn: Turn, user_input: UserInput, ctx: Context) -> Turn:
        """Put the numbers before the running flow's answer to a call for help; the level is orange now."""
        if turn.urgent:
            return turn
        worse = _worsened(turn.state, user_input, ctx)
        return replace(turn, state=worse, urgent=(numbers_card(ctx), *turn.replies), replies=())


def _worsened(state: State, user_input: UserInput, ctx: Context) -> State:
    return state.remembering(state.memory.with_sign(Words.of(user_input.text), Urgency.ORANGE, ctx.now))


def numbers_card(ctx: Context) -> Card:
    """Return 119 and the advice lines that answer now, as buttons."""
    lines = [ctx.texts("talk.emergency.desk", name=desk.name) for desk in _desks(ctx)]
    unsure = "\n".join([ctx.texts("talk.emergency.unsure"), *lines])
    return Card(
        title=ctx.texts("talk.emergency.title"),
        body=(ctx.texts("talk.emergency.call"), *((unsure,) if lines else ())),
        tone=Tone.RED,
        actions=(call_119(ctx.texts), *advice_calls(ctx), flow_button("person", ctx.texts)),
    )


def advice_calls(ctx: Context) -> tuple[Call, ...]:
    """Return the buttons that dial the advice lines that answer now."""
    return tuple(desk_call(desk, ctx.texts) for desk in _desks(ctx))


def _desks(ctx: Context) -> tuple[Desk, ...]:
    return tuple(desk for ages in ("adult", "child") for desk in open_desks(ctx.city, ages, ctx.now))
