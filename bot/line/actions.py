"""Turn our buttons into LINE's action objects."""

import re
import unicodedata
from typing import Any
from urllib.parse import urlsplit

from bot.line import limits
from bot.line.errors import RenderError
from bot.line.limits import clean, shortened, utf16_units
from core.logging import get_logger
from core.messages import Button, Call, Open, Say, SendLocation, SendPicture, Tap
from core.settings import LOOPBACK
from core.web_address import link_of

log = get_logger()

Json = dict[str, Any]

_PRINTABLE = re.compile(r"[\x21-\x7e]+")
# Phones do not dial addresses with # or * from a link.
_DIALABLE = re.compile(r"\+?[0-9]{2,20}")


def is_dialable(number: str) -> bool:
    """Whether a link can make a telephone dial `number` (not for #7119)."""
    return _DIALABLE.fullmatch(_digits(number)) is not None


def action_json(action: Button, label_limit: int) -> Json:
    """Return LINE's object for a button whose label has room for `label_limit` graphemes.

    Raises:
        RenderError: LINE takes no such button (data too long, no proper address).
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
            return {"type": "uri", "label": label, "uri": _link(url)}
        case SendLocation():
            return {"type": "location", "label": label}
        case SendPicture():
            return {"type": "cameraRoll", "label": label}


def possible_action(action: Button, label_limit: int) -> Json | None:
    """Return LINE's object for a button, or None when LINE cannot take it: only that button is left out."""
    try:
        return action_json(action, label_limit)
    except RenderError as error:
        log.warning("button_left_out", button=type(action).__name__, reason=str(error))
        return None


def media_link(url: str) -> str:
    """Return the address of a picture: https (plain http on this machine only), at most 2,000 characters.

    Raises:
        RenderError: the address is none of these.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        host = None
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK) if host else False
    if not is_safe or not _PRINTABLE.fullmatch(url) or len(url) > limits.MEDIA_URL:
        raise RenderError("the address of a picture is not https or too long")
    return url


def _link(url: str) -> str:
    link = link_of(url)
    if link is None:
        raise RenderError("no web address that LINE takes")
    return link


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
