"""The main menu: five large choices, with a person always among them."""

from bot.conversation.turn import Context
from bot.conversation.wording import plain, spellings
from core.messages import Answer, Choices, Message, Tap

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
    said = plain(text)
    for value in WISHES:
        if said in spellings(tuple(ctx.texts(f"talk.menu_words.{value}").split("／"))):
            return Answer("menu", "", "choose", value)
    return None


def main_menu(ctx: Context, text: str = "") -> Message:
    """Return the menu as one question."""
    options = tuple(wish(value, ctx) for value in WISHES)
    return Choices(text=text or ctx.texts("talk.menu.ask"), options=options)
