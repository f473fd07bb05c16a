"""Answer greetings and thanks, and say what HELPO can do; no form to fill in first."""

from bot.dialogue.flow import Context, FlowSpec, Intent, OneAnswer
from bot.dialogue.state import State
from bot.dialogue.turn import Turn
from bot.dialogue.user_input import UserInput
from core.messages import Text

# Intents answered by a courtesy; an answer about using HELPO, or with 119, must arrive.
COURTESIES = frozenset({"greet", "thanks"})


class WelcomeFlow(OneAnswer):
    """Gives a short answer, then the menu."""

    spec = FlowSpec(
        name="welcome",
        intents=(Intent("greet"), Intent("thanks"), Intent("ask_how_to_use", 12)),
        kinds=("follow", "sticker"),
        answers_at_once=True,
        menu="how",
    )

    def start(self, state: State, user_input: UserInput, ctx: Context) -> Turn:
        """Answer by the kind of greeting."""
        is_courtesy = user_input.intent in COURTESIES
        asks_how = user_input.intent == "ask_how_to_use"
        if user_input.kind == "follow":
            welcome = Text(text=ctx.texts("talk.welcome", account=ctx.city.account_name))
            return Turn(state.ended(), (welcome,), menu=ctx.texts("talk.menu.ask"))
        if user_input.intent == "thanks":
            return Turn(state.ended(), (Text(text=ctx.texts("talk.thanks")),), is_courtesy=True)
        if asks_how or (user_input.answer and user_input.answer.value == self.spec.menu):
            how = Text(text=ctx.texts("talk.how", city=ctx.city.name))
            return Turn(state.ended(), (how,), menu=ctx.texts("talk.menu.ask"))
        if user_input.kind == "sticker":
            return Turn(state.ended(), menu=ctx.texts("talk.picture"))
        return Turn(state.ended(), menu=ctx.texts("talk.greeting"), is_courtesy=is_courtesy)
