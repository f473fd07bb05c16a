"""The talks HELPO can lead, by name, and which intent starts which."""

from bot.conversation.flows.consultation import Consultation
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
        SafetyQuestion(),
        Fallback(),
    )
}

# What is not listed here falls back to the menu and a person; `cancel` leaves whatever runs.
INTENTS: dict[str, str] = {
    "greet": "welcome",
    "thanks": "welcome",
    "ask_how_to_use": "welcome",
    "consult_symptom": "consultation",
    "emergency": "safety",
    "find_facility": "facility",
    "buy_medicine": "shop",
    "talk_to_human": "person",
    # Worries without a flow of their own yet go to a person.
    "consult_medicine": "person",
    "consult_mental_health": "person",
    "consult_pregnancy_childcare": "person",
    "consult_womens_mens_health": "person",
    "consult_lifestyle": "person",
}
