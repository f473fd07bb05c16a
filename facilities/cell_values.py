"""Read single values of the ministry's files, also after a spreadsheet has saved them."""

import re
import unicodedata
from functools import lru_cache

ID_LENGTH, CODE_LENGTH = 13, 5  # digits
# WGS 84 degrees of Japan, least to greatest.
JAPAN_LATITUDE, JAPAN_LONGITUDE = (20.0, 46.0), (122.0, 154.0)
SWAPPED = "has latitude and longitude swapped; taken over without a place"
OUTSIDE_JAPAN = "lies outside Japan; taken over without a place"
_DEGREES = re.compile(r"[-+]?\d{1,3}(\.\d*)?", re.ASCII)
_FLAGS = {"1": "1", "0": "0", "": "-"}
# What spreadsheets and people put around a number to keep it text.
_WRAPPING = " \u3000\"'=‘’“”"


class BadRow(ValueError):
    """A row or value that cannot be imported: which column, what it says, why."""

    def __init__(self, reason: str, column: str = "", value: str = "") -> None:
        super().__init__(reason)
        self.reason, self.column, self.value = reason, column, value


class Misplaced(BadRow):
    """Coordinates that cannot be a facility's; the facility is imported without them."""


def unwrapped(text: str) -> str:
    """Return a number as plain ASCII: without quotes, full-width digits or a fraction (`7.0`)."""
    return unicodedata.normalize("NFKC", text).strip(_WRAPPING).removesuffix(".0")


def digits(text: str, length: int) -> str:
    """Return a code of `length` digits as it was before a spreadsheet took it for a number.

    One leading zero may be lost: no code of the ministry has more. A text that cannot be such a code is
    returned as is.
    """
    if len(text) == length and text.isascii() and text.isdigit():
        return text
    plain = unwrapped(text)
    is_code = plain.isascii() and plain.isdigit() and length - 1 <= len(plain) <= length
    return plain.zfill(length) if is_code else text.strip()


def is_identity(text: str) -> bool:
    """Whether a text is an id of the ministry, 13 digits."""
    return len(text) == ID_LENGTH and text.isascii() and text.isdigit()


def coordinates(latitude: str, longitude: str) -> tuple[float, float] | tuple[None, None]:
    """Read a place in degrees; None where nothing is reported (empty or `0.0`).

    Raises:
        Misplaced: it lies outside Japan (`SWAPPED`: with latitude and longitude swapped it would not).
        BadRow: they are no numbers.
    """
    texts = [unwrapped(text) for text in (latitude, longitude)]
    said = ", ".join(text.strip() for text in (latitude, longitude))
    if not all(_DEGREES.fullmatch(text or "0") for text in texts):
        raise BadRow("are no coordinates", value=said)
    north, east = (float(text or 0) for text in texts)
    if not north or not east:
        return None, None
    if _lies_in_japan(north, east):
        return north, east
    if _lies_in_japan(east, north):
        raise Misplaced(SWAPPED, value=said)
    raise Misplaced(OUTSIDE_JAPAN, value=said)


def _lies_in_japan(latitude: float, longitude: float) -> bool:
    (south, north), (west, east) = JAPAN_LATITUDE, JAPAN_LONGITUDE
    return south <= latitude <= north and west <= longitude <= east


def flag(text: str) -> str | None:
    """Return '1', '0', or '-' when nothing is reported; None for anything else."""
    return _FLAGS.get(text) or _plain_flag(text)


@lru_cache(maxsize=256)
def _plain_flag(text: str) -> str | None:
    return _FLAGS.get(unwrapped(text))
