"""Make the main menu and the buttons to other flows; a person is always among them."""

from collections.abc import Iterable

from bot.dialogue.flow import Context
from bot.language.typed_replies import plain, spellings
from core.db.tables import Profession
from core.messages import Answer, Choices, Message, Tap
from core.texts import Texts

# The `flow` in these buttons' data; they belong to no question, so they never expire.
MENU = "menu"
# What the question in a menu button's data stands for: a flow, a person by profession, or the way back.
CHOOSE, ASK, BACK = "choose", "person", "back"
# In place of a profession: any member of the city's staff, for words about the service.
STAFF = "staff"


def flow_button(value: str, texts: Texts) -> Tap:
    """Return the button that begins a flow; `value` is the flow's on the menu (`FlowSpec.menu`)."""
    label = texts(f"talk.menu.{value}")
    return Tap(label, Answer(MENU, "", CHOOSE, value).data(), label)


def profession_button(profession: Profession, texts: Texts) -> Tap:
    """Return the button that hands the talk over to one profession."""
    label = texts(f"talk.person.ask.{profession.value}")
    return Tap(label, Answer(MENU, "", ASK, profession.value).data(), label)


def staff_button(texts: Texts) -> Tap:
    """Return the button that hands words about the service to the city's staff."""
    label = texts("talk.person.pass_on")
    return Tap(label, Answer(MENU, "", ASK, STAFF).data(), label)


def typed_menu_word(text: str, ctx: Context) -> Answer | None:
    """Return the menu choice that a whole message names: the tiles send words, which need no Rasa."""
    value = menu_value(text, ctx.flows.by_menu, ctx.texts)
    return Answer(MENU, "", CHOOSE, value) if value else None


def menu_value(text: str, values: Iterable[str], texts: Texts) -> str:
    """Return the menu value that a whole message names; empty when it names none."""
    said = plain(text)
    return next(
        (v for v in values if said in spellings(tuple(texts(f"talk.menu_words.{v}").split("／")))), ""
    )


def main_menu(ctx: Context, text: str = "") -> Message:
    """Return the menu as one question."""
    options = tuple(flow_button(value, ctx.texts) for value in ctx.flows.by_menu)
    return Choices(text=text or ctx.texts("talk.menu.ask"), options=options)
