"""Which flow a message asks for."""

from dataclasses import replace

from bot.dialogue.turn import Context
from bot.dialogue.user_input import Said
from bot.flows import INTENTS
from bot.flows.facility_search.parsing import is_about_places
from bot.flows.human import named_profession
from bot.language.typed_replies import wants_an_ear
from bot.triage.protocols.case import names_complaint
from core.understanding import Understanding

# What nobody asks to be confirmed must be meant.
SURELY = 0.7


def flow_name(said: Said, ctx: Context) -> str:
    """Return the flow that words or a place ask for; empty when nobody can say."""
    if said.is_deaf:
        return _plain_name(said, ctx)
    return {"location": "facility", "sticker": "welcome"}.get(said.kind, INTENTS.get(said.intent, ""))


def _plain_name(said: Said, ctx: Context) -> str:
    """Return the flow that plain words name while understanding is away: a symptom, a person, an open ear, a place."""
    if names_complaint(said.text, ctx.protocols):
        return "consultation"
    if named_profession(said.text) or wants_an_ear(said.text):
        return "person"
    return "facility" if is_about_places(said.text) else ""


def gives_up(said: Said, ctx: Context) -> bool:
    """Whether words that name no complaint are surely the wish to leave what runs."""
    if said.kind != "text" or said.meaning is None or said.intent != "cancel":
        return False
    return said.meaning.confidence >= SURELY and not names_complaint(said.text, ctx.protocols)


def minded(said: Said, ctx: Context) -> Said:
    """「悩みを聞いてください」 is a worry, whatever it was taken for; 「やめたいほど痛い」 is a symptom."""
    if said.intent == "cancel" and said.meaning and names_complaint(said.text, ctx.protocols):
        return replace(said, meaning=replace(said.meaning, intent="consult_symptom"))
    if said.kind != "text" or said.is_deaf or named_profession(said.text) or not wants_an_ear(said.text):
        return said
    if said.intent not in {"talk_to_human", "out_of_scope", ""}:
        return said
    return replace(said, meaning=Understanding("consult_mental_health", 1.0), parts=())
