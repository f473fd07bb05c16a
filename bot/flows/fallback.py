"""What was not understood: say so, offer the menu and a person; never guess."""

from bot.dialogue.memory import told
from bot.dialogue.menu import main_menu
from bot.dialogue.turn import Context, State, Turn
from bot.dialogue.user_input import Said
from core.messages import Message


class Fallback:
    """The honest answer to words nobody could read."""

    name = "fallback"

    def start(self, state: State, said: Said, ctx: Context) -> Turn:
        """Offer the menu; what was said is kept as the complaint for a person who takes over."""
        if said.is_deaf:
            key = "talk.deaf"
        elif said.kind != "text":
            key = "talk.unreadable"
        else:
            key = "talk.out_of_scope" if said.intent == "out_of_scope" else "talk.fallback"
        return Turn(state.ended(**told(said.text, ctx.now)), (main_menu(ctx, ctx.texts(key)),))

    def resume(self, _state: State, _said: Said, _ctx: Context) -> Turn | None:
        """The menu's buttons lead on."""
        return None

    def ask_again(self, _state: State, _ctx: Context) -> tuple[Message, ...]:
        """Nothing is open."""
        return ()
