"""Make buttons that dial 119 and the city's advice lines."""

from core.messages import Call
from core.municipalities import Desk
from core.texts import Texts

FIRE = "119"


def call_119(texts: Texts) -> Call:
    """Return the button that dials 119."""
    return Call(texts("talk.call_119"), FIRE)


def desk_call(desk: Desk, texts: Texts) -> Call:
    """Return the button that dials one of the city's desks.

    A link cannot dial `#7119`: the button dials the desk's ordinary number.
    """
    return Call(texts("triage.call.desk", number=desk.number), desk.alternative or desk.number)
