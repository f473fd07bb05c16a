"""Send stored files in pieces, with byte ranges (players of voice and video ask for them)."""

from collections.abc import Mapping
from urllib.parse import quote

from aiohttp import web

from core.byte_ranges import NotSatisfiable, asked_part
from core.media import StoredFile
from core.outside_text import file_name

# Types that a browser may show in place; all others are only offered for saving.
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
# Whatever the bytes are, a browser must not run them as a page.
SANDBOX = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"


async def send_file(
    request: web.Request, stored: StoredFile, headers: Mapping[str, str] | None = None
) -> web.StreamResponse:
    """Answer with a file's bytes, or the range that was asked for; 416 for a range beyond its end."""
    content_type = stored.media.content_type.partition(";")[0].strip().lower()
    is_shown = content_type in SHOWN
    try:
        # Ranges are defined for GET only.
        asked = request.headers.getall("Range", []) if request.method == "GET" else []
        part = asked_part(asked, stored.size)
    except NotSatisfiable:
        return web.Response(status=416, headers={"Content-Range": f"bytes */{stored.size}"})
    start, stop = part or (0, stored.size)
    response = web.StreamResponse(status=206 if part else 200, headers=headers)
    response.headers["Content-Type"] = content_type if is_shown else "application/octet-stream"
    response.headers["Content-Disposition"] = _disposition(stored.file_name, is_shown=is_shown)
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Accept-Ranges"] = "bytes"
    response.content_length = stop - start
    if part:
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{stored.size}"
    await response.prepare(request)
    if request.method != "HEAD":
        async for piece in stored.read(start, stop):
            await response.write(piece)
    await response.write_eof()
    return response


def _disposition(given_name: str, *, is_shown: bool) -> str:
    kind, name = "inline" if is_shown else "attachment", file_name(given_name).whole
    return f"{kind}; filename*=UTF-8''{quote(name, safe='')}" if name else kind
