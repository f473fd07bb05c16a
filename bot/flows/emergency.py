"""A cry for help that the screen found no red flag in: who answers the telephone now, then what is the matter."""

from dataclasses import replace

from bot.dialogue.memory import with_memory, worsened
from bot.dialogue.menu import wish
from bot.dialogue.turn import Context, State, Turn
from bot.dialogue.user_input import Said
from bot.flows.consultation.flow import Consultation
from bot.triage.card import open_desks
from core.db.tables import Urgency
from core.messages import Call, Card, Message, Tone


class Emergency:
    """119 first, and the advice lines that answer at this hour; the consultation goes on from there."""

    name = "emergency"

    def start(self, state: State, said: Said, ctx: Context) -> Turn:
        """Give the numbers at once, then ask; until somebody has assessed it, it counts as orange."""
        worse = with_memory(state, **worsened(state, said.text, Urgency.ORANGE, ctx.now))
        asked = Consultation().start(worse, said, ctx)
        urgent = (numbers_card(ctx), *asked.urgent, *asked.replies)
        return replace(asked, urgent=urgent, replies=())

    def resume(self, _state: State, _said: Said, _ctx: Context) -> Turn | None:
        """The consultation asks."""
        return None

    def ask_again(self, _state: State, _ctx: Context) -> tuple[Message, ...]:
        """The consultation asks."""
        return ()


def cried_out(turn: Turn, said: Said, ctx: Context) -> Turn:
    """Put the numbers before what a running consultation makes of a cry for help; it counts as orange from here on."""
    if turn.urgent:
        return turn
    worse = with_memory(turn.state, **worsened(turn.state, said.text, Urgency.ORANGE, ctx.now))
    return replace(turn, state=worse, urgent=(numbers_card(ctx), *turn.replies), replies=())


def numbers_card(ctx: Context) -> Card:
    """Return 119 and the advice lines that answer now, as buttons."""
    desks = [desk for ages in ("adult", "child") for desk in open_desks(ctx.city, ages, ctx.now)]
    # A link cannot dial `#7119`: the button dials the desk's ordinary number.
    calls = [Call(ctx.texts("triage.call.desk", number=d.number), d.alternative or d.number) for d in desks]
    lines = [ctx.texts("talk.emergency.desk", name=desk.name) for desk in desks]
    unsure = "\n".join([ctx.texts("talk.emergency.unsure"), *lines])
    return Card(
        title=ctx.texts("talk.emergency.title"),
        body=(ctx.texts("talk.emergency.call"), *((unsure,) if lines else ())),
        tone=Tone.RED,
        actions=(Call(ctx.texts("talk.call_119"), "119"), *calls, wish("person", ctx)),
    )
