"""Worries and questions without a flow of their own: a short general answer, then the right person and what else fits.

General information only, in the words a bot may use (domain notes 4.1): no diagnosis, no dose, no "you need not go".
"""

from dataclasses import dataclass, replace

from bot.dialogue.memory import told, worsened
from bot.dialogue.menu import ask, main_menu, pass_on, wish
from bot.dialogue.turn import Context, State, Turn
from bot.dialogue.user_input import Said
from bot.flows.consultation.flow import Consultation
from bot.triage.card import emergency_card, open_desks
from bot.triage.care import listed_hotlines, open_hotlines
from core.db.tables import Profession, Urgency
from core.ja import read_spo2, read_temperature
from core.messages import Action, Call, Choices, Message, Open, Text

# Oxygen saturation in percent (domain notes 5.1): at most this is an emergency, below the next somebody must look.
SPO2_RED, SPO2_LOW = 93, 96
FEVER = 37.5  # °C


@dataclass(frozen=True, slots=True)
class Advice:
    """What goes with an answer: whom it suits (the best first), further wishes, advice lines for these ages."""

    professions: tuple[Profession, ...] = ()
    wishes: tuple[str, ...] = ()
    desks: tuple[str, ...] = ()
    has_hotlines: bool = False
    has_site: bool = False
    is_passed_on: bool = False
    has_menu: bool = False


ADVICE = {
    "consult_medicine": Advice((Profession.PHARMACIST,), ("shop",), ("adult", "child")),
    "consult_mental_health": Advice((Profession.COUNSELLOR,), has_hotlines=True),
    "consult_pregnancy_childcare": Advice(
        (Profession.MIDWIFE, Profession.PUBLIC_HEALTH_NURSE), ("facility",), ("child",)
    ),
    "consult_womens_mens_health": Advice((Profession.NURSE, Profession.MIDWIFE), ("facility",)),
    "consult_lifestyle": Advice((Profession.DIETITIAN, Profession.PUBLIC_HEALTH_NURSE), ("facility",)),
    "infection_support": Advice(
        (Profession.PUBLIC_HEALTH_NURSE, Profession.NURSE), ("consultation", "facility"), ("adult", "child")
    ),
    "report_condition": Advice((Profession.NURSE,), ("consultation",)),
    "ask_city_notice": Advice((Profession.PUBLIC_HEALTH_NURSE,), has_site=True),
    "change_registration": Advice(is_passed_on=True),
    "stop_notices": Advice(is_passed_on=True),
    "feedback": Advice(wishes=("person",), is_passed_on=True),
    "affirm": Advice(has_menu=True),
    "deny": Advice(has_menu=True),
}


class AdviceFlow:
    """One answer, no question; its buttons lead on."""

    name = "advice"

    def start(self, state: State, said: Said, ctx: Context) -> Turn:
        """Answer by intent; measurements that call for more than an answer get it."""
        intent = said.intent
        if intent == "report_condition" and (turn := self._measured(state, said, ctx)):
            return turn
        advice = ADVICE[intent]
        if advice.has_menu:
            return Turn(state.ended(), (main_menu(ctx, ctx.texts(f"talk.advice.{intent}")),))
        whom = advice.professions[0] if advice.professions else None
        return Turn(state.ended(**told(said.text, ctx.now, whom)), (_answer(intent, advice, ctx),))

    def resume(self, _state: State, _said: Said, _ctx: Context) -> Turn | None:
        """The buttons lead on."""
        return None

    def ask_again(self, _state: State, _ctx: Context) -> tuple[Message, ...]:
        """Nothing is open."""
        return ()

    def _measured(self, state: State, said: Said, ctx: Context) -> Turn | None:
        oxygen, degrees = read_spo2(said.text), read_temperature(said.text)
        if oxygen is not None and oxygen <= SPO2_RED:
            card = replace(emergency_card("first_check", ctx.city, ctx.texts), quick=(wish("person", ctx),))
            return Turn(state.ended(**worsened(state, said.text, Urgency.RED, ctx.now)), urgent=(card,))
        if oxygen is not None and oxygen < SPO2_LOW:
            kept = state.ended(**worsened(state, said.text, Urgency.ORANGE, ctx.now))
            options = (ask(Profession.NURSE, ctx), wish("facility", ctx), _call_119(ctx))
            return Turn(kept, (Choices(text=ctx.texts("talk.advice.low_oxygen"), options=options),))
        if degrees is not None and degrees >= FEVER:
            return Consultation().start(state, said, ctx)
        return None


def _answer(intent: str, advice: Advice, ctx: Context) -> Message:
    desks = [desk for ages in advice.desks for desk in open_desks(ctx.city, ages, ctx.now)]
    lines = [ctx.texts("talk.advice.desk", name=desk.name, about=desk.about) for desk in desks]
    if advice.has_hotlines:
        lines += _hotlines(ctx)
    text = "\n".join([ctx.texts(f"talk.advice.{intent}"), *([""] if lines else []), *lines])
    options: list[Action] = [ask(profession, ctx) for profession in advice.professions]
    if advice.is_passed_on:
        options.append(pass_on(ctx))
    if advice.has_site and ctx.city.site:
        options.append(Open(ctx.texts("talk.advice.site"), ctx.city.site))
    options += [wish(value, ctx) for value in advice.wishes]
    # A link cannot dial `#7119`: the button dials the desk's ordinary number.
    calls = [Call(ctx.texts("triage.call.desk", number=d.number), d.alternative or d.number) for d in desks]
    quick = (*calls, _call_119(ctx)) if advice.professions and not advice.has_site else ()
    return (
        Choices(text=text, options=tuple(options), quick=quick) if options else Text(text=text, quick=quick)
    )


def _call_119(ctx: Context) -> Call:
    return Call(ctx.texts("talk.call_119"), "119")


def _hotlines(ctx: Context) -> list[str]:
    lines = open_hotlines(ctx.city, ctx.now)
    return [ctx.texts("talk.advice.hotlines"), listed_hotlines(lines, ctx.city)] if lines else []
