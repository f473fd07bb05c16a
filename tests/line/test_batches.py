"""Test the worker's batch steps: a failure in one batch does not end the process."""

import asyncio

import pytest
from sqlalchemy.exc import OperationalError

from bot.processes import worker


@pytest.mark.parametrize(
    "error", [OperationalError("select 1", {}, Exception("away")), ZeroDivisionError(), ConnectionError()]
)
async def test_after_an_error_the_next_batch_is_served(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "OUTAGE_PAUSE_S", 0.0)
    monkeypatch.setattr(worker, "FAILURE_PAUSE_S", 0.0)
    stop = asyncio.Event()
    batches = 0

    async def serve() -> int:
        nonlocal batches
        batches += 1
        if batches < 3:
            raise error
        stop.set()
        return 0

    async with asyncio.timeout(5):
        await worker.serve_batches("media", serve, asyncio.Event(), stop)
    assert batches == 3


async def test_a_stop_ends_the_pause_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "FAILURE_PAUSE_S", 60.0)
    stop = asyncio.Event()

    async def serve() -> int:
        stop.set()
        raise ZeroDivisionError

    async with asyncio.timeout(5):
        await worker.serve_batches("media", serve, asyncio.Event(), stop)
