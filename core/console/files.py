"""Sending stored files: in pieces, with ranges (players of voice and video ask for them)."""

import re
from collections.abc import Mapping
from urllib.parse import quote

from aiohttp import web

from core.media import StoredFile

# What a browser may show in place; everything else is only for saving.
SHOWN = frozenset(
    {
        "image/jpeg",
        "image/png",
        "image/gif",
        "image/webp",
        "audio/mpeg",
        "audio/mp4",
        "audio/x-m4a",
        "audio/aac",
        "audio/ogg",
        "audio/wav",
        "video/mp4",
    }
)
# Whatever the bytes are, a browser must not run them.
SANDBOX = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"
RANGE = re.compile(r"bytes=(\d*)-(\d*)$")


async def send_file(
    request: web.Request, stored: StoredFile, headers: Mapping[str, str] | None = None
) -> web.StreamResponse:
    """Answer with a file's bytes, or the part of them that was asked for."""
    content_type = stored.media.content_type.partition(";")[0].strip().lower()
    is_shown = content_type in SHOWN
    start, stop = _part(request.headers.get("Range", ""), stored.size)
    is_part = (start, stop) != (0, stored.size)
    response = web.StreamResponse(status=206 if is_part else 200, headers=headers)
    response.headers["Content-Type"] = content_type if is_shown else "application/octet-stream"
    response.headers["Content-Disposition"] = _disposition(stored.file_name, is_shown=is_shown)
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Accept-Ranges"] = "bytes"
    response.content_length = stop - start
    if is_part:
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{stored.size}"
    await response.prepare(request)
    if request.method != "HEAD":
        async for piece in stored.read(start, stop):
            await response.write(piece)
    await response.write_eof()
    return response


def _disposition(file_name: str, *, is_shown: bool) -> str:
    kind = "inline" if is_shown else "attachment"
    return f"{kind}; filename*=UTF-8''{quote(file_name, safe='')}" if file_name else kind


def _part(header: str, size: int) -> tuple[int, int]:
    """Return the asked bytes as start and exclusive stop; everything when the header makes no sense."""
    found = RANGE.match(header)
    if not found or not size or found.groups() == ("", ""):
        return 0, size
    first, last = found.groups()
    start = int(first) if first else max(size - int(last), 0)
    stop = min(int(last) + 1, size) if first and last else size
    return (start, stop) if start < stop else (0, size)
