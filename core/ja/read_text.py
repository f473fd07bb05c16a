"""Keep a text with the forms it is compared in, so that each form is made once.

The modules that compare words (screen, complaints, places, replies, shop) ask for a form: normal, folded, the
ages in it. A resident's message is one `ReadText` from the moment it is read; its forms live and end with it,
so no cache outside of it ever holds a resident's words.
"""

from collections.abc import Callable, Hashable, Sequence
from datetime import date
from functools import wraps
from typing import Any, TypeVar

T = TypeVar("T")


class ReadText(str):  # noqa: SLOT000 - it has an attribute of its own
    """A string with its forms; equal to, and usable as, the plain string.

    `day` is when it was written: a date of birth in it tells an age on that day. None while nobody said.
    """

    _forms: "dict[Any, Any]"
    day: "date | None"

    def __new__(cls, text: str = "", day: "date | None" = None) -> "ReadText":  # noqa: PYI034 - may return what was given
        """Return `text` itself when it is a `ReadText` (of that day) already."""
        if isinstance(text, cls) and day in {None, text.day}:
            return text
        made = super().__new__(cls, text)
        made._forms = {}
        made.day = day
        return made

    def form(self, make: "Callable[..., T]", *given: "Hashable") -> "T":
        """Return the form `make` of this text (and of the `given` content); made at the first call."""
        key = (make, *given) if given else make
        if key not in self._forms:
            # Pass the `ReadText` itself: a form that is made from another form finds it made.
            self._forms[key] = make(self, *given)
        found: T = self._forms[key]
        return found

    def written_on(self, day: "date | None") -> "ReadText":
        """Return this text as one of a day; always the same object, so that it is read once."""
        return self if day in {None, self.day} else self.form(ReadText, day)

    def given(self, formed: "Callable[[str], T]", value: "T") -> None:
        """Keep a form (`form`) that is known already."""
        self._forms[formed.__wrapped__] = value  # type: ignore[attr-defined]


def form(make: "Callable[[str], T]") -> "Callable[[str], T]":
    """Mark a pure function of a text as a form: made once for a `ReadText`, each time for a plain string."""

    @wraps(make)
    def formed(text: str) -> "T":
        return text.form(make) if isinstance(text, ReadText) else make(text)

    return formed


NO_TEXT = ReadText()


def day_of(text: str) -> "date | None":
    """Return the day a text was written; None where nobody said."""
    return text.day if isinstance(text, ReadText) else None


def head(text: str, characters: int) -> "ReadText":
    """Return the beginning of a text; the same object, with its forms, when it is not longer."""
    text = ReadText(text)
    return text if len(text) <= characters else text.form(_head, characters)


def _head(text: str, characters: int) -> ReadText:
    return ReadText(text[:characters], day_of(text))


def ends(text: str, characters: int) -> "tuple[ReadText, ...]":
    """Return the beginning and the end of a text of more than twice so many characters; else the text itself."""
    text = ReadText(text)
    return (text,) if len(text) <= 2 * characters else text.form(_ends, characters)


def _ends(text: str, characters: int) -> "tuple[ReadText, ...]":
    return head(text, characters), ReadText(text[-characters:], day_of(text))


@form
def lines_of(text: str) -> "tuple[ReadText, ...]":
    """Return the lines of a text, each with forms of its own; a single line is the text itself, equal lines are one."""
    lines = text.splitlines()
    if lines == [text]:
        return (ReadText(text),)
    known = {line: ReadText(line, day_of(text)) for line in dict.fromkeys(lines)}
    return tuple(known[line] for line in lines)


def joined(lines: "Sequence[ReadText]") -> ReadText:
    """Return lines as one text that knows them: what is read line by line is read once, in whatever text they stand.

    It was written when the newest of them was.
    """
    if len(lines) == 1:
        return lines[0]
    # A text that ends with an empty line has one line less when it is read again.
    text = ReadText("\n".join(lines), max((line.day for line in lines if line.day), default=None))
    if len(text.splitlines()) == len(lines):
        text.given(lines_of, tuple(lines))
    return text
