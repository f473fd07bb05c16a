"""Write the quantities in a text as entity values (see `core.ja`)."""

from typing import Any, Callable, Iterator, Tuple

from core import ja

# Kind, start and end in the text as sent, value.
Quantity = Tuple[str, int, int, str]


def _age(age: ja.Age) -> str:
    """Return years, or months where the resident said so or the year is not full: `8m`, `18m`, `78`."""
    return f"{age.months}m" if age.months % 12 or not age.months else str(age.years)


_READERS: Tuple[Tuple[str, Callable[[str], Any], Callable[[Any], str]], ...] = (
    ("age", ja.find_ages, _age),
    ("temperature", ja.find_temperatures, lambda degrees: f"{degrees:.1f}"),
    ("spo2", ja.find_spo2, str),
    ("duration", ja.find_durations, lambda duration: duration.short),
)


def quantities(text: ja.ReadText) -> Iterator[Quantity]:
    """Yield the quantities of a text, kind by kind; of an age that words leave open the least."""
    for kind, find, written in _READERS:
        for found in find(text):
            yield kind, found.start, found.end, written(found.value)
