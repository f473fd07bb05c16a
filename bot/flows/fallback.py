"""Answer words that were not understood: say so, offer the menu and a person, never guess."""

from bot.dialogue.flow import Context, FlowSpec, OneAnswer
from bot.dialogue.state import State
from bot.dialogue.turn import Turn
from bot.dialogue.user_input import UserInput
from bot.flows.foreign import answer_foreign
from core.words import Words


class FallbackFlow(OneAnswer):
    """Answers words that were not understood."""

    spec = FlowSpec(name="fallback", is_fallback=True)

    def start(self, state: State, user_input: UserInput, ctx: Context) -> Turn:
        """Offer the menu; the words are kept as the complaint for a person who takes over."""
        if user_input.is_foreign:
            return answer_foreign(state, user_input, ctx)
        if user_input.nlu_unavailable:
            key = "talk.deaf"
        elif not user_input.is_text:
            key = "talk.unreadable"
        else:
            key = "talk.out_of_scope" if user_input.intent == "out_of_scope" else "talk.fallback"
        memory = state.memory.with_remark(Words.of(user_input.text), ctx.now)
        return Turn(state.ended(memory), menu=ctx.texts(key))
