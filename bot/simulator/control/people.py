"""Serve `/api/residents`: make residents, let them act, see what they see."""

import asyncio
from typing import Any

from aiohttp import web

from bot.simulator import ids
from bot.simulator.config import Channel
from bot.simulator.control.misuse import Misuse, json_object, number
from bot.simulator.control.resident_actions import say, send_event
from bot.simulator.control.tap_actions import menu_actions, tap
from bot.simulator.platform import Platform
from bot.simulator.residents import SimulatedResident

LONGEST_WAIT_S = 60.0
_MOST_AT_ONCE = 500_000


class People:
    """Handlers; `closing` ends long polls when the simulator stops."""

    def __init__(self, platform: Platform, closing: asyncio.Event) -> None:
        self._platform = platform
        self._closing = closing

    def routes(self) -> list[web.RouteDef]:
        """Return the paths."""
        one = "/api/residents/{user_id}"
        return [
            web.get("/api/residents", self.listing),
            web.post("/api/residents", self.create),
            web.post("/api/residents/demo", self.create_demo),
            web.get(one, self.show),
            web.get(f"{one}/messages", self.messages),
            web.post(f"{one}/messages", self.act),
            web.get(f"{one}/menu", self.menu),
        ]

    async def listing(self, request: web.Request) -> web.Response:
        """GET /api/residents?limit=50 → the residents made last."""
        limit = int(number(request, "limit", 50, 1_000))
        now = self._platform.now()
        residents = [resident.dump(now) for resident in self._platform.residents.newest(limit)]
        return web.json_response({"residents": residents, "feed": self._platform.feed.last})

    async def create(self, request: web.Request) -> web.Response:
        """POST /api/residents {"name"?, "municipality"?} → {"user_id"}; sends `follow`.

        `{"count": n, "silent": true}` makes n residents who are friends already, without events, and returns
        `user_ids`: for notices to many.
        """
        body = await json_object(request)
        channel = self._channel(body.get("municipality"))
        name = str(body.get("name") or f"デモ 住民{len(self._platform.residents) + 1}")
        if not body.get("silent"):
            return web.json_response({"user_id": self._new(channel, name).user_id}, status=201)
        count = body.get("count", 1)
        if not isinstance(count, int) or not 1 <= count <= _MOST_AT_ONCE:
            raise Misuse(400, f"count must be between 1 and {_MOST_AT_ONCE}")
        made = [SimulatedResident(ids.user_id(), channel, name) for _ in range(count)]
        for resident in made:
            self._platform.residents.add(resident)
        return web.json_response({"user_ids": [resident.user_id for resident in made]}, status=201)

    async def create_demo(self, _request: web.Request) -> web.Response:
        """POST /api/residents/demo → makes the demo residents if there are no residents yet."""
        if not len(self._platform.residents):
            channels = list(self._platform.channels.values())
            for position, name in enumerate(self._platform.config.demo_names):
                # The last one belongs to another city, if there is one.
                last = position == len(self._platform.config.demo_names) - 1
                self._new(channels[-1] if last else channels[0], name)
        return web.json_response({"residents": len(self._platform.residents)})

    async def show(self, request: web.Request) -> web.Response:
        """GET /api/residents/{user_id} → name, municipality, whether a friend, last seq."""
        return web.json_response(self._resident(request).dump(self._platform.now()))

    async def messages(self, request: web.Request) -> web.Response:
        """GET …/messages?after=SEQ&wait_s=S → a list of what the resident received since SEQ.

        Waits up to S (at most 60) seconds until there is something. `all=1` adds the resident's own bubbles
        (`"from": "resident"`).
        """
        resident = self._resident(request)
        after = int(number(request, "after", 0, 1e12))
        wait_s = number(request, "wait_s", 0, LONGEST_WAIT_S)
        own = request.query.get("all") == "1"
        end = asyncio.get_running_loop().time() + wait_s
        while not (found := resident.after(after, own=own)):
            left = end - asyncio.get_running_loop().time()
            if left <= 0 or self._closing.is_set():
                break
            await _changed(resident, min(left, 1.0))
        return web.json_response([seen.dump() for seen in found])

    async def act(self, request: web.Request) -> web.Response:
        """POST …/messages: what the resident does; kinds as in `resident_actions.say` and `tap_actions`."""
        resident, body = self._resident(request), await json_object(request)
        done = tap(self._platform, resident, body) if body.get("type") == "tap" else None
        if done is None:
            done = say(self._platform, resident, body)
        return web.json_response(done)

    async def menu(self, request: web.Request) -> web.Response:
        """GET …/menu → the tiles at the bottom of this chat, with picture and areas if a menu is set."""
        resident = self._resident(request)
        menu = self._platform.menus.seen_by(resident)
        shown: dict[str, Any] = {"actions": menu_actions(self._platform, resident), "image": None}
        if menu is not None:
            shown |= {
                "image": f"/api/menus/{menu.menu_id}/image",
                "size": menu.content["size"],
                "bounds": [area["bounds"] for area in menu.content["areas"]],
                "bar": menu.content.get("chatBarText"),
            }
        return web.json_response(shown)

    def _new(self, channel: Channel, name: str) -> SimulatedResident:
        resident = SimulatedResident(ids.user_id(), channel, name)
        self._platform.residents.add(resident)
        self._platform.changed(resident)
        send_event(self._platform, resident, "follow", {"follow": {"isUnblocked": False}})
        return resident

    def _channel(self, municipality: object) -> Channel:
        if municipality is None:
            return next(iter(self._platform.channels.values()))
        channel = self._platform.channels.get(str(municipality))
        if channel is None:
            raise Misuse(404, "no such municipality", known=list(self._platform.channels))
        return channel

    def _resident(self, request: web.Request) -> SimulatedResident:
        resident = self._platform.residents.get(request.match_info["user_id"])
        if resident is None:
            raise Misuse(404, "no such resident")
        return resident


async def _changed(resident: SimulatedResident, wait_s: float) -> None:
    if resident.changed is None:
        resident.changed = asyncio.Event()
    try:
        async with asyncio.timeout(wait_s):
            await resident.changed.wait()
    except TimeoutError:
        return
