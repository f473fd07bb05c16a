"""The main menu and the buttons that lead on; a person is always among them."""

from bot.dialogue.turn import Context
from bot.language.typed_replies import plain, spellings
from core.db.tables import Profession
from core.messages import Answer, Choices, Message, Tap
from core.texts import Texts

# What each choice starts.
WISHES = {
    "consultation": "consultation",
    "facility": "facility",
    "shop": "shop",
    "person": "person",
    "how": "welcome",
}
# What the second part of a menu button's data says: a wish, a person by profession, or the way back.
CHOOSE, ASK, BACK = "choose", "person", "back"
# Instead of a profession: whoever of the city's staff reads what is said about the service.
STAFF = "staff"


def wish(value: str, ctx: Context) -> Tap:
    """Return the button for one wish; it belongs to no question, so it never grows old."""
    label = ctx.texts(f"talk.menu.{value}")
    return Tap(label, Answer("menu", "", CHOOSE, value).data(), label)


def ask(profession: Profession, ctx: Context) -> Tap:
    """Return the button that hands the talk to one profession at one tap."""
    label = ctx.texts(f"talk.person.ask.{profession.value}")
    return Tap(label, Answer("menu", "", ASK, profession.value).data(), label)


def pass_on(ctx: Context) -> Tap:
    """Return the button that hands words about the service to the city's staff."""
    label = ctx.texts("talk.person.pass_on")
    return Tap(label, Answer("menu", "", ASK, STAFF).data(), label)


def typed_wish(text: str, ctx: Context) -> Answer | None:
    """Return the wish that a whole message names: the tiles below the chat send words, and they work without Rasa."""
    value = _wish_in(text, ctx.texts)
    return Answer("menu", "", CHOOSE, value) if value else None


def is_menu_word(text: str, texts: Texts) -> bool:
    """Whether a whole message names one of the wishes."""
    return bool(_wish_in(text, texts))


def _wish_in(text: str, texts: Texts) -> str:
    said = plain(text)
    return next(
        (w for w in WISHES if said in spellings(tuple(texts(f"talk.menu_words.{w}").split("／")))), ""
    )


def main_menu(ctx: Context, text: str = "") -> Message:
    """Return the menu as one question."""
    options = tuple(wish(value, ctx) for value in WISHES)
    return Choices(text=text or ctx.texts("talk.menu.ask"), options=options)


def is_main_menu(message: Message, ctx: Context) -> bool:
    """Whether a message offers everything: out of place beside a question that is open."""
    return isinstance(message, Choices) and message.options == tuple(wish(value, ctx) for value in WISHES)
