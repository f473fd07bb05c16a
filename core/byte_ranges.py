"""Read the byte ranges of HTTP (RFC 9110, section 14): which part of a file was asked for."""

import re
from collections.abc import Sequence

RANGE = re.compile(r"([0-9]*)-([0-9]*)")
UNIT = "bytes="
# Digits; a longer number lies beyond the end of every file.
MOST_DIGITS = 18


class NotSatisfiable(Exception):
    """The part that was asked for begins beyond the end of the file."""


def asked_part(headers: Sequence[str], size: int) -> tuple[int, int] | None:
    """Return the first byte and the byte after the last of the part that `Range` headers ask for.

    None stands for the whole file: no part, several parts or an invalid range was asked for (an invalid
    header is ignored, 14.2). `size` is that of the whole file in bytes.

    Raises:
        NotSatisfiable: the file ends before the part begins.
    """
    specs = [spec for header in headers for spec in _specs(header)]
    found = RANGE.fullmatch(specs[0]) if len(specs) == 1 else None
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        return _ending(_number(last), size)
    start = _number(first)
    stop = _number(last) + 1 if last else size
    if last and stop <= start:
        return None
    if start >= size:
        raise NotSatisfiable
    return start, min(stop, size)


def _specs(header: str) -> list[str]:
    """Return the ranges in a header; none for an unknown unit."""
    text = header.strip(" \t")
    if text[: len(UNIT)].lower() != UNIT:
        return []
    return [spec for spec in (part.strip(" \t") for part in text[len(UNIT) :].split(",")) if spec]


def _ending(length: int, size: int) -> tuple[int, int] | None:
    if length == 0:
        raise NotSatisfiable
    return (max(size - length, 0), size) if size else None


def _number(digits: str) -> int:
    """Return a number, a huge one as a large one: Python refuses to read more than 4,300 digits."""
    plain = digits.lstrip("0")
    return int(plain or "0") if len(plain) <= MOST_DIGITS else 10**MOST_DIGITS
