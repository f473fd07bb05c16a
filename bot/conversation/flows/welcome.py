"""Greeting, thanks, and what HELPO can do: help first, no form."""

from bot.conversation.flows.menu import main_menu
from bot.conversation.said import Said
from bot.conversation.turn import Context, State, Turn
from core.messages import Message, Text

# What is said back to these is a courtesy; how to use HELPO, and 119, somebody waits for.
COURTESIES = frozenset({"greet", "thanks"})


class Welcome:
    """A short word, then the menu."""

    name = "welcome"

    def start(self, state: State, said: Said, ctx: Context) -> Turn:
        """Answer what kind of greeting it was."""
        account = ctx.city.account_name
        if said.kind == "follow":
            replies: tuple[Message, ...] = (
                Text(text=ctx.texts("talk.welcome", account=account)),
                main_menu(ctx),
            )
        elif said.intent == "thanks":
            replies = (Text(text=ctx.texts("talk.thanks")),)
        elif said.intent == "ask_how_to_use" or (said.answer and said.answer.value == "how"):
            replies = (Text(text=ctx.texts("talk.how", city=ctx.city.name)), main_menu(ctx))
        else:
            replies = (main_menu(ctx, ctx.texts("talk.greeting")),)
        return Turn(state.ended(), replies, is_courtesy=said.intent in COURTESIES)

    def resume(self, _state: State, _said: Said, _ctx: Context) -> Turn | None:
        """A greeting has no second step."""
        return None

    def ask_again(self, _state: State, _ctx: Context) -> tuple[Message, ...]:
        """Nothing is open."""
        return ()
