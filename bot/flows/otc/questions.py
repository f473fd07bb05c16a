"""Make the messages of the shop's questions, and the findings of their answers."""

from collections.abc import Mapping

from bot.dialogue.flow import Context
from bot.dialogue.menu import flow_button
from bot.dialogue.state import State
from bot.flows.buttons import option_button, option_buttons
from bot.flows.otc.data import data_of
from core.messages import Button, Choices, Message, Option, Say
from shop.catalogue import Catalogue, ProductKind
from shop.exclusion import AGE, BODY, NO, OLDEST, PREGNANCY, SIGNS, UNKNOWN, YES, Ages, ages_offered

FLOW = "shop"
WHICH, BACK, OTHER_KINDS = "which", "back", "more"


def which_question(state: State, products: Catalogue, ctx: Context) -> Message:
    """Return the question for the kind: a few large choices, and the way to all others."""
    options = option_buttons(FLOW, state.instance, WHICH, which_options(products, ctx))
    return Choices(text=ctx.texts("shop.which.ask"), options=options, quick=ways_out(ctx))


def which_options(products: Catalogue, ctx: Context) -> tuple[Option, ...]:
    """Return the offered kinds, and 「ほかの薬」."""
    kinds = (products.kind(kind_id) for kind_id in products.offered)
    offered = tuple(Option(kind.id, kind.name) for kind in kinds if kind)
    return (*offered, Option(OTHER_KINDS, ctx.texts("shop.which.other")))


def question_message(state: State, kind: ProductKind, question: str, ctx: Context) -> Message:
    """Return one of the questions about the product's user."""
    data = data_of(state)
    quick: tuple[Button, ...] = ways_out(ctx)
    if data.answers:
        back = Option(BACK, ctx.texts("shop.option.back"))
        quick = (option_button(FLOW, state.instance, question, back), *quick)
    return Choices(
        text=_question_text(kind, question, ctx, is_short=data.short),
        options=option_buttons(FLOW, state.instance, question, question_options(kind, question, ctx)),
        quick=quick,
    )


def _question_text(kind: ProductKind, question: str, ctx: Context, *, is_short: bool) -> str:
    if question not in {SIGNS, BODY}:
        return ctx.texts(f"shop.ask.{question}")
    lines = "\n".join(f"・{line}" for line in lines_of(kind, question, is_short=is_short))
    return ctx.texts(f"shop.ask_list.{question}", lines=lines)


def question_options(kind: ProductKind, question: str, ctx: Context) -> tuple[Option, ...]:
    """Return the choices, doubt last."""
    if question == AGE:
        labels = {str(ages): _choice_of_ages(ages, ctx) for ages in ages_offered(kind)}
    elif question == PREGNANCY:
        labels = {YES: ctx.texts("shop.option.yes"), NO: ctx.texts("shop.option.no")}
    else:
        labels = {YES: ctx.texts("shop.option.some"), NO: ctx.texts("shop.option.none")}
    labels[UNKNOWN] = ctx.texts("shop.option.unknown")
    is_list = question in {SIGNS, BODY}
    return tuple(Option(value, label, is_none=is_list and value == NO) for value, label in labels.items())


def lines_of(kind: ProductKind, question: str, *, is_short: bool = False) -> tuple[str, ...]:
    """Return the items of a list question; the days are left out where they are known to be few."""
    if question == SIGNS:
        days = (kind.days.line,) if kind.days and not is_short else ()
        return (*days, *kind.signs)
    return kind.body if question == BODY else ()


def findings(kind: ProductKind, answers: Mapping[str, str], ctx: Context) -> tuple[tuple[str, str], ...]:
    """Return question and answer pairs for the person who takes over."""
    return tuple(
        (_asked(kind, question, ctx), _answered(question, answer, ctx))
        for question, answer in answers.items()
    )


def pharmacy(ctx: Context) -> Say:
    """Return the button that looks for a pharmacy nearby."""
    return Say(ctx.texts("shop.option.pharmacy"), ctx.texts("shop.option.pharmacy_says"))


def ways_out(ctx: Context) -> tuple[Button, ...]:
    """Return the actions below every question: a person, and the beginning."""
    start_over = ctx.texts("shop.option.start_over")
    return (flow_button("person", ctx.texts), Say(start_over, ctx.texts("shop.option.start_over_says")))


def _choice_of_ages(ages: Ages, ctx: Context) -> str:
    if ages.low == 0:
        return ctx.texts("shop.age.under", years=ages.high + 1)
    if ages.high == OLDEST:
        return ctx.texts("shop.age.over", years=ages.low)
    return ctx.texts("shop.age.between", low=ages.low, high=ages.high)


def _asked(kind: ProductKind, question: str, ctx: Context) -> str:
    return "／".join(lines_of(kind, question)) or ctx.texts(f"shop.finding.{question}")


def _answered(question: str, answer: str, ctx: Context) -> str:
    if answer == UNKNOWN:
        return ctx.texts("shop.option.unknown")
    if question == AGE:
        ages = Ages.parse(answer)
        exactly = ages.low == ages.high
        return ctx.texts("shop.age.exactly", years=ages.low) if exactly else _choice_of_ages(ages, ctx)
    if question == PREGNANCY:
        return ctx.texts(f"shop.option.{answer}")
    return ctx.texts("shop.option.some" if answer == YES else "shop.option.none")
