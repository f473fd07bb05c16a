"""End the over-the-counter flow without a card: refusals, exclusions, and the handover of the answers."""

from collections.abc import Mapping, Sequence

from bot.dialogue.flow import Context
from bot.dialogue.menu import flow_button, profession_button
from bot.dialogue.state import State
from bot.dialogue.turn import Turn
from bot.flows.otc.data import data_of
from bot.flows.otc.questions import findings, pharmacy
from bot.triage.calls import call_119
from core.db.tables import Profession, Urgency
from core.messages import Button, Choices, Message, Text
from core.words import Words
from shop import wording
from shop.catalogue import YOUNGEST, Catalogue, ProductKind
from shop.exclusion import AGE, CHILD, OLD, SIGNS, UNKNOWN, Ages


def amount_refused(state: State, words: str, ctx: Context) -> Turn | None:
    """Refuse to tell an amount, and refer to a pharmacist; None for other words."""
    if not wording.asks_amount(words):
        return None
    return _refused(state, words, ctx.texts("shop.amount"), pharmacy(ctx), ctx)


def prescription_refused(state: State, words: str, products: Catalogue, ctx: Context) -> Turn | None:
    """Say that a prescription medicine is not sold; None for other words."""
    if not products.names_only_prescription(words):
        return None
    return _refused(state, words, ctx.texts("shop.prescription"), flow_button("facility", ctx.texts), ctx)


def sold_at_the_counter(state: State, kind: ProductKind, words: str, ctx: Context) -> Turn:
    """Say where to get a kind that no link may lead to."""
    options = (
        profession_button(Profession.PHARMACIST, ctx.texts),
        pharmacy(ctx),
        flow_button("facility", ctx.texts),
    )
    wanted = Words.of(words, ctx.texts("shop.wish", kind=kind.name))
    memory = state.memory.with_remark(wanted, ctx.now, Profession.PHARMACIST)
    return Turn(state.ended(memory), (Choices(text=kind.about, options=options),))


def stopped(state: State, kind: ProductKind, stop: str, ctx: Context, leads: Sequence[str]) -> Turn:
    """Say why nothing is shown, and who can help; a sign of illness counts until a person has seen it."""
    is_sign, is_baby = stop == SIGNS, _is_baby(stop, data_of(state).answers[stop])
    parts = [
        ctx.texts("shop.stop.lead", kind=kind.name),
        _why(kind, "baby" if is_baby else stop, ctx),
        ctx.texts("shop.stop.advice"),
    ]
    options: list[Button] = [profession_button(Profession.PHARMACIST, ctx.texts)]
    quick: list[Button] = [flow_button("person", ctx.texts)]
    consultation = [flow_button("consultation", ctx.texts)] if kind.has_symptom else []
    if is_sign or is_baby:
        options = [*consultation, flow_button("facility", ctx.texts), *options]
    else:
        options = [*options, pharmacy(ctx), *consultation]
    summary = summary_of(state, kind, ctx)
    memory = state.memory.with_remark(summary, ctx.now, Profession.PHARMACIST)
    if is_sign:
        parts.append(ctx.texts("shop.stop.emergency"))
        quick.insert(0, call_119(ctx.texts))
        memory = state.memory.with_sign(summary, Urgency.ORANGE, ctx.now)
    shown = Choices(text="\n\n".join(parts), options=tuple(options), quick=tuple(quick))
    return Turn(state.ended(memory), (*leading(leads), shown))


def _why(kind: ProductKind, stop: str, ctx: Context) -> str:
    if stop == AGE:
        return ctx.texts("shop.stop.under_age", years=kind.min_age)
    return ctx.texts(f"shop.stop.why.{stop}")


def notes(kind: ProductKind, answers: Mapping[str, str], ctx: Context) -> tuple[str, ...]:
    """Return what the card adds for this age."""
    if AGE not in answers or kind.type != "medicine":
        return ()
    ages = Ages.parse(answers[AGE])
    if ages.low < CHILD:
        return (ctx.texts("shop.card.child"),)
    return (ctx.texts("shop.card.old"),) if ages.high >= OLD else ()


def summary_of(state: State, kind: ProductKind, ctx: Context) -> Words:
    """Return what was asked for and answered, in a clinician's words."""
    data = data_of(state)
    answered = [f"{q}：{a}" for q, a in findings(kind, data.answers, ctx)]
    return data.complaint.and_(ctx.texts("shop.wish", kind=kind.name), *answered)


def leading(leads: Sequence[str]) -> tuple[Message, ...]:
    """Return the introductory texts as one message."""
    return (Text(text="\n\n".join(leads)),) if leads else ()


def _refused(state: State, words: str, text: str, place: Button, ctx: Context) -> Turn:
    options = (profession_button(Profession.PHARMACIST, ctx.texts), place)
    quick = (call_119(ctx.texts),)
    memory = state.memory.with_remark(Words.of(words), ctx.now, Profession.PHARMACIST)
    return Turn(state.ended(memory), (Choices(text=text, options=options, quick=quick),))


def _is_baby(stop: str, answer: str) -> bool:
    return stop == AGE and answer != UNKNOWN and Ages.parse(answer).high < YOUNGEST
