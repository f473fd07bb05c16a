"""How a wish to buy ends without a card: what is refused, what rules a kind out, and who is told what was answered."""

from collections.abc import Mapping, Sequence

from bot.dialogue.memory import told, worsened
from bot.dialogue.menu import ask, wish
from bot.dialogue.turn import Context, State, Turn
from bot.flows.otc.questions import findings, pharmacy
from core.db.tables import Profession, Urgency
from core.messages import Action, Call, Choices, Message, Text
from shop import wording
from shop.catalogue import YOUNGEST, ProductKind
from shop.exclusion import AGE, CHILD, OLD, SIGNS, UNKNOWN, Ages


def amount_refused(state: State, words: str, ctx: Context) -> Turn | None:
    """Refuse to say how much or how many; a pharmacist may."""
    if not wording.asks_amount(words):
        return None
    return _refused(state, words, ctx.texts("shop.amount"), pharmacy(ctx), ctx)


def prescription_refused(state: State, words: str, ctx: Context) -> Turn | None:
    """Say that what only a doctor prescribes is not sold; 「血圧の薬を飲んでいますが、かぜ薬」 wants something else."""
    if not ctx.products.names_prescription(words) or ctx.products.kinds_named(words):
        return None
    return _refused(state, words, ctx.texts("shop.prescription"), wish("facility", ctx), ctx)


def sold_at_the_counter(state: State, kind: ProductKind, words: str, ctx: Context) -> Turn:
    """Say where a kind is had that no link may lead to."""
    options = (ask(Profession.PHARMACIST, ctx), pharmacy(ctx), wish("facility", ctx))
    complaint = "\n".join(filter(None, [words, ctx.texts("shop.finding.wish", kind=kind.name)]))
    remembered = told(complaint, ctx.now, Profession.PHARMACIST)
    return Turn(state.ended(**remembered), (Choices(text=kind.about, options=options),))


def stopped(state: State, kind: ProductKind, stop: str, ctx: Context, leads: Sequence[str]) -> Turn:
    """Say why nothing is shown, and who can help; a sign of illness counts until somebody has looked at it."""
    is_sign, is_baby = stop == SIGNS, _is_baby(stop, state.data["answers"][stop])
    why = "baby" if is_baby else stop
    parts = [
        ctx.texts("shop.stop.lead", kind=kind.name),
        ctx.texts(f"shop.stop.why.{why}", years=kind.min_age),
        ctx.texts("shop.stop.advice"),
    ]
    options: list[Action] = [ask(Profession.PHARMACIST, ctx)]
    quick: list[Action] = [wish("person", ctx)]
    consultation = [wish("consultation", ctx)] if kind.has_symptom else []
    if is_sign or is_baby:
        options = [*consultation, wish("facility", ctx), *options]
    else:
        options = [*options, pharmacy(ctx), *consultation]
    summary = summary_of(state, kind, ctx)
    remembered = told(summary, ctx.now, Profession.PHARMACIST)
    if is_sign:
        parts.append(ctx.texts("shop.stop.emergency"))
        quick.insert(0, Call(ctx.texts("talk.call_119"), "119"))
        remembered = worsened(state, summary, Urgency.ORANGE, ctx.now)
    shown = Choices(text="\n\n".join(parts), options=tuple(options), quick=tuple(quick))
    return Turn(state.ended(**remembered), (*leading(leads), shown))


def notes(kind: ProductKind, answers: Mapping[str, str], ctx: Context) -> tuple[str, ...]:
    """Return what the card says besides about this age."""
    if AGE not in answers or kind.type != "medicine":
        return ()
    ages = Ages.parse(answers[AGE])
    if ages.low < CHILD:
        return (ctx.texts("shop.card.child"),)
    return (ctx.texts("shop.card.old"),) if ages.high >= OLD else ()


def summary_of(state: State, kind: ProductKind, ctx: Context) -> str:
    """Return what was wanted and answered, in the words a clinician reads."""
    answered = [f"{q}：{a}" for q, a in findings(kind, state.data["answers"], ctx)]
    wanted = ctx.texts("shop.finding.wish", kind=kind.name)
    return "\n".join(filter(None, [state.data["complaint"], wanted, *answered]))


def leading(leads: Sequence[str]) -> tuple[Message, ...]:
    """Return what is said first, as one message."""
    return (Text(text="\n\n".join(leads)),) if leads else ()


def _refused(state: State, words: str, text: str, place: Action, ctx: Context) -> Turn:
    options = (ask(Profession.PHARMACIST, ctx), place)
    quick = (Call(ctx.texts("talk.call_119"), "119"),)
    remembered = told(words, ctx.now, Profession.PHARMACIST)
    return Turn(state.ended(**remembered), (Choices(text=text, options=options, quick=quick),))


def _is_baby(stop: str, answer: str) -> bool:
    return stop == AGE and answer != UNKNOWN and Ages.parse(answer).high < YOUNGEST
