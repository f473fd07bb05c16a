"""Ask whether a bare no ends a sentence that was broken off: 「意識が」「いいえ」 is no answer to a list of signs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.dialogue.flow import Context, FlowSpec
from bot.dialogue.flow_data import FlowData
from bot.dialogue.memory import Memory
from bot.dialogue.memory_entries import PastConsultation
from bot.dialogue.menu import flow_button
from bot.dialogue.state import State
from bot.dialogue.turn import Turn
from bot.dialogue.user_input import UserInput
from bot.flows.buttons import option_buttons
from bot.language.typed_replies import typed_choice
from bot.language.yes_no import is_bare_absence
from bot.triage.calls import call_119
from bot.triage.danger.danger_card import danger_card
from bot.triage.danger.safety import MAX_LABEL, SafetyContent
from core.db.tables import Urgency
from core.ja.pieces import joined_pieces, without_particle
from core.messages import Choices, Message, Option, Text, plain_text
from core.words import NO_WORDS, Words

IN_PIECES = "in_pieces"
YES, NO, UNREAD = "yes", "no", ""
# Intents whose words belong to the question, because they ask for nothing else.
ITS_OWN = frozenset({"", "out_of_scope", "affirm", "deny", "consult_symptom", "emergency"})


@dataclass(frozen=True)
class InPiecesData(FlowData):
    """What the pieces (a line each) may mean, how their sentence would then end, and all words with the bare no."""

    danger: str = ""
    pieces: Words = NO_WORDS
    words: Words = NO_WORDS
    ending: str = ""
    asked_again: bool = False

    @property
    def told_words(self) -> Words:
        """The pieces, and what was said of them."""
        return self.words


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The reading of an input: `yes`, `no`, or empty for words that are neither; and the words."""

    value: str
    words: Words = NO_WORDS


class InPiecesFlow:
    """Asks what the pieces mean, 119 in sight. What cannot be read twice is not ruled out."""

    def __init__(self, dangers: Mapping[str, SafetyContent]) -> None:
        self._dangers = dangers
        self.spec = FlowSpec(
            name=IN_PIECES,
            data=InPiecesData,
            accepts=ITS_OWN,
            tells_danger=True,
            hears_danger=True,
            asks_pieces=True,
        )

    def start(self, state: State, user_input: UserInput, ctx: Context) -> Turn:
        """Ask whether the pieces are one sentence."""
        bare_no = user_input.bare_no
        assert bare_no is not None
        assert bare_no.danger is not None
        words = Words.of(user_input.text)
        data = InPiecesData(bare_no.danger.category, Words(words.lines[:-1]), words, bare_no.ending)
        asked = State(self.spec.name, ctx.instance, "ask", data, state.memory)
        return Turn(asked, urgent=self.question(asked, ctx))

    def read(self, state: State, user_input: UserInput, ctx: Context) -> Confirmed | None:
        """Read a tap or words; one more bare 「ない」 may still be the end of the sentence."""
        options = _options(state, ctx)
        if user_input.answer:
            value = user_input.answer.value
            return Confirmed(value) if value in {YES, NO} else None
        if not user_input.is_text:
            return None
        words = Words.of(user_input.text)
        if is_bare_absence(user_input.text):
            return Confirmed(UNREAD, words)
        if value := typed_choice(user_input.text, options):
            return Confirmed(value, words)
        return Confirmed(UNREAD, words) if user_input.intent in ITS_OWN else None

    def resume(self, state: State, reading: Confirmed, ctx: Context) -> Turn:
        """Send the danger's card, or go on with what was asked before."""
        data = _data(state)
        if reading.value == NO:
            return self._not_meant(state, ctx)
        data = replace(data, words=data.words.and_(*map(str, reading.words)))
        state = state.at("ask", data)
        if reading.value == YES or data.asked_again:
            return self._red(state, ctx)
        again = state.at("ask", replace(data, asked_again=True))
        return Turn(again, urgent=self.question(again, ctx))

    def question(self, state: State, ctx: Context) -> tuple[Message, ...]:
        """Return the open question."""
        if sentence := _sentence(state):
            text = ctx.texts("talk.in_pieces.ask", words=sentence)
        else:
            # The pieces were taken back: what they may have meant is asked about all the same.
            text = "\n".join((self._dangers[_data(state).danger].saw, ctx.texts("talk.danger.first")))
        options = option_buttons(self.spec.name, state.instance, "ask", _options(state, ctx))
        quick = (call_119(ctx.texts), flow_button("person", ctx.texts))
        return (Choices(text=text, options=options, quick=quick),)

    def leave(self, state: State, ctx: Context) -> Memory:
        """Return the memory with the words: the danger is not ruled out."""
        return state.memory.with_sign(_data(state).words, Urgency.ORANGE, ctx.now)

    def _red(self, state: State, ctx: Context) -> Turn:
        danger = self._dangers[_data(state).danger]
        card = replace(danger_card(danger, ctx.city, ctx.texts), quick=(flow_button("person", ctx.texts),))
        sign = PastConsultation(
            complaint=_data(state).words, urgency=Urgency.RED, at=ctx.now, advised=(plain_text(card),)
        )
        return Turn(state.ended(state.memory.with_consultation(sign)), urgent=(card,))

    def _not_meant(self, state: State, ctx: Context) -> Turn:
        """Ask the question again that was open before: nothing has answered it."""
        left = state.memory.open_interruption(ctx.now)
        if left:
            return Turn(state.ended(), goes_on_with=left.flow, goes_on_saying=UserInput(kind="other"))
        quick = (call_119(ctx.texts), flow_button("person", ctx.texts))
        memory = state.memory.with_remark(_data(state).words, ctx.now)
        return Turn(state.ended(memory), (Text(text=ctx.texts("talk.in_pieces.go_on"), quick=quick),))


def _data(state: State) -> InPiecesData:
    assert isinstance(state.data, InPiecesData)
    return state.data


def _options(state: State, ctx: Context) -> tuple[Option, ...]:
    sentence = f"「{_sentence(state)}」"
    is_label = _sentence(state) and len(sentence) <= MAX_LABEL
    return (
        Option(YES, sentence if is_label else ctx.texts("talk.in_pieces.yes")),
        Option(NO, ctx.texts("talk.in_pieces.no")),
    )


def _sentence(state: State) -> str:
    """Return the sentence as it may have been meant; empty once its beginning was taken back."""
    data = _data(state)
    beginning = without_particle(joined_pieces(data.pieces.lines))
    return beginning + data.ending if beginning else ""
