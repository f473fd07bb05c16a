"""Test voice and video on the simulated phone: players ask for parts of them."""

import base64

import pytest

from tests.simulator.stand import Simulator

DATA = bytes(range(256)) * 40
SIZE = len(DATA)


async def voice(sim: Simulator) -> str:
    """Send a voice message; returns where the page finds it."""
    user_id = await sim.resident(name="山田")
    done = await sim.act(user_id, {"type": "audio", "data": base64.b64encode(DATA).decode()})
    return f"/api/media/{done['message_id']}"


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("0-", 0, SIZE),
        ("0-1", 0, 2),
        ("100-199", 100, 200),
        ("-5", SIZE - 5, SIZE),
        ("5-" + "9" * 5000, 5, SIZE),
    ],
)
async def test_a_player_gets_the_part_it_asks_for(sim: Simulator, asked: str, start: int, stop: int) -> None:
    url = sim.url + await voice(sim)
    async with sim.http.get(url, headers={"Range": f"bytes={asked}"}) as answer:
        assert (answer.status, answer.headers["Content-Range"]) == (206, f"bytes {start}-{stop - 1}/{SIZE}")
        assert await answer.read() == DATA[start:stop]


async def test_beyond_the_end_is_refused_and_nonsense_gives_the_whole(sim: Simulator) -> None:
    url = sim.url + await voice(sim)
    async with sim.http.get(url, headers={"Range": f"bytes={SIZE}-"}) as answer:
        assert (answer.status, answer.headers["Content-Range"]) == (416, f"bytes */{SIZE}")
    for asked in ("bytes=0-1,4-5", "bytes=9-1", "lines=0-1"):
        async with sim.http.get(url, headers={"Range": asked}) as answer:
            assert (answer.status, await answer.read()) == (200, DATA)
    async with sim.http.head(url, headers={"Range": "bytes=0-1"}) as answer:
        assert (answer.status, answer.headers["Content-Length"]) == (200, str(SIZE))
