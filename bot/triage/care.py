"""Make the card for a resident who writes of wanting to die: care first, then who answers now. No lecture."""

from datetime import datetime

from bot.triage.calls import call_119
from core.hours import is_open
from core.messages import Button, Call, Card, Row, Tone
from core.municipalities import Hotline, Municipality
from core.texts import Texts

MAX_LINES = 3  # and 119: as many choices as a tired person can take in
ALWAYS = "00:00-24:00"


def care_card(city: Municipality, texts: Texts, now: datetime) -> Card:
    """Return the card for suicidal ideation: words of care, a person here, the lines open at `now`, 119.

    The caller opens the thread that the card promises.
    """
    lines = open_hotlines(city, now)[:MAX_LINES]
    calls: list[Button] = [
        Call(texts("triage.care.call", name=line.name), line.number_in(city.prefecture)) for line in lines
    ]
    rows = [Row(texts("triage.care.danger.label"), texts("triage.care.danger.text"))]
    if lines:
        rows.insert(0, Row(texts("triage.care.lines"), listed_hotlines(lines, city)))
    return Card(
        title=texts("triage.care.title"),
        tone=Tone.ORANGE,
        body=(texts("triage.care.words"), texts("triage.care.person")),
        rows=tuple(rows),
        actions=(*calls, call_119(texts)),
        note=texts("triage.care.note"),
    )


def open_hotlines(city: Municipality, now: datetime) -> tuple[Hotline, ...]:
    """Return the reviewed hotlines that answer at `now`, the city's own first."""
    return tuple(line for line in city.hotlines if line.verified and is_open(line.hours, now))


def hotlines_around_the_clock(city: Municipality) -> tuple[Hotline, ...]:
    """Return the reviewed hotlines that answer at any hour."""
    return tuple(line for line in city.hotlines if line.verified and line.hours == ALWAYS)


def listed_hotlines(lines: tuple[Hotline, ...], city: Municipality) -> str:
    """Return the hotlines as text, one a line."""
    return "\n".join(f"・{line.name} {line.number_in(city.prefecture)}（{line.about}）" for line in lines)
