"""Answer worries and questions without a flow of their own: briefly and generally, then the right person.

General information only, in the words a bot may use (domain notes 4.1): no diagnosis, no dose, no "you need
not go".
"""

from dataclasses import dataclass

from bot.dialogue.flow import Context, FlowSpec, Intent, OneAnswer
from bot.dialogue.menu import flow_button, profession_button, staff_button
from bot.dialogue.state import State
from bot.dialogue.turn import Turn
from bot.dialogue.user_input import UserInput
from bot.language.despair_words import speaks_of_dying
from bot.triage.calls import call_119, desk_call
from bot.triage.card import open_desks
from bot.triage.care import listed_hotlines, open_hotlines
from core.db.tables import Profession
from core.messages import Button, Choices, Message, Open, Text
from core.words import Words


@dataclass(frozen=True, slots=True)
class Advice:
    """What goes with an answer: its priority, the professions it suits (the best first), further flows.

    `desks` are the ages (`adult`, `child`) whose advice lines are named. `is_passed_on`: the city's staff can
    read it.
    """

    priority: int | None = None
    professions: tuple[Profession, ...] = ()
    menu_values: tuple[str, ...] = ()
    desks: tuple[str, ...] = ()
    has_hotlines: bool = False
    has_site: bool = False
    is_passed_on: bool = False
    has_menu: bool = False
    part_of: tuple[str, ...] = ()


ADVICE = {
    "report_condition": Advice(
        2, (Profession.NURSE,), ("consultation",), part_of=("emergency", "consult_symptom")
    ),
    "consult_mental_health": Advice(3, (Profession.COUNSELLOR,), has_hotlines=True),
    "consult_medicine": Advice(4, (Profession.PHARMACIST,), ("shop",), ("adult", "child")),
    "consult_pregnancy_childcare": Advice(
        5, (Profession.MIDWIFE, Profession.PUBLIC_HEALTH_NURSE), ("facility",), ("child",)
    ),
    "consult_womens_mens_health": Advice(6, (Profession.NURSE, Profession.MIDWIFE), ("facility",)),
    "infection_support": Advice(
        7,
        (Profession.PUBLIC_HEALTH_NURSE, Profession.NURSE),
        ("consultation", "facility"),
        ("adult", "child"),
    ),
    "consult_lifestyle": Advice(8, (Profession.DIETITIAN, Profession.PUBLIC_HEALTH_NURSE), ("facility",)),
    "ask_city_notice": Advice(13, (Profession.PUBLIC_HEALTH_NURSE,), has_site=True),
    "change_registration": Advice(14, is_passed_on=True),
    "stop_notices": Advice(15, is_passed_on=True),
    "feedback": Advice(16, menu_values=("person",), is_passed_on=True),
    "affirm": Advice(has_menu=True),
    "deny": Advice(has_menu=True),
}


class AdviceFlow(OneAnswer):
    """Gives one answer and asks no question; its buttons lead to other flows."""

    spec = FlowSpec(
        name="advice",
        intents=tuple(Intent(name, advice.priority, advice.part_of) for name, advice in ADVICE.items()),
        answers_at_once=True,
        tells_danger=True,
    )

    def start(self, state: State, user_input: UserInput, ctx: Context) -> Turn:
        """Answer the intent."""
        intent = user_input.intent
        advice = ADVICE[intent]
        if advice.has_menu:
            return Turn(state.ended(), menu=ctx.texts(f"talk.advice.{intent}"))
        whom = advice.professions[0] if advice.professions else None
        memory = state.memory.with_remark(Words.of(user_input.text), ctx.now, whom)
        has_hotlines = advice.has_hotlines and speaks_of_dying(user_input.text)
        return Turn(state.ended(memory), (_answer(intent, advice, ctx, has_hotlines=has_hotlines),))


def _answer(intent: str, advice: Advice, ctx: Context, *, has_hotlines: bool) -> Message:
    desks = [desk for ages in advice.desks for desk in open_desks(ctx.city, ages, ctx.now)]
    lines = [ctx.texts("talk.advice_desk", name=desk.name, about=desk.about) for desk in desks]
    if has_hotlines:
        lines += _hotlines(ctx)
    text = "\n".join([ctx.texts(f"talk.advice.{intent}"), *([""] if lines else []), *lines])
    options: list[Button] = [profession_button(profession, ctx.texts) for profession in advice.professions]
    if advice.is_passed_on:
        options.append(staff_button(ctx.texts))
    if advice.has_site and ctx.city.site:
        options.append(Open(ctx.texts("talk.advice.site"), ctx.city.site))
    options += [flow_button(value, ctx.texts) for value in advice.menu_values]
    calls = [desk_call(desk, ctx.texts) for desk in desks]
    quick = (*calls, call_119(ctx.texts)) if advice.professions and not advice.has_site else ()
    return (
        Choices(text=text, options=tuple(options), quick=quick) if options else Text(text=text, quick=quick)
    )


def _hotlines(ctx: Context) -> list[str]:
    lines = open_hotlines(ctx.city, ctx.now)
    return [ctx.texts("talk.advice.hotlines"), listed_hotlines(lines, ctx.city)] if lines else []
