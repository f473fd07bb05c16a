"""Collect quick replies: LINE shows only those of the last message object, so all of them go there."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from bot.line import limits
from bot.line.actions import is_dialable, possible_action
from bot.line.flex import only_quick
from core.messages import Button, Call, Card, Carousel, Choices, Message

Json = dict[str, Any]


def quick_reply(messages: Sequence[Message]) -> Json | None:
    """Return LINE's quickReply for these messages together; None when there is none.

    First the buttons that LINE allows only here (location, picture), then the shortcuts. A button that LINE
    cannot take is left out; of more than 13 the last shortcuts are.
    """
    actions = [*_from_bodies(messages), *(a for m in messages for a in m.quick)]
    shown = [a for a in dict.fromkeys(actions) if not (isinstance(a, Call) and not is_dialable(a.number))]
    made = (possible_action(a, limits.QUICK_LABEL) for a in shown)
    items = [
        {"type": "action", "action": action} for action in islice(filter(None, made), limits.QUICK_REPLIES)
    ]
    return {"items": items} if items else None


def _from_bodies(messages: Sequence[Message]) -> Iterator[Button]:
    for message in messages:
        for action in _buttons(message):
            if only_quick(action):
                yield action


def _buttons(message: Message) -> tuple[Button, ...]:
    match message:
        case Choices(options=options):
            return options
        case Card(actions=actions):
            return actions
        case Carousel(cards=cards):
            return tuple(a for card in cards for a in card.actions)
        case _:
            return ()
