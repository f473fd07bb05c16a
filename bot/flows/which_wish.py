"""Ask which of two wishes is meant when the words fit both, instead of guessing."""

from dataclasses import dataclass, replace

from bot.dialogue.flow import Context, FlowSpec
from bot.dialogue.flow_data import FlowData
from bot.dialogue.interpretation import route
from bot.dialogue.menu import flow_button
from bot.dialogue.pending_intents import intent_title
from bot.dialogue.state import State
from bot.dialogue.turn import Turn
from bot.dialogue.user_input import UserInput
from bot.flows.buttons import option_buttons
from bot.language.close_intents import close_intents
from bot.language.typed_replies import typed_choice
from bot.triage.calls import call_119
from core.messages import Choices, Message, Option
from core.understanding import Understanding
from core.words import NO_WORDS, Words

WHICH_WISH = "which_wish"
NEITHER = "neither"
# Wishes behind which an illness may stand.
OF_ILLNESS = frozenset(
    {
        *("consult_symptom", "report_condition", "infection_support", "consult_medicine"),
        *("consult_pregnancy_childcare", "consult_womens_mens_health", "consult_mental_health"),
    }
)


@dataclass(frozen=True)
class WhichWishData(FlowData):
    """The words, and the two intents they fit."""

    words: Words = NO_WORDS
    first: str = ""
    second: str = ""

    @property
    def told_words(self) -> Words:
        """The words that fit both."""
        return self.words


@dataclass(frozen=True, slots=True)
class WishMeant:
    """The intent that is meant, or `neither`; `words` are added to those told before."""

    value: str
    words: Words = NO_WORDS


class WhichWishFlow:
    """Asks once; the chosen wish is served with the words as they were written."""

    spec = FlowSpec(
        name=WHICH_WISH,
        data=WhichWishData,
        accepts=frozenset({"", "out_of_scope", "affirm", "deny"}),
        settles_doubt=True,
    )

    def start(self, state: State, user_input: UserInput, ctx: Context) -> Turn:
        """Ask which of the two closest intents is meant."""
        first, second = close_intents(user_input.meaning, ctx.flows.asking)
        data = WhichWishData(Words.of(user_input.text), first, second)
        asked = State(self.spec.name, ctx.instance, "which", data, state.memory)
        return Turn(asked, self.question(asked, ctx))

    def read(self, state: State, user_input: UserInput, ctx: Context) -> WishMeant | None:
        """Read a tap, a typed choice, or words that have one of the two intents; None for anything else."""
        data = _data(state)
        if user_input.answer:
            value = user_input.answer.value
            return WishMeant(value) if value in {data.first, data.second, NEITHER} else None
        if not user_input.is_text:
            return None
        if typed := typed_choice(user_input.text, _options(data, ctx)):
            return WishMeant(typed)
        if user_input.intent in {data.first, data.second}:
            return WishMeant(user_input.intent, Words.of(user_input.text))
        return None

    def resume(self, state: State, reading: WishMeant, ctx: Context) -> Turn:
        """Go on to the flow that serves the chosen intent, with all words; to the menu for neither."""
        words = _data(state).words.and_(*reading.words)
        meaning = None if reading.value == NEITHER else Understanding(reading.value, 1.0)
        said = UserInput(kind="text", text=words.text, meaning=meaning)
        name = route(said, ctx) or ctx.flows.fallback
        return replace(Turn(state.ended()), goes_on_with=name, goes_on_saying=said)

    def question(self, state: State, ctx: Context) -> tuple[Message, ...]:
        """Return the open question; where an illness may stand behind it, 119 is in sight."""
        data = _data(state)
        options = option_buttons(self.spec.name, state.instance, "which", _options(data, ctx))
        may_be_ill = bool(OF_ILLNESS & {data.first, data.second})
        text = ctx.texts("talk.which_wish.ask")
        if may_be_ill:
            text = f"{text}\n\n{ctx.texts('talk.which_wish.worse')}"
        quick = (flow_button("person", ctx.texts), *((call_119(ctx.texts),) if may_be_ill else ()))
        return (Choices(text=text, options=options, quick=quick),)


def _data(state: State) -> WhichWishData:
    assert isinstance(state.data, WhichWishData)
    return state.data


def _options(data: WhichWishData, ctx: Context) -> tuple[Option, ...]:
    wishes = tuple(Option(intent, intent_title(intent, ctx)) for intent in (data.first, data.second))
    return (*wishes, Option(NEITHER, ctx.texts("talk.which_wish.neither"), is_none=True))
