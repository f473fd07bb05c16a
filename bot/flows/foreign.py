"""Answer words of other languages: one card in easy Japanese and English, with 119 and a person."""

from datetime import timedelta

from bot.dialogue.flow import Context
from bot.dialogue.memory_entries import is_current
from bot.dialogue.menu import ASK, MENU
from bot.dialogue.state import State
from bot.dialogue.turn import Turn
from bot.dialogue.user_input import UserInput
from bot.language.languages import Language
from bot.triage.calls import FIRE, desk_call
from bot.triage.card import open_desks
from core.db.tables import Profession
from core.messages import Answer, Button, Call, Card, Choices, Message, Row, Tap
from core.words import Words

# Within this time after the card, a few words in place of the same card again.
SAID_BEFORE = timedelta(hours=1)


def answer_foreign(state: State, user_input: UserInput, ctx: Context) -> Turn:
    """Say that a machine did not understand, that 119 has interpreters, and offer a person, who gets the words."""
    before = state.memory.language
    memory = state.memory.with_remark(Words.of(user_input.text), ctx.now)
    is_again = before is not None and is_current(before.at, ctx.now, SAID_BEFORE)
    is_english = user_input.language is Language.ENGLISH
    answer = _again(ctx) if is_again else foreign_card(ctx, english_first=is_english)
    return Turn(state.ended(memory), (answer,))


def foreign_card(ctx: Context, *, english_first: bool) -> Card:
    """Return the card for whoever does not write Japanese; the advice lines only while they answer."""
    easy, english = ctx.texts("talk.foreign.easy"), ctx.texts("talk.foreign.english")
    desks = [desk for ages in ("adult", "child") for desk in open_desks(ctx.city, ages, ctx.now)]
    lines = [ctx.texts(f"talk.foreign.desk.{desk.for_ages}", number=desk.number) for desk in desks]
    return Card(
        title=ctx.texts("talk.foreign.title"),
        body=(english, easy) if english_first else (easy, english),
        rows=(Row(ctx.texts("talk.foreign.desks"), "\n".join(lines)),) if lines else (),
        actions=(*_ways(ctx), *(desk_call(desk, ctx.texts) for desk in desks)),
    )


def _again(ctx: Context) -> Message:
    return Choices(text=ctx.texts("talk.foreign.again"), options=_ways(ctx))


def _ways(ctx: Context) -> tuple[Button, ...]:
    """Return the buttons to 119 and to a nurse, readable without Japanese."""
    person = ctx.texts("talk.foreign.person")
    asks_nurse = Answer(MENU, "", ASK, Profession.NURSE.value).data()
    return Call(ctx.texts("talk.foreign.call_119"), FIRE), Tap(person, asks_nurse, person)
