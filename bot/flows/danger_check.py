"""Ask one safety question about what cannot be read: a voice message, a picture, words."""

import re
from dataclasses import dataclass, replace

from bot.dialogue.flow import Context, FlowSpec
from bot.dialogue.flow_data import FlowData
from bot.dialogue.menu import flow_button
from bot.dialogue.state import State
from bot.dialogue.turn import Turn
from bot.dialogue.user_input import FILE_KINDS, UserInput
from bot.flows.buttons import option_buttons
from bot.language.typed_replies import affirms, typed_choice
from bot.language.yes_no import YesNo, read_yes_no
from bot.triage.calls import call_119
from bot.triage.danger.danger_card import emergency_card
from core.db.tables import Urgency
from core.ja import fold
from core.messages import Choices, Message, Option, Text
from core.words import Words

DANGER_CHECK = "safety"
YES, NO, UNKNOWN, UNREAD = "yes", "no", "unknown", "unread"
# The signs that the question lists, as residents type them instead of tapping; folded, and not denied.
SIGN = re.compile(
    r"(?:息が?苦し|いきが?[くぐ]るし|話せな|話せませ|しゃべれ(?:な|ませ)|ぼんやり|ぼうっと|ぼーっと|もうろう|反応が?(?:な|薄)"
    r"|顔色が?(?:悪|わる|白|青)|(?:唇|くちびる).{0,4}(?:紫|青|白|色)|冷や汗|ひやあせ)"
    r"(?!くは?(?:な|あり)|は?(?:な[いか]|ありませ|して(?:い)?(?:な|ませ)))"
)


def names_sign(text: str) -> bool:
    """Whether words name a sign of danger, without denying it."""
    return bool(SIGN.search(fold(text)))


@dataclass(frozen=True)
class DangerCheckData(FlowData):
    """`lead` says what could not be read: `media` or `words`."""

    lead: str = "words"
    asked_again: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """The reading of an input: `yes`, `no`, `unknown` or `unread`, and the words."""

    value: str
    words: Words


class DangerCheckFlow:
    """Asks for first-check signs. Yes or unsure: the emergency card. No: a person or the menu."""

    spec = FlowSpec(
        name=DANGER_CHECK,
        data=DangerCheckData,
        # Intents whose words belong to the worry the question is about, because they ask for nothing else.
        accepts=frozenset({"", "out_of_scope", "affirm", "deny"}),
        keeps_question=True,
        hears_danger=True,
        kinds=tuple(sorted(FILE_KINDS)),
    )

    def start(self, state: State, user_input: UserInput, ctx: Context) -> Turn:
        """Say what could not be read, and ask."""
        if user_input.is_file:
            data, memory = DangerCheckData("media"), replace(state.memory, file_at=ctx.now)
        else:
            data = DangerCheckData()
            memory = state.memory.with_remark(Words.of(user_input.text), ctx.now)
        asked = State(self.spec.name, ctx.instance, "check", data, memory)
        lead = ctx.texts(f"talk.safety.lead.{data.lead}")
        return Turn(asked, (_question(asked, ctx, f"{lead}\n\n"),))

    def read(self, _state: State, user_input: UserInput, ctx: Context) -> Checked | None:
        """Read a tap or words; words that ask for something else are not for this question."""
        words = Words.of(user_input.text) if user_input.is_text else Words()
        if user_input.answer:
            value = user_input.answer.value
            return Checked(value, words) if value in {YES, NO, UNKNOWN} else None
        if not user_input.is_text:
            return None
        if value := self._typed(user_input, ctx):
            return Checked(value, words)
        return Checked(UNREAD, words) if user_input.intent in self.spec.accepts else None

    def resume(self, state: State, reading: Checked, ctx: Context) -> Turn:
        """Send the emergency card for a sign or a doubt about one: first-check items allow no risk."""
        match reading.value:
            case "yes" | "unknown":
                return self._emergency(state, reading, ctx)
            case "no":
                quick = (
                    flow_button("person", ctx.texts),
                    flow_button("facility", ctx.texts),
                    call_119(ctx.texts),
                )
                return Turn(state.ended(), (Text(text=ctx.texts("talk.safety.none"), quick=quick),))
            case _:
                return self._not_read(state, reading.words, ctx)

    def question(self, state: State, ctx: Context) -> tuple[Message, ...]:
        """Return the open question, to be asked again: what could not be read was said the first time."""
        return (_question(state, ctx),)

    def _emergency(self, state: State, reading: Checked, ctx: Context) -> Turn:
        why = "triage.emergency.one_of" if reading.value == YES else "triage.danger.unsure"
        card = emergency_card(ctx.city, ctx.texts, because=(ctx.texts(why),))
        person = Text(text=ctx.texts("talk.safety.after"), quick=(flow_button("person", ctx.texts),))
        remark = state.memory.last_remark(ctx.now)
        told = reading.words or (remark.words if remark else Words())
        return Turn(state.ended(state.memory.with_sign(told, Urgency.RED, ctx.now)), urgent=(card, person))

    def _typed(self, user_input: UserInput, ctx: Context) -> str:
        if typed := typed_choice(user_input.text, _options(ctx)):
            return typed
        is_yes = names_sign(user_input.text) or affirms(user_input.text) or user_input.intent == "emergency"
        return YES if is_yes else ""

    def _not_read(self, state: State, words: Words, ctx: Context) -> Turn:
        """Ask once more; then hand over to a person, who can read it."""
        kept = state.remembering(state.memory.with_remark(words, ctx.now))
        if not _data(state).asked_again:
            again = kept.at("check", replace(_data(state), asked_again=True))
            is_unclear = read_yes_no(words.text, is_list=True) is YesNo.UNCLEAR
            word = ctx.texts("talk.unclear" if is_unclear else "talk.not_understood")
            return Turn(again, (Text(text=word), *self.question(again, ctx)))
        quick = (call_119(ctx.texts), flow_button("person", ctx.texts))
        return Turn(kept.ended(), (Text(text=ctx.texts("talk.safety.to_person"), quick=quick),))


def _data(state: State) -> DangerCheckData:
    assert isinstance(state.data, DangerCheckData)
    return state.data


def _question(state: State, ctx: Context, lead: str = "") -> Message:
    options = option_buttons(DANGER_CHECK, state.instance, "check", _options(ctx))
    text = lead + ctx.texts("talk.safety.ask")
    return Choices(text=text, options=options, quick=(flow_button("person", ctx.texts),))


def _options(ctx: Context) -> tuple[Option, ...]:
    return tuple(
        Option(value, ctx.texts(f"talk.safety.{value}"), is_none=value == NO) for value in (YES, NO, UNKNOWN)
    )
