"""The talks HELPO can lead, by name, and which intent starts which."""

from bot.dialogue.turn import Flow
from bot.flows.advice import ADVICE, AdviceFlow
from bot.flows.consultation.flow import Consultation
from bot.flows.danger_check import SafetyQuestion
from bot.flows.emergency import Emergency
from bot.flows.facility_search.flow import FacilitySearch
from bot.flows.fallback import Fallback
from bot.flows.human import Person
from bot.flows.otc.flow import Shop
from bot.flows.welcome import Welcome

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
