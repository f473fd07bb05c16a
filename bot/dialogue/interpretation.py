"""Interpret an input as one move of a closed union, before any flow is called: flows are only asked to read."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.dialogue.flow import AnsweringDanger, Context, Flows, Lasting
from bot.dialogue.memory_entries import Interrupted
from bot.dialogue.menu import ASK, BACK, CHOOSE, MENU, YES, answers_to, asks_for_yes
from bot.dialogue.moves import (
    Aside,
    Begin,
    Interjection,
    KeepFile,
    KeepLocation,
    Move,
    NotUnderstood,
    RepeatQuestion,
    Resume,
    StaleTap,
    StartOver,
    TakeUp,
)
from bot.dialogue.state import State
from bot.dialogue.user_input import Quoted, UserInput
from bot.language.close_intents import close_intents
from bot.language.multi_intent import clauses_by_intent, clear_intent
from bot.language.professions import asks_for_profession, named_profession
from bot.language.segmentation import Clause
from bot.language.typed_replies import (
    asks_to_return,
    asks_to_start_over,
    means_this,
    typed_word,
    wants_an_ear,
)
from bot.language.yes_no import YesNo, read_yes_no
from bot.triage.tables.case import names_complaint
from core.ja import ReadText, joined
from core.messages import Answer, Message
from core.understanding import Entity, Understanding

# Intents that say nothing unless the open question takes them.
EMPTY_INTENTS = frozenset({"affirm", "deny"})
# Intents that a text is answered for; who asks a person about them by name gets the person.
ADVISED = frozenset(
    {
        "",
        "out_of_scope",
        "consult_medicine",
        "consult_lifestyle",
        "consult_pregnancy_childcare",
        "consult_womens_mens_health",
        "infection_support",
        "ask_how_to_use",
    }
)
# Confidence from which words end a flow without being confirmed.
SURELY = 0.7
# A longer message (in characters) tells a story: of its clauses only the first and the last are looked at alone.
LONG_STORY = 1000

Inputs = tuple[UserInput, ...]


def interpret(state: State, user_input: UserInput, ctx: Context) -> Move:
    """Decide the move of an input: a tap goes to its question, words to the running flow, then to a new one."""
    if user_input.kind == "follow":
        return Begin(ctx.flows.by_kind["follow"], user_input)
    left = state.memory.open_interruption(ctx.now)
    if left and _asks_for_way_back(user_input, left):
        question = open_question(state.taking_up(left), ctx)
        if question:
            return TakeUp(left, question=question)
    if user_input.is_text and (value := typed_word(user_input.text, ctx.flows.menu_words(ctx.texts))):
        user_input = replace(user_input, kind="postback", answer=Answer(MENU, "", CHOOSE, value))
    if user_input.answer:
        return _tap(state, user_input, user_input.answer, ctx)
    if user_input.is_file and (question := open_question(state, ctx)):
        return KeepFile(question=question)
    if user_input.quoted and (move := _to_quoted(state, user_input, user_input.quoted, ctx)):
        return move
    # A danger in another language is asked about like any other; an open question about it reads the words.
    is_japanese = not (user_input.is_foreign or user_input.is_picture)
    if user_input.is_text and not is_japanese and not user_input.danger:
        return _not_japanese(state, user_input, ctx)
    if _gives_up(user_input, ctx) or (user_input.is_text and asks_to_start_over(user_input.text)):
        return StartOver()
    user_input = _with_corrected_intent(user_input, ctx)
    if _is_danger_to_ask(state, user_input, ctx):
        return _ask_danger(user_input, ctx)
    if user_input.bare_no and (move := _resolve_bare_no(state, user_input, ctx)):
        return move
    return _words(state, user_input, ctx)


def _resolve_bare_no(state: State, user_input: UserInput, ctx: Context) -> Move | None:
    """Ask whether a bare no ends the sentence broken off before it: it never answers an open question."""
    if user_input.bare_no and user_input.bare_no.danger and ctx.flows.by_pieces:
        return Begin(ctx.flows.by_pieces, user_input)
    question = open_question(state, ctx)
    return NotUnderstood(user_input, question=question) if question else None


def _is_danger_to_ask(state: State, user_input: UserInput, ctx: Context) -> bool:
    """Whether the safety question of a danger comes before anything else; an open one reads the words itself."""
    asks = ctx.flows.by_danger
    if not user_input.danger or not asks or state.flow == asks:
        return False
    running = ctx.flows.get(state.flow)
    if isinstance(running, AnsweringDanger) and running.answers_danger(state, user_input, ctx):
        return False
    return not state.memory.has_asked(user_input.danger, ctx.now)


def _ask_danger(user_input: UserInput, ctx: Context) -> Move:
    """Ask about a danger; what else the message asks for follows later."""
    others = (one for one in intents_of(user_input, ctx.flows) if one.intent in ctx.flows.order)
    later = tuple(one for one in others if not ctx.flows.spec(route(one, ctx)).tells_danger)
    return Begin(ctx.flows.by_danger, user_input, later=later)


def _tap(state: State, user_input: UserInput, answer: Answer, ctx: Context) -> Move:
    if answer.flow == MENU:
        # A menu belongs to no question, so it never expires.
        chosen = {
            CHOOSE: ctx.flows.by_menu.get(answer.value, ""),
            ASK: ctx.flows.by_profession,
        }.get(answer.question, "")
        if chosen:
            return _begin(state, chosen, user_input, (), ctx)
    elif flow := ctx.flows.get(answer.flow):
        is_open = (answer.flow, answer.instance) == (state.flow, state.instance)
        if is_open or (isinstance(flow, Lasting) and flow.outlives(state, answer, ctx)):
            reading = flow.read(state, user_input, ctx)
            if reading is not None:
                return Resume(answer.flow, reading, user_input)
    return StaleTap(question=open_question(state, ctx))


def _to_quoted(state: State, user_input: UserInput, quoted: Quoted, ctx: Context) -> Move | None:
    """Take a bare yes, no or "this" as said to the question it quotes: read while that is open, else refused."""
    asked = [answer for answer in quoted.answers if answer.flow in ctx.flows]
    is_this = means_this(user_input.text)
    if not asked or not (is_this or read_yes_no(user_input.text, is_list=False)):
        return None
    question = open_question(state, ctx)
    still_open = [answer for answer in answers_to(question) if answer in asked]
    if not still_open:
        return StaleTap(question=question, is_quote=True)
    # 「これ」 beside a list of signs says that it applies.
    yes = next((answer for answer in still_open if answer.value == YES), None)
    if not is_this or yes is None:
        return None
    return _tap(state, replace(user_input, kind="postback", answer=yes), yes, ctx)


def _not_japanese(state: State, user_input: UserInput, ctx: Context) -> Move:
    """Answer pictures and words of another language, which no flow reads: it would take them for what they are not."""
    question = open_question(state, ctx)
    if question and read_yes_no(user_input.text, is_list=True):
        return _words(state, user_input, ctx)
    if user_input.is_picture:
        sticker = replace(user_input, kind="sticker")
        return _begin(state, route(sticker, ctx), sticker, (), ctx)
    fallback = ctx.flows.fallback
    return Aside(fallback, user_input, question=question) if question else Begin(fallback, user_input)


def _words(state: State, user_input: UserInput, ctx: Context) -> Move:
    """Read words as an answer to the open question, and as further intents."""
    if is_unclear(user_input) and asks_for_yes(question := open_question(state, ctx)):
        return NotUnderstood(user_input, question=question)
    first, *others = intents_of(user_input, ctx.flows)
    name = route(first, ctx)
    if state.flow in ctx.flows:
        wanted = ((first, name), *((one, route(one, ctx)) for one in others)) if user_input.clauses else ()
        other = tuple(one for one, its in wanted if _is_other(one, its, state.flow, ctx))
        flow = ctx.flows[state.flow]
        for part in _own_parts(user_input, other, ctx):
            reading = flow.read(state, part, ctx)
            if reading is not None:
                beside = Interjection(name, first) if ctx.flows.spec(name).speaks_beside else None
                return Resume(state.flow, reading, part, beside, later=other)
    if not others and not state.flow and _is_doubtful(first, ctx):
        name = ctx.flows.by_doubt
    return _begin(state, name, first, tuple(others), ctx)


def is_unclear(user_input: UserInput) -> bool:
    """Whether words may be yes as well as no, whatever is asked: 「大丈夫です」."""
    readings = {read_yes_no(user_input.text, is_list=is_list) for is_list in (True, False)}
    return user_input.is_text and readings == {YesNo.UNCLEAR}


def _is_doubtful(user_input: UserInput, ctx: Context) -> bool:
    """Whether a message fits two intents, and a flow asks which."""
    is_one = user_input.is_text and not user_input.nlu_unavailable and bool(ctx.flows.by_doubt)
    return is_one and bool(close_intents(user_input.meaning, ctx.flows.asking))


def _is_other(user_input: UserInput, name: str, running: str, ctx: Context) -> bool:
    """Whether an intent, served by the flow `name`, asks for something else than the running flow."""
    is_about_it = ctx.flows.spec(running).hears_danger and ctx.flows.spec(name).tells_danger
    return user_input.intent in ctx.flows.order and name != running and not is_about_it


def _own_parts(user_input: UserInput, other: Inputs, ctx: Context) -> Sequence[UserInput]:
    """Return what the running flow may take: the message without other intents, then each clause alone."""
    theirs = {line for one in other for line in one.text.splitlines()}
    # A symptom counts for the running flow also in another intent's clause.
    own = tuple(c for c in user_input.clauses if c.text not in theirs or names_complaint(c.text, ctx.tables))
    is_part = own and len(own) < len(user_input.clauses)
    whole = _some_clauses(user_input, own, ctx) if is_part else user_input
    alone = {c.text: c for c in user_input.clauses if c.meaning}
    clauses = tuple(alone.values())
    if len(user_input.text) > LONG_STORY:
        # The last of many clauses holds the rest: as long as a story, it is no answer.
        clauses = tuple(c for c in clauses[:1] + clauses[1:][-1:] if len(c.text) <= LONG_STORY)
    return (whole, *(_some_clauses(user_input, (c,), ctx) for c in clauses))


def _some_clauses(user_input: UserInput, clauses: tuple[Clause, ...], ctx: Context) -> UserInput:
    """Return some clauses as a message of their own, with the meaning of the most urgent."""
    order = ctx.flows.order
    meanings = [clause.meaning for clause in clauses if clause.meaning]
    known = [m for m in meanings if clear_intent(m) in order]
    meaning = min(known, key=lambda m: order.index(m.intent), default=meanings[0] if meanings else None)
    text = clauses[0].text if len(clauses) == 1 else joined([clause.text for clause in clauses])
    return replace(user_input, text=text, meaning=meaning, clauses=())


def _begin(state: State, name: str, user_input: UserInput, later: Inputs, ctx: Context) -> Move:
    """Begin a flow; beside an open question, a simple answer is given and the question asked again."""
    question = open_question(state, ctx)
    if not question:
        return Begin(name or ctx.flows.fallback, user_input, later=later)
    if user_input.kind == "location" and name == ctx.flows.by_kind.get("location"):
        return KeepLocation(user_input, question=question)
    if user_input.kind == "sticker":
        return RepeatQuestion(question=question)
    is_its_own = name == state.flow and not user_input.answer
    if name in {"", ctx.flows.fallback} or is_its_own or user_input.intent in EMPTY_INTENTS:
        return NotUnderstood(user_input, later=later, question=question)
    if ctx.flows.spec(name).answers_at_once:
        return Aside(name, user_input, later=later, question=question)
    return Begin(name, user_input, later=later)


def intents_of(user_input: UserInput, flows: Flows) -> tuple[UserInput, ...]:
    """Return one input for each intent of a message, the most urgent first; at least the message itself.

    Each holds its own clauses, one a line, and all entities of the message.
    """
    if len(user_input.clauses) < 2:  # noqa: PLR2004 - one clause is the message itself
        return (user_input,)
    found = clauses_by_intent(user_input.clauses, user_input.meaning, flows.asking)
    if not found:
        return (user_input,)
    entities = tuple(dict.fromkeys(_entities(user_input)))
    if len(found) == 1:
        return (_single(user_input, next(iter(found)), (user_input.text,), entities),)
    return tuple(_single(user_input, intent, texts, entities) for intent, texts in found.items())


def _single(
    user_input: UserInput, intent: str, texts: Sequence[str], entities: tuple[Entity, ...]
) -> UserInput:
    words = "\n".join(dict.fromkeys(texts))
    text = user_input.text if words == user_input.text else ReadText(words, user_input.text.day)
    return replace(user_input, text=text, meaning=Understanding(intent, 1.0, entities), clauses=())


def _entities(user_input: UserInput) -> Iterable[Entity]:
    for meaning in (user_input.meaning, *(clause.meaning for clause in user_input.clauses)):
        yield from meaning.entities if meaning else ()


def open_question(state: State, ctx: Context) -> tuple[Message, ...]:
    """Return the messages of the open question, to be asked again; empty when none is open."""
    flow = ctx.flows.get(state.flow)
    return flow.question(state, ctx) if flow else ()


def route(user_input: UserInput, ctx: Context) -> str:
    """Return the flow for words, a place or a sticker; empty when unknown."""
    if user_input.nlu_unavailable:
        return ctx.flows.named_in(user_input, ctx)
    if by_kind := ctx.flows.by_kind.get(user_input.kind, ""):
        return by_kind
    return ctx.flows.claimed_by(user_input) or ctx.flows.flow_of(user_input.intent)


def _asks_for_way_back(user_input: UserInput, left: Interrupted) -> bool:
    """Whether the resident taps or writes that the interrupted question is to be asked again."""
    answer = user_input.answer
    if answer:
        return (answer.flow, answer.question, answer.instance) == (MENU, BACK, left.instance)
    return asks_to_return(user_input.text)


def _gives_up(user_input: UserInput, ctx: Context) -> bool:
    """Whether words that name no complaint clearly ask to end the running flow."""
    meaning = user_input.meaning
    if not user_input.is_text or meaning is None or user_input.intent != "cancel":
        return False
    return meaning.confidence >= SURELY and not names_complaint(user_input.text, ctx.tables)


def _with_corrected_intent(user_input: UserInput, ctx: Context) -> UserInput:
    """Return the input with an intent that plain words correct.

    「やめたいほど痛い」 is a symptom; 「悩みを聞いてください」 is a worry; 「薬剤師さんに聞きたいです」 asks for a person, whatever Rasa
    takes it for.
    """
    meaning = user_input.meaning
    if user_input.intent == "cancel" and meaning and names_complaint(user_input.text, ctx.tables):
        return replace(user_input, meaning=replace(meaning, intent="consult_symptom"))
    if not user_input.is_text or user_input.nlu_unavailable:
        return user_input
    if _asks_a_person(user_input):
        return replace(user_input, meaning=Understanding("talk_to_human", 1.0), clauses=())
    if named_profession(user_input.text) or not wants_an_ear(user_input.text):
        return user_input
    if user_input.intent not in {"talk_to_human", "out_of_scope", ""}:
        return user_input
    return replace(user_input, meaning=Understanding("consult_mental_health", 1.0), clauses=())


def _asks_a_person(user_input: UserInput) -> bool:
    """Whether a person is asked for by name, and every part of the words would else be answered with advice."""
    meant = {user_input.intent, *(clear_intent(c.meaning) for c in user_input.clauses if c.meaning)}
    return meant <= ADVISED and asks_for_profession(user_input.text)
