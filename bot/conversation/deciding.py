"""One turn, decided: a pure function of state, what was said, and the clock."""

from dataclasses import replace

from bot.conversation.beside import beside, kept_file, kept_place
from bot.conversation.flows import FLOWS, INTENTS
from bot.conversation.flows.emergency import cried_out
from bot.conversation.flows.menu import ASK, CHOOSE, WISHES, main_menu, typed_wish
from bot.conversation.following import followed, later_word
from bot.conversation.interrupting import blank, is_outdated, is_way_back, left, taken_up
from bot.conversation.memory import without_memory
from bot.conversation.naming import flow_name, gives_up, minded
from bot.conversation.said import Part, Said
from bot.conversation.turn import Context, Lasting, State, Turn
from bot.conversation.wishes import CLEAR, ORDER, dropped, keep, wishes_of, without_wish
from bot.conversation.wording import asks_to_start_over
from bot.triage.choosing import names_complaint
from core.messages import Message, Text

# What an answer to a question is taken for when the question is gone.
ANSWERS = frozenset({"", "affirm", "deny", "out_of_scope"})
# What somebody who tells of a symptom says about it belongs to the consultation that runs.
OF_A_CONSULTATION = frozenset({"consultation", "emergency", "advice"})


def take_turn(state: State, said: Said, ctx: Context) -> Turn:
    """Decide what happens next: a tap goes to its question, words to the running flow, then to a new one.

    Of several wishes in one message the most urgent is served; the next follows in the turn that ends it.
    """
    if not said.has_file:
        state = without_memory(state, "file_at")  # a row of pictures ends
    if is_outdated(state, ctx.now):
        return _outdated(blank(state), said, ctx)
    return followed(_decided(state, said, ctx), ctx)


def _decided(state: State, said: Said, ctx: Context) -> Turn:
    if said.kind == "follow":
        return FLOWS["welcome"].start(state, said, ctx)
    if is_way_back(said.answer, said.text, state, ctx) and (turn := taken_up(state, ctx)):
        return turn
    if said.kind == "text" and (chosen := typed_wish(said.text, ctx)):
        said = replace(said, kind="postback", answer=chosen)
    if said.answer:
        return _tapped(state, said, ctx)
    if said.has_file:
        return kept_file(state, said, ctx)
    if gives_up(said, ctx) or (said.kind == "text" and asks_to_start_over(said.text)):
        # Whatever was asked is over; what was told stays for a person, and for the shop.
        over = dropped(without_memory(left(state, "", ctx), "left")).ended()
        return Turn(over, (Text(text=ctx.texts("talk.start_over")), main_menu(ctx)))
    return _said(state, minded(said, ctx), ctx)


def _outdated(state: State, said: Said, ctx: Context) -> Turn:
    """Start afresh a day later; who answers yesterday's question is told why it is not taken."""
    turn = followed(_decided(dropped(state), said, ctx), ctx)
    if said.kind != "text" or said.intent not in ANSWERS:
        return turn
    return replace(turn, replies=(Text(text=ctx.texts("talk.outdated")), *turn.replies))


def _tapped(state: State, said: Said, ctx: Context) -> Turn:
    answer = said.answer
    assert answer is not None
    if answer.flow == "menu":
        # A menu belongs to no question, so it is never out of date.
        chosen = {CHOOSE: WISHES.get(answer.value, ""), ASK: "person"}.get(answer.question, "")
        return _begun(state, chosen, said, ctx) if chosen else _stale(state, ctx)
    flow = FLOWS.get(answer.flow)
    if flow is None:
        return _stale(state, ctx)
    is_open = (answer.flow, answer.instance) == (state.flow, state.instance)
    if not is_open and not (isinstance(flow, Lasting) and flow.stays_good(state, answer, ctx)):
        return _stale(state, ctx)
    return flow.resume(state, said, ctx) or _stale(state, ctx)


def _stale(state: State, ctx: Context) -> Turn:
    """Answer a tap on yesterday's card, or a second one, kindly, and never as an answer to today's question."""
    again = _repeat(state, ctx)
    word = Text(text=ctx.texts("talk.stale_asked" if again else "talk.stale"))
    return Turn(state, (word, *again) if again else (word, main_menu(ctx)))


def _said(state: State, said: Said, ctx: Context) -> Turn:
    """Serve words: an answer to the open question, then what else they ask for."""
    first, *others = wishes_of(said)
    rest = [wish for wish in (first, *others) if said.parts and _is_other(wish, state.flow, ctx)]
    turn = _running(state, said, rest, ctx)
    if turn is not None:
        if first.intent == "emergency":
            turn = cried_out(turn, first, ctx)
        return _later(turn, rest, ctx)
    turn = _begun(state, flow_name(first, ctx), first, ctx)
    return _later(turn, others, ctx)


def _running(state: State, said: Said, others: list[Said], ctx: Context) -> Turn | None:
    """Return what the running flow makes of its part of a message, or of a clause of it alone."""
    flow = FLOWS.get(state.flow)
    if flow is None:
        return None
    alone = (_alone(said, (part,)) for part in said.parts if part.meaning)
    tried = (_without(said, others, ctx), *alone)
    return next((turn for one in tried if (turn := flow.resume(state, one, ctx))), None)


def _without(said: Said, others: list[Said], ctx: Context) -> Said:
    """Return the message without the clauses of other wishes; a symptom in one of them is everybody's."""
    theirs = {line for wish in others for line in wish.text.splitlines()}
    own = tuple(p for p in said.parts if p.text not in theirs or names_complaint(p.text, ctx.protocols))
    return _alone(said, own) if own and len(own) < len(said.parts) else said


def _alone(said: Said, parts: tuple[Part, ...]) -> Said:
    """Return some clauses of a message as a message of their own, with the meaning of the most urgent."""
    meanings = [part.meaning for part in parts if part.meaning]
    known = [m for m in meanings if m.confidence >= CLEAR and m.intent in ORDER]
    meaning = min(known, key=lambda m: ORDER.index(m.intent), default=meanings[0] if meanings else None)
    return replace(said, text="\n".join(part.text for part in parts), meaning=meaning, parts=())


def _later(turn: Turn, wishes: list[Said], ctx: Context) -> Turn:
    """Remember further wishes, and say so unless they follow at once."""
    if not wishes:
        return turn
    turn = replace(turn, state=keep(turn.state, wishes, ctx.now))
    if turn.urgent or not turn.state.flow:
        return turn
    return replace(turn, replies=(later_word(wishes, ctx), *turn.replies))


def _is_other(wish: Said, running: str, ctx: Context) -> bool:
    name = flow_name(wish, ctx)
    is_about_it = running in {"consultation", "safety"} and name in OF_A_CONSULTATION
    return wish.intent in ORDER and name != running and not is_about_it


def _begun(state: State, name: str, said: Said, ctx: Context) -> Turn:
    """Start a flow; an open question is left for it, or asked again beside an answer that needs no flow."""
    again = _repeat(state, ctx)
    if again and said.kind == "location" and name == "facility":
        return kept_place(state, said, again, ctx)
    if again and (turn := beside(state, name, said, again, ctx)):
        return turn
    served = {said.intent} if name == "advice" else {i for i, flow in INTENTS.items() if flow == name}
    return FLOWS[name or "fallback"].start(left(without_wish(state, served), name, ctx), said, ctx)


def _repeat(state: State, ctx: Context) -> tuple[Message, ...]:
    """Return the question that is open, to be asked again."""
    flow = FLOWS.get(state.flow)
    return flow.ask_again(state, ctx) if flow else ()
