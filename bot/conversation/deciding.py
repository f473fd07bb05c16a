"""One turn, decided: a pure function of state, what was said, and the clock."""

from dataclasses import replace

from bot.conversation.flows import FLOWS, INTENTS
from bot.conversation.flows.consultation import matching_protocol
from bot.conversation.flows.menu import WISHES, main_menu, typed_wish
from bot.conversation.flows.person import named_profession
from bot.conversation.said import MEDIA_KINDS, Said
from bot.conversation.turn import Context, State, Turn
from bot.conversation.wording import asks_to_start_over
from core.messages import Message, Text


def take_turn(state: State, said: Said, ctx: Context) -> Turn:
    """Decide what happens next: a tap goes to its question, words to the running flow, then to a new one."""
    if said.kind == "follow":
        return FLOWS["welcome"].start(state, said, ctx)
    if said.kind == "text" and (chosen := typed_wish(said.text, ctx)):
        said = replace(said, kind="postback", answer=chosen)
    if said.answer:
        return _tapped(state, said, ctx)
    if said.kind in MEDIA_KINDS:
        return FLOWS["safety"].start(state, said, ctx)
    if said.intent == "cancel" or (said.kind == "text" and asks_to_start_over(said.text)):
        return Turn(state.ended(), (Text(text=ctx.texts("talk.start_over")), main_menu(ctx)))
    return _running(state, said, ctx) or _new(state, said, ctx)


def _tapped(state: State, said: Said, ctx: Context) -> Turn:
    answer = said.answer
    assert answer is not None
    if answer.flow == "menu":
        # A menu belongs to no question, so it is never out of date.
        chosen = FLOWS.get(WISHES.get(answer.value, ""))
        return chosen.start(_blank(state), said, ctx) if chosen else _stale(state, ctx)
    flow = FLOWS.get(answer.flow)
    if flow is None:
        return _stale(state, ctx)
    if (answer.flow, answer.instance) != (state.flow, state.instance):
        return _stale(state, ctx)
    return flow.resume(state, said, ctx) or _stale(state, ctx)


def _stale(state: State, ctx: Context) -> Turn:
    """Answer a tap on yesterday's card, or a second one, kindly, and never as an answer to today's question."""
    again = _repeat(state, ctx)
    word = Text(text=ctx.texts("talk.stale_asked" if again else "talk.stale"))
    return Turn(state, (word, *again) if again else (word, main_menu(ctx)))


def _running(state: State, said: Said, ctx: Context) -> Turn | None:
    flow = FLOWS.get(state.flow)
    if flow is None:
        return None
    return flow.resume(state, said, ctx)


def _new(state: State, said: Said, ctx: Context) -> Turn:
    name = INTENTS.get(said.intent, "")
    if said.is_deaf:
        name = _plain_wish(said, ctx)
    elif said.kind == "location":
        name = "facility"
    elif said.kind == "sticker":
        name = "welcome"
    if state.flow and not _is_other_wish(state, name):
        again = _repeat(state, ctx)
        if again:
            return Turn(state, (Text(text=ctx.texts("talk.not_understood")), *again))
    flow = FLOWS[name or "fallback"]
    return flow.start(_blank(state), said, ctx)


def _blank(state: State) -> State:
    """Leave whatever runs; what is remembered stays."""
    return replace(state, flow="", instance="", step="", data={})


def _plain_wish(said: Said, ctx: Context) -> str:
    """Return the flow that plain words name while understanding is away: a person by profession, a known symptom."""
    if named_profession(said.text):
        return "person"
    return "consultation" if matching_protocol(said.text, ctx.protocols) else ""


def _is_other_wish(state: State, name: str) -> bool:
    return bool(name) and name not in {state.flow, "welcome", "fallback"}


def _repeat(state: State, ctx: Context) -> tuple[Message, ...]:
    """Return the question that is open, to be asked again."""
    flow = FLOWS.get(state.flow)
    return flow.ask_again(state, ctx) if flow else ()
