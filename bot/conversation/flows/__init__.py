"""The talks HELPO can lead, by name, and which intent starts which."""

from bot.conversation.flows.advice import ADVICE, AdviceFlow
from bot.conversation.flows.consultation import Consultation
from bot.conversation.flows.emergency import Emergency
from bot.conversation.flows.facility import FacilitySearch
from bot.conversation.flows.fallback import Fallback
from bot.conversation.flows.person import Person
from bot.conversation.flows.safety import SafetyQuestion
from bot.conversation.flows.shop import Shop
from bot.conversation.flows.welcome import Welcome
from bot.conversation.turn import Flow

FLOWS: dict[str, Flow] = {
    flow.name: flow
    for flow in (
        Welcome(),
        Consultation(),
        FacilitySearch(),
        Shop(),
        Person(),
        Emergency(),
        AdviceFlow(),
        SafetyQuestion(),
        Fallback(),
    )
}

# `cancel` leaves whatever runs; out_of_scope and what nobody understood get the menu and a person.
INTENTS: dict[str, str] = {
    "greet": "welcome",
    "thanks": "welcome",
    "ask_how_to_use": "welcome",
    "consult_symptom": "consultation",
    "emergency": "emergency",
    "find_facility": "facility",
    "buy_medicine": "shop",
    "talk_to_human": "person",
    **dict.fromkeys(ADVICE, "advice"),
}
