"""Answer measurements that need more than a reply: low oxygen, fever."""

from dataclasses import replace

from bot.dialogue.flow import Context, FlowSpec, OneAnswer
from bot.dialogue.menu import flow_button, profession_button
from bot.dialogue.state import State
from bot.dialogue.turn import Turn
from bot.dialogue.user_input import UserInput
from bot.flows.consultation.flow import CONSULTATION
from bot.triage.calls import call_119
from bot.triage.card import emergency_card
from core.db.tables import Profession, Urgency
from core.ja import read_spo2, read_temperature
from core.messages import Choices
from core.words import Words

# Oxygen saturation in percent (domain notes 5.1): up to this an emergency, below the next a nurse must look.
SPO2_RED, SPO2_LOW = 93, 96
FEVER = 37.5  # °C


def tells_danger(user_input: UserInput) -> bool:
    """Whether a report of today's condition holds a dangerous value."""
    if user_input.intent != "report_condition":
        return False
    oxygen, degrees = read_spo2(user_input.text), read_temperature(user_input.text)
    return (oxygen is not None and oxygen < SPO2_LOW) or (degrees is not None and degrees >= FEVER)


class MeasurementsFlow(OneAnswer):
    """Treats very low oxygen as an emergency, hands low oxygen to a nurse, and asks about fever."""

    spec = FlowSpec(name="measurements", claims=tells_danger, tells_danger=True)

    def start(self, state: State, user_input: UserInput, ctx: Context) -> Turn:
        """Answer by the most dangerous value."""
        oxygen, words = read_spo2(user_input.text), Words.of(user_input.text)
        if oxygen is not None and oxygen <= SPO2_RED:
            card = emergency_card("first_check", ctx.city, ctx.texts)
            card = replace(card, quick=(flow_button("person", ctx.texts),))
            return Turn(state.ended(state.memory.with_sign(words, Urgency.RED, ctx.now)), urgent=(card,))
        if oxygen is not None and oxygen < SPO2_LOW:
            options = (
                profession_button(Profession.NURSE, ctx.texts),
                flow_button("facility", ctx.texts),
                call_119(ctx.texts),
            )
            low = Choices(text=ctx.texts("talk.advice.low_oxygen"), options=options)
            return Turn(state.ended(state.memory.with_sign(words, Urgency.ORANGE, ctx.now)), (low,))
        return Turn(state.ended(), goes_on_with=CONSULTATION)
