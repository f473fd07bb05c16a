"""Make the main menu and the buttons to other flows; a person is always among them."""

from collections.abc import Iterable

from bot.dialogue.flow import Context
from core.db.tables import Profession
from core.messages import Answer, Choices, Message, Tap, actions_of
from core.texts import Texts

# The `flow` in these buttons' data; they belong to no question, so they never expire.
MENU = "menu"
# What the question in a menu button's data stands for: a flow, a person by profession, or the way back.
CHOOSE, ASK, BACK = "choose", "person", "back"
# The value of each button that says yes.
YES = "yes"
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


def asks_for_yes(question: Iterable[Message]) -> bool:
    """Whether one of a question's buttons says yes."""
    return any(answer.value == YES for answer in answers_to(question))


def answers_to(question: Iterable[Message]) -> tuple[Answer, ...]:
    """Return what the buttons of a question answer."""
    taps = (action for message in question for action in actions_of(message) if isinstance(action, Tap))
    return tuple(answer for answer in (Answer.parse(tap.data) for tap in taps) if answer)


def main_menu(ctx: Context, text: str = "") -> Message:
    """Return the menu as one question."""
    options = tuple(flow_button(value, ctx.texts) for value in ctx.flows.by_menu)
    return Choices(text=text or ctx.texts("talk.menu.ask"), options=options)
