"""The main menu: five large choices, with a person always among them."""

from bot.conversation.turn import Context
from bot.conversation.wording import plain, spellings
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


def wish(value: str, ctx: Context) -> Tap:
    """Return the button for one wish; it belongs to no question, so it never grows old."""
    label = ctx.texts(f"talk.menu.{value}")
    return Tap(label, Answer("menu", "", "choose", value).data(), label)


def typed_wish(text: str, ctx: Context) -> Answer | None:
    """Return the wish that a whole message names: the tiles below the chat send words, and they work without Rasa."""
    value = _wish_in(text, ctx.texts)
    return Answer("menu", "", "choose", value) if value else None


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
