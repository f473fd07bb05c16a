"""Test what a crowd counts of the messages and answers in the simulator's feed."""

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.bench.load import RESIDENT, Crowd

HELPO = "helpo"


async def seen(*said: tuple[str, str, int]) -> Crowd:
    """Return a crowd that has seen who wrote what at which second."""
    entries = [
        {
            "kind": "message",
            "user_id": user,
            "what": {"at": f"2026-11-16T10:00:{second:02}+09:00", "from": sender, "text": "…"},
        }
        for user, sender, second in said
    ]

    async def feed(_request: web.Request) -> web.Response:
        return web.json_response({"reset": False, "last": len(entries), "entries": entries})

    app = web.Application()
    app.router.add_get("/api/feed", feed)
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        crowd = Crowd(http, str(server.make_url("")).rstrip("/"), ["a", "b"], 0)
        await crowd.look()
    return crowd


async def test_two_messages_that_one_answer_follows_are_not_lost() -> None:
    crowd = await seen(("a", RESIDENT, 1), ("a", RESIDENT, 2), ("a", HELPO, 3))
    assert (crowd.lost, crowd.unanswered) == (0, 1)


async def test_a_message_after_the_last_answer_is_lost_and_so_is_one_without_any() -> None:
    crowd = await seen(("a", RESIDENT, 1), ("a", HELPO, 2), ("a", RESIDENT, 3), ("b", RESIDENT, 3))
    assert crowd.lost == 2
