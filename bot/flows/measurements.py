"""Answer measurements that need more than a reply: low oxygen, fever."""

from collections.abc import Mapping
from dataclasses import replace

from bot.dialogue.flow import Context, FlowSpec, OneAnswer
from bot.dialogue.menu import flow_button, profession_button
from bot.dialogue.state import State
from bot.dialogue.turn import Turn
from bot.dialogue.user_input import UserInput
from bot.flows.consultation.flow import CONSULTATION
from bot.language.dangerous_values import SPO2_LOW, tells_danger, tells_danger_only
from bot.triage.calls import call_119
from bot.triage.danger.danger_card import danger_card
from bot.triage.danger.safety import SafetyContent
from core.db.tables import Profession, Urgency
from core.ja import read_spo2
from core.messages import Choices
from core.words import Words

# Oxygen saturation in percent (domain notes 5.1): up to this an emergency.
SPO2_RED = 93
# Intents that a dangerous value overrules. The others wish for something that its answer would push away: a place,
# a medicine, a person, an open ear.
OVERRULED = (
    "",
    "out_of_scope",
    "affirm",
    "deny",
    "greet",
    "thanks",
    "report_condition",
    "consult_pregnancy_childcare",
    "consult_womens_mens_health",
    "consult_lifestyle",
    "ask_how_to_use",
    "ask_city_notice",
    "change_registration",
    "stop_notices",
    "feedback",
)
BREATHING = "breathing"  # the danger whose first aid fits very low oxygen


class MeasurementsFlow(OneAnswer):
    """Treats very low oxygen as an emergency, hands low oxygen to a nurse, and asks about fever."""

    spec = FlowSpec(
        name="measurements",
        claims={**dict.fromkeys(OVERRULED, tells_danger), "infection_support": tells_danger_only},
        tells_danger=True,
    )

    def __init__(self, dangers: Mapping[str, SafetyContent]) -> None:
        self._dangers = dangers

    def start(self, state: State, user_input: UserInput, ctx: Context) -> Turn:
        """Answer by the most dangerous value."""
        oxygen, words = read_spo2(user_input.text), Words.of(user_input.text)
        if oxygen is not None and oxygen <= SPO2_RED:
            because = (ctx.texts("triage.danger.said", said=ctx.texts("triage.danger.oxygen", value=oxygen)),)
            card = danger_card(self._dangers[BREATHING], ctx.city, ctx.texts, because=because)
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
