"""Test signals: received at once in the sending process, soon in others, and never twice."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from core.live import WAKE_TALK, Signals, make_redis


@pytest.fixture
async def two(redis_url: str) -> AsyncIterator[tuple[Signals, Signals]]:
    """Return the signals of two processes that listen for wake-ups."""
    client = make_redis(redis_url)
    ours, theirs = Signals(client, "test:"), Signals(client, "test:")
    tasks = [asyncio.create_task(work) for s in (ours, theirs) for work in (s.run(), s.relay((WAKE_TALK,)))]
    async with asyncio.timeout(10):
        while (await client.pubsub_numsub(f"test:{WAKE_TALK}"))[0][1] < 2:  # noqa: ASYNC110 - Redis has no event for it
            await asyncio.sleep(0.01)
    yield ours, theirs
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await client.aclose()


async def test_a_wake_up_reaches_the_other_process_and_does_not_come_back(
    two: tuple[Signals, Signals],
) -> None:
    ours, theirs = two
    here, there = ours.hear(WAKE_TALK), theirs.hear(WAKE_TALK)
    ours.send(WAKE_TALK)
    assert here.is_set()
    here.clear()
    async with asyncio.timeout(5):
        await there.wait()
    there.clear()
    theirs.send(WAKE_TALK)
    async with asyncio.timeout(5):
        await here.wait()
    assert there.is_set()  # its own, at once; the echo of ours is over and has not set it again


async def test_a_listener_that_is_cancelled_ends_whatever_its_client_was_doing(redis_url: str) -> None:
    client = make_redis(redis_url)
    for pause_s in (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.21):
        task = asyncio.create_task(Signals(client, "test:").relay((WAKE_TALK,)))
        await asyncio.sleep(pause_s)
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=3)
        assert done, f"still listening, cancelled after {pause_s} s"
    await client.aclose()
