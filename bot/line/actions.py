"""Our buttons as LINE's action objects."""

import re
import unicodedata
from typing import Any
from urllib.parse import quote, urlsplit

from bot.line import limits
from bot.line.errors import RenderError
from bot.line.limits import clean, shortened, utf16_units
from core.messages import Action, Call, Open, Say, SendLocation, SendPicture, Tap
from core.settings import LOOPBACK

Json = dict[str, Any]

# Only these can be dialled from a link: phones do not dial addresses with # or * in them.
_DIALABLE = re.compile(r"\+?[0-9]{2,20}")
_TO_ENCODE = re.compile(r"[^\x21-\x7e]+")


def is_dialable(number: str) -> bool:
    """Whether a telephone can be made to dial `number` by a link (#7119 cannot)."""
    return _DIALABLE.fullmatch(_digits(number)) is not None


def action_json(action: Action, label_limit: int) -> Json:
    """Return LINE's object for a button whose label has room for `label_limit` characters.

    Raises:
        RenderError: what the button does cannot be said to LINE (data too long, no proper address).
    """
    label = shortened(" ".join(clean(action.label).splitlines()).strip(), label_limit)
    if not label:
        raise RenderError(f"a {type(action).__name__} has no label")
    match action:
        case Tap(data=data, shown=shown):
            return {
                "type": "postback",
                "label": label,
                "data": _data(data),
                "displayText": _shown(shown or action.label),
            }
        case Say(text=text):
            return {"type": "message", "label": label, "text": _said(text)}
        case Call(number=number):
            return {"type": "uri", "label": label, "uri": f"tel:{_number(number)}"}
        case Open(url=url):
            return {"type": "uri", "label": label, "uri": link(url, limits.LINK)}
        case SendLocation():
            return {"type": "location", "label": label}
        case SendPicture():
            return {"type": "cameraRoll", "label": label}


def link(url: str, most: int) -> str:
    """Return `url` as LINE takes it: percent-encoded, https (plain http on this machine only).

    Raises:
        RenderError: another scheme, no host, or longer than `most`.
    """
    encoded = _TO_ENCODE.sub(lambda m: quote(m[0]), clean(url).strip())
    try:
        parts = urlsplit(encoded)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or utf16_units(encoded) > most:
        raise RenderError("an address is too long or no address")
    if parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK):
        return encoded
    raise RenderError("an address is not https")


def _data(data: str) -> str:
    if not data or utf16_units(data) > limits.POSTBACK_DATA or data != clean(data):
        raise RenderError(f"the data of a button must have 1 to {limits.POSTBACK_DATA} characters")
    return data


def _shown(text: str) -> str:
    return shortened(clean(text).strip(), limits.SHOWN_TEXT)


def _said(text: str) -> str:
    said = clean(text).strip()
    if not said or said != shortened(said, limits.SHOWN_TEXT):
        raise RenderError(f"a button can say 1 to {limits.SHOWN_TEXT} characters")
    return said


def _digits(number: str) -> str:
    return re.sub(r"[^0-9+#*]", "", unicodedata.normalize("NFKC", number))


def _number(number: str) -> str:
    digits = _digits(number)
    if not _DIALABLE.fullmatch(digits):
        raise RenderError("a number cannot be dialled from a link")
    return digits
