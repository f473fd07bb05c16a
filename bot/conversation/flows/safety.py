"""One safety question: for what we cannot read, a voice message or a picture."""

import re
from dataclasses import replace

from bot.conversation.flows.menu import wish
from bot.conversation.memory import recent_words, told, worsened
from bot.conversation.said import Said
from bot.conversation.turn import Context, State, Turn
from bot.conversation.wording import plain, spellings, typed_choice
from bot.triage.card import emergency_card
from core.db.tables import Urgency
from core.ja import fold
from core.messages import Answer, Call, Choices, Message, Tap, Text

ANSWERS = ("yes", "no", "unknown")
# The signs the question lists, as a resident types them instead of tapping; folded, and not denied.
SIGN = re.compile(
    r"(?:息が?苦し|いきが?[くぐ]るし|話せな|話せませ|しゃべれ(?:な|ませ)|ぼんやり|ぼうっと|ぼーっと|もうろう|反応が?(?:な|薄)"
    r"|顔色が?(?:悪|わる|白|青)|(?:唇|くちびる).{0,4}(?:紫|青|白|色)|冷や汗|ひやあせ)"
    r"(?!くは?(?:な|あり)|は?(?:な[いか]|ありませ|して(?:い)?(?:な|ませ)))"
)
# Words that ask for nothing else: they are about the worry the question belongs to.
NO_OTHER_WISH = frozenset({"", "out_of_scope", "affirm", "deny"})
# Who was asked for signs of danger and writes this has none.
ALL_WELL = (
    "大丈夫",
    "大丈夫です",
    "だいじょうぶ",
    "だいじょうぶです",
    "平気",
    "平気です",
    "問題ない",
    "問題ないです",
)


class SafetyQuestion:
    """Is one of the first-check signs there? Yes or unsure: the emergency card. No: a person or the menu."""

    name = "safety"

    def start(self, state: State, said: Said, ctx: Context) -> Turn:
        """Say what we could not read, and ask."""
        memory = dict(state.memory) | ({} if said.has_file else told(said.text, ctx.now))
        asked = State(
            self.name, ctx.instance, "check", {"lead": "media" if said.has_file else "words"}, memory
        )
        return Turn(asked, self.ask_again(asked, ctx))

    def resume(self, state: State, said: Said, ctx: Context) -> Turn | None:
        """A sign, or doubt about one, is an emergency: the first-check items take no risk."""
        value = self._typed(state, said, ctx) if said.kind == "text" else ""
        value = said.answer.value if said.answer else value
        if value in {"yes", "unknown"}:
            card = emergency_card("first_check", ctx.city, ctx.texts)
            person = Text(text=ctx.texts("talk.safety.after"), quick=(wish("person", ctx),))
            words = said.text if said.kind == "text" else recent_words(state, ctx.now)
            found = worsened(state, words, Urgency.RED, ctx.now)
            return Turn(state.ended(**found), urgent=(card, person))
        if value == "no":
            quick = (wish("person", ctx), wish("facility", ctx), Call(ctx.texts("talk.call_119"), "119"))
            return Turn(state.ended(), (Text(text=ctx.texts("talk.safety.none"), quick=quick),))
        if said.kind == "text" and said.intent in NO_OTHER_WISH:
            return self._not_read(state, said, ctx)
        return None

    def _typed(self, state: State, said: Said, ctx: Context) -> str:
        typed = typed_choice(said.text, self._options(state, ctx))
        parsed = Answer.parse(typed.data) if typed else None
        if parsed:
            return parsed.value
        if plain(said.text) in spellings(ALL_WELL):
            return "no"
        return "yes" if SIGN.search(fold(said.text)) or said.intent in {"affirm", "emergency"} else ""

    def _not_read(self, state: State, said: Said, ctx: Context) -> Turn:
        """Ask once more; then a person reads what we cannot."""
        kept = replace(state, memory={**state.memory, **told(said.text, ctx.now)})
        if not state.data.get("asked_again"):
            again = kept.at("check", asked_again=True)
            return Turn(again, (Text(text=ctx.texts("talk.not_understood")), *self.ask_again(again, ctx)))
        quick = (Call(ctx.texts("talk.call_119"), "119"), wish("person", ctx))
        return Turn(kept.ended(), (Text(text=ctx.texts("talk.safety.to_person"), quick=quick),))

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
