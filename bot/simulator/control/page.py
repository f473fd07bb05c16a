"""Serve the page of phones and the API that only it uses."""

import asyncio
from importlib.resources import files
from pathlib import Path

from aiohttp import web

from bot.simulator.control.misuse import Misuse, number
from bot.simulator.platform import Platform
from core.byte_ranges import NotSatisfiable, asked_part

_HERE = Path(str(files("bot.simulator")))
_LONGEST_WAIT_S = 25.0


class Page:
    """Handlers of the page; plain files, no build step."""

    def __init__(self, platform: Platform, closing: asyncio.Event) -> None:
        self._platform = platform
        self._closing = closing
        self._html = (_HERE / "templates" / "phones.html").read_text(encoding="utf-8")

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the paths."""
        return [
            web.get("/", self.index),
            web.get("/healthz", self.health),
            web.static("/static", _HERE / "static"),
            web.get("/api/setup", self.setup),
            web.get("/api/feed", self.feed),
            web.get("/api/media/{message_id}", self.media),
            web.get("/api/menus/{menu_id}/image", self.menu_image),
        ]

    async def index(self, _request: web.Request) -> web.Response:
        """GET / → the phones."""
        return web.Response(
            text=self._html,
            content_type="text/html",
            headers={
                "Content-Security-Policy": "default-src 'self'; img-src * data: blob:; "
                "media-src *; frame-ancestors 'none'",
                "Cache-Control": "no-store",
            },
        )

    async def health(self, _request: web.Request) -> web.Response:
        """GET /healthz → alive."""
        return web.json_response({"status": "ok"})

    async def setup(self, _request: web.Request) -> web.Response:
        """GET /api/setup → channels to choose from."""
        channels = [
            {"municipality": channel.municipality, "name": channel.name}
            for channel in self._platform.channels.values()
        ]
        return web.json_response({"channels": channels})

    async def feed(self, request: web.Request) -> web.Response:
        """GET /api/feed?after=N&wait_s=S → changes in any chat since N; waits up to S seconds for one."""
        after = int(number(request, "after", 0, 1e12))
        end = asyncio.get_running_loop().time() + number(request, "wait_s", 0, _LONGEST_WAIT_S)
        while self._platform.feed.last == after and not self._closing.is_set():
            left = end - asyncio.get_running_loop().time()
            if left <= 0:
                break
            await self._platform.feed.wait(after, min(left, 1.0))
        return web.json_response(self._platform.feed.read(after))

    async def media(self, request: web.Request) -> web.Response:
        """GET /api/media/{message_id} → a picture, sound, film or file a resident sent."""
        media = self._platform.media.get(request.match_info["message_id"])
        if media is None:
            raise Misuse(404, "no such file")
        # A file is served as a download, so that a web page sent as a file cannot act as ours.
        shown = "inline" if media.kind in {"image", "audio", "video"} else "attachment"
        headers = {
            "Content-Disposition": shown,
            "X-Content-Type-Options": "nosniff",
            "Accept-Ranges": "bytes",
        }
        size = len(media.content)
        try:
            asked = request.headers.getall("Range", []) if request.method == "GET" else []
            part = asked_part(asked, size)
        except NotSatisfiable:
            return web.Response(status=416, headers={"Content-Range": f"bytes */{size}"})
        if part:
            headers["Content-Range"] = f"bytes {part[0]}-{part[1] - 1}/{size}"
        return web.Response(
            status=206 if part else 200,
            body=media.content[slice(*part)] if part else media.content,
            content_type=media.content_type,
            headers=headers,
        )

    async def menu_image(self, request: web.Request) -> web.Response:
        """GET /api/menus/{menu_id}/image → the picture of a rich menu."""
        menu = self._platform.menus.menus.get(request.match_info["menu_id"])
        if menu is None or menu.image is None:
            raise Misuse(404, "no such menu")
        return web.Response(body=menu.image, content_type=menu.image_type)
