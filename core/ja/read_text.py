"""Keep a text with the forms it is compared in, so that each form is made once.

The modules that compare words (screen, complaints, places, replies, shop) ask for a form: normal, folded, the
ages in it. A resident's message is one `ReadText` from the moment it is read; its forms live and end with it,
so no cache outside of it ever holds a resident's words.
"""

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, TypeVar

T = TypeVar("T")


class ReadText(str):  # noqa: SLOT000 - it has an attribute of its own
    """A string with its forms; equal to, and usable as, the plain string."""

    _forms: "dict[Any, Any]"

    def __new__(cls, text: str = "") -> "ReadText":  # noqa: PYI034 - may return what was given
        """Return `text` itself when it is a `ReadText` already."""
        if isinstance(text, cls):
            return text
        made = super().__new__(cls, text)
        made._forms = {}
        return made

    def form(self, make: "Callable[..., T]", *given: "Hashable") -> "T":
        """Return the form `make` of this text (and of the `given` content); made at the first call."""
        key = (make, *given)
        if key not in self._forms:
            # Pass the `ReadText` itself: a form that is made from another form finds it made.
            self._forms[key] = make(self, *given)
        found: T = self._forms[key]
        return found


def form(make: "Callable[[str], T]") -> "Callable[[str], T]":
    """Mark a pure function of a text as a form: made once for a `ReadText`, each time for a plain string."""

    @wraps(make)
    def formed(text: str) -> "T":
        return text.form(make) if isinstance(text, ReadText) else make(text)

    return formed


NO_TEXT = ReadText()


def head(text: str, characters: int) -> str:
    """Return the beginning of a text; the same object, with its forms, when it is not longer."""
    return text if len(text) <= characters else text[:characters]
