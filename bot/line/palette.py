"""Colours of cards. Ink and ground have a contrast of 4.5 or more (WCAG AA); no meaning by colour alone."""

from dataclasses import dataclass

from core.messages import Tone


@dataclass(frozen=True, slots=True)
class Band:
    """A card's header colours: ground and ink."""

    ground: str
    ink: str


PAPER = "#FFFFFF"
INK = "#1A1A1A"
SOFT_INK = "#555555"
BUTTON = Band("#E3ECF5", "#0B2F57")
BUTTON_EDGE = "#5B7FA6"
CALL_BUTTON = Band("#A3001C", PAPER)

BANDS: dict[Tone, Band] = {
    Tone.PLAIN: Band("#24527A", PAPER),
    Tone.RED: Band("#A3001C", PAPER),
    Tone.ORANGE: Band("#B34700", PAPER),
    Tone.YELLOW: Band("#FFD54F", INK),
    Tone.GREEN: Band("#1B6E3C", PAPER),
    Tone.WHITE: Band("#F2F2F2", INK),
}
