"""A text that keeps the forms it is compared in, so that each is made once.

Whoever compares words (screen, complaints, places, replies, shop) asks for a form: normal, folded, the ages in it.
A resident's message is one `ReadText` from the moment it is read; its forms live and end with it, so no cache
outside of it ever holds a resident's words.
"""

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, TypeVar

T = TypeVar("T")


class ReadText(str):  # noqa: SLOT000 - it has an attribute of its own
    """A string with its forms; equal to, and usable as, the plain string."""

    _forms: "dict[Any, Any]"

    def __new__(cls, text: str = "") -> "ReadText":  # noqa: PYI034 - may return what was given
        """Return `text` itself when it keeps its forms already."""
        if isinstance(text, cls):
            return text
        made = super().__new__(cls, text)
        made._forms = {}
        return made

    def form(self, make: "Callable[..., T]", *given: "Hashable") -> "T":
        """Return what `make` makes of this text (and of content that was `given`), made at the first call."""
        key = (make, *given)
        if key not in self._forms:
            # Handed on as it is: a form that is made from another finds that one made.
            self._forms[key] = make(self, *given)
        found: T = self._forms[key]
        return found


def form(make: "Callable[[str], T]") -> "Callable[[str], T]":
    """Mark a pure function of one text as a form: of a `ReadText` it is worked out once, of a plain string each time."""

    @wraps(make)
    def formed(text: str) -> "T":
        return text.form(make) if isinstance(text, ReadText) else make(text)

    return formed


NO_TEXT = ReadText()


def head(text: str, characters: int) -> str:
    """Return the beginning of a text; the very same text, with its forms, when it is no longer."""
    return text if len(text) <= characters else text[:characters]
