"""Serve `/m/{token}`: pictures of staff, which LINE fetches by a signed address only."""

from aiohttp import web

from core.console.deps import DEPS, ConsoleDeps
from core.console.files import send_file
from core.db.engine import is_outage
from core.errors import NotFound
from core.media import open_media, verify_media_token

HEADERS = {"Cache-Control": "private, max-age=86400", "Referrer-Policy": "no-referrer"}


async def send_picture(request: web.Request) -> web.StreamResponse:
    """Answer a signed address; forged, expired and missing ones get the same 404."""
    deps = request.app[DEPS]
    try:
        media_id, variant = verify_media_token(deps.settings, request.match_info["token"], deps.clock())
        stored = await open_media(deps.sessions, deps.ring, media_id, variant)
    except NotFound:
        return web.Response(status=404, text="not found\n")
    except Exception as exc:
        if not is_outage(exc):
            raise
        return web.Response(status=503, headers={"Retry-After": "5"}, text="unavailable\n")
    return await send_file(request, stored, HEADERS)


def make_outgoing(deps: ConsoleDeps) -> web.Application:
    """Return the application to mount at `/m`."""
    app = web.Application()
    app[DEPS] = deps
    app.router.add_get("/{token:[A-Za-z0-9_-]{20,120}}", send_picture)
    return app
