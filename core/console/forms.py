"""Read forms within limits and without writing to disk, and check that our page sent them."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, ContentTypeError, web

from core.errors import ServiceError

FIELD_LIMIT = 64 * 1024  # bytes
FILE_LIMIT = 10 * 1024 * 1024  # bytes
FIELDS_LIMIT = 50
CSRF_FIELD = "csrf"
CSRF_HEADER = "X-CSRF-Token"


class NotOurForm(ServiceError):
    """A changing request that no page of the visitor's present session sent."""

    code = "console.not_our_form"


class BrokenForm(ServiceError):
    """The body cannot be read as a form."""

    code = "console.broken_form"


class FormTooLarge(ServiceError):
    """More or larger fields than any form of ours sends."""

    code = "console.form_too_large"


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a sent form as text, its files as bytes."""

    fields: Mapping[str, str]
    files: Mapping[str, bytes] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return a field, or an empty string."""
        return self.fields.get(name, "")


FORM = web.RequestKey("form", Form)


async def read_form(request: web.Request) -> Form:
    """Read a form of either encoding; files stay in memory, health pictures must not touch the disk.

    Raises:
        FormTooLarge: a field, a file or their number is over the limit.
        BrokenForm: the body cannot be read as a form.
    """
    if request.content_type.startswith("multipart/"):
        try:
            return await _read_multipart(request)
        except (
            ValueError,
            AssertionError,
            RuntimeError,
            ContentTypeError,
        ) as exc:  # aiohttp's reader raises all four
            raise BrokenForm("the body is no readable multipart form") from exc
    if (request.content_length or 0) > FIELD_LIMIT:
        raise FormTooLarge("a form is too large")
    body = await request.content.read(FIELD_LIMIT + 1)
    while not request.content.at_eof() and len(body) <= FIELD_LIMIT:
        body += await request.content.read(FIELD_LIMIT + 1 - len(body))
    if len(body) > FIELD_LIMIT:
        raise FormTooLarge("a form is too large")
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=FIELDS_LIMIT
        )
    except ValueError as exc:
        raise FormTooLarge("a form has too many fields") from exc
    return Form({name: _text(value) for name, value in pairs})


async def _read_multipart(request: web.Request) -> Form:
    fields: dict[str, str] = {}
    files: dict[str, bytes] = {}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or len(fields) + len(files) >= FIELDS_LIMIT:
            raise FormTooLarge("a form has too many parts")
        name = part.name or ""
        if part.filename is None:
            fields[name] = _text((await _read_part(part, FIELD_LIMIT)).decode("utf-8", "replace"))
        elif data := await _read_part(part, FILE_LIMIT):
            files[name] = data
    return Form(fields, files)


def _text(value: str) -> str:
    """Return a field as text without NUL, which PostgreSQL cannot hold and no field of ours needs."""
    return value.replace("\0", "")


async def _read_part(part: BodyPartReader, limit: int) -> bytes:
    data = bytearray()
    while piece := await part.read_chunk(64 * 1024):
        data += piece
        if len(data) > limit:
            raise FormTooLarge("a part of a form is too large")
    return bytes(data)


def check_csrf(request: web.Request, form: Form, expected: str) -> None:
    """Check that a changing request carries the session's token.

    Raises:
        NotOurForm: the token is missing or another.
    """
    given = request.headers.get(CSRF_HEADER) or form.text(CSRF_FIELD)
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise NotOurForm("the form's token does not match")
