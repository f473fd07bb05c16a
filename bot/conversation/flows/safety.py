"""One safety question: for what we cannot read (a voice message, a picture, a worry without a protocol)."""

from bot.conversation.flows.menu import wish
from bot.conversation.said import MEDIA_KINDS, Said
from bot.conversation.turn import Context, State, Turn
from bot.conversation.wording import typed_choice
from bot.triage.card import emergency_card
from core.messages import Answer, Choices, Message, Tap, Text

ANSWERS = ("yes", "no", "unknown")


class SafetyQuestion:
    """Is one of the first-check signs there? Yes or unsure: the emergency card. No: a person or the menu."""

    name = "safety"

    def start(self, state: State, said: Said, ctx: Context) -> Turn:
        """Say what we could not read, and ask."""
        key = "media" if said.kind in MEDIA_KINDS else "words"
        memory = dict(state.memory) if said.kind in MEDIA_KINDS else {**state.memory, "complaint": said.text}
        asked = State(self.name, ctx.instance, "check", {"lead": key}, memory)
        return Turn(asked, self.ask_again(asked, ctx))

    def resume(self, state: State, said: Said, ctx: Context) -> Turn | None:
        """A sign, or doubt about one, is an emergency: the first-check items take no risk."""
        value = said.answer.value if said.answer else ""
        if said.kind == "text":
            typed = typed_choice(said.text, self._options(state, ctx))
            parsed = Answer.parse(typed.data) if typed else None
            value = parsed.value if parsed else ""
        if value in {"yes", "unknown"}:
            card = emergency_card("first_check", ctx.city, ctx.texts)
            person = Text(text=ctx.texts("talk.safety.after"), quick=(wish("person", ctx),))
            return Turn(state.ended(), (card, person))
        if value == "no":
            quick = tuple(wish(w, ctx) for w in ("person", "consultation", "facility"))
            return Turn(state.ended(), (Text(text=ctx.texts("talk.safety.none"), quick=quick),))
        return None

    def ask_again(self, state: State, ctx: Context) -> tuple[Message, ...]:
        """Ask the question."""
        lead = ctx.texts(f"talk.safety.lead.{state.data['lead']}")
        text = f"{lead}\n\n{ctx.texts('talk.safety.ask')}"
        return (Choices(text=text, options=self._options(state, ctx), quick=(wish("person", ctx),)),)

    def _options(self, state: State, ctx: Context) -> tuple[Tap, ...]:
        def option(value: str) -> Tap:
            label = ctx.texts(f"talk.safety.{value}")
            return Tap(label, Answer(self.name, state.instance, "check", value).data(), label)

        return tuple(option(value) for value in ANSWERS)
