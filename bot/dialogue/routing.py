"""Route a message to a flow."""

from dataclasses import replace

from bot.dialogue.flow import Context
from bot.dialogue.user_input import UserInput
from bot.language.professions import named_profession
from bot.language.typed_replies import wants_an_ear
from bot.triage.protocols.case import names_complaint
from core.understanding import Understanding

# Confidence from which words end a flow without being confirmed.
SURELY = 0.7


def route(user_input: UserInput, ctx: Context) -> str:
    """Return the flow for words, a place or a sticker; empty when unknown."""
    if user_input.nlu_unavailable:
        return ctx.flows.named_in(user_input, ctx)
    if by_kind := ctx.flows.by_kind.get(user_input.kind, ""):
        return by_kind
    return ctx.flows.claimed_by(user_input) or ctx.flows.flow_of(user_input.intent)


def gives_up(user_input: UserInput, ctx: Context) -> bool:
    """Whether words that name no complaint clearly ask to end the running flow."""
    meaning = user_input.meaning
    if not user_input.is_text or meaning is None or user_input.intent != "cancel":
        return False
    return meaning.confidence >= SURELY and not names_complaint(user_input.text, ctx.protocols)


def with_corrected_intent(user_input: UserInput, ctx: Context) -> UserInput:
    """Return the input with an intent that plain words correct.

    「やめたいほど痛い」 is a symptom; 「悩みを聞いてください」 is a worry, whatever Rasa takes it for.
    """
    meaning = user_input.meaning
    if user_input.intent == "cancel" and meaning and names_complaint(user_input.text, ctx.protocols):
        return replace(user_input, meaning=replace(meaning, intent="consult_symptom"))
    if not user_input.is_text or user_input.nlu_unavailable:
        return user_input
    if named_profession(user_input.text) or not wants_an_ear(user_input.text):
        return user_input
    if user_input.intent not in {"talk_to_human", "out_of_scope", ""}:
        return user_input
    return replace(user_input, meaning=Understanding("consult_mental_health", 1.0), clauses=())
