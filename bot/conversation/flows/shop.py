"""What can be bought over the counter: a neutral card, and nothing when a doctor should look first."""

from bot.conversation.flows.menu import wish
from bot.conversation.memory import recent_urgency
from bot.conversation.said import Said
from bot.conversation.turn import Context, State, Turn
from core.db.tables import Urgency
from core.messages import Message, Text

TOO_URGENT = frozenset({Urgency.RED, Urgency.ORANGE, Urgency.YELLOW})


class Shop:
    """One card, no further questions yet; the card itself names who must ask first."""

    name = "shop"

    def start(self, state: State, said: Said, ctx: Context) -> Turn:
        """Show the registered shops for the kind of product that was named."""
        if recent_urgency(state, ctx.now) in TOO_URGENT:
            quick = (wish("facility", ctx), wish("person", ctx))
            return Turn(state.ended(), (Text(text=ctx.texts("talk.no_shop"), quick=quick),))
        return Turn(state.ended(), (ctx.shop_card(said.text),))

    def resume(self, _state: State, _said: Said, _ctx: Context) -> Turn | None:
        """The card is all."""
        return None

    def ask_again(self, _state: State, _ctx: Context) -> tuple[Message, ...]:
        """Nothing is open."""
        return ()
