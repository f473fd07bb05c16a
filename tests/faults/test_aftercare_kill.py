"""Test that a worker killed while it asks after cards loses no question, asks none twice, and each ends once."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.db.engine import Sessions
from core.db.tables import Aftercare, Outbox, SafetyEvent
from core.settings import Settings
from tests.harness.processes import ResidentPhone, RunningParts, on_own_ports, open_parts, until

RESIDENTS = 40
LIMIT_S = 120.0
RED = "父が急に倒れて返事をしません"
ASKED, ONCE_MORE = "119番に電話できましたか", "119番に電話できたか、まだうかがえていません"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


class Night:
    """Residents after a 119 card, and a worker that is killed at the worst moments."""

    def __init__(self, street: RunningParts, sessions: Sessions, clock_file: Path) -> None:
        self.street, self.sessions, self.clock_file = street, sessions, clock_file
        self.shift_s = 0
        self.phones: Sequence[ResidentPhone] = ()

    def pass_minutes(self, minutes: int) -> None:
        self.shift_s += minutes * 60
        self.clock_file.write_text(str(self.shift_s))

    async def kill_worker_in_between(self, column: object) -> None:
        """Kill the worker once it has dealt with some, not all; start another."""

        async def has_begun() -> bool:
            return await self.count(Aftercare.kind == "called", column) > 0

        await until(has_begun, LIMIT_S, 0.002)
        worker = self.street.processes["worker"]
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
        done = await self.count(Aftercare.kind == "called", column)
        assert 0 < done < RESIDENTS, f"{done} were done: not in between"
        self.street.start("worker")

    async def count(self, *conditions: object) -> int:
        async with self.sessions() as session:
            return await session.scalar(select(func.count()).select_from(Aftercare).where(*conditions)) or 0  # type: ignore[arg-type]

    async def all_sent(self) -> bool:
        async with self.sessions() as session:
            return not await session.scalar(
                select(func.count()).select_from(Outbox).where(Outbox.status.in_(["queued", "sending"]))
            )

    async def heard(self) -> list[list[str]]:
        return [[message["text"] for message in await phone.everything()] for phone in self.phones]


async def test_a_worker_killed_while_it_asks_loses_no_question_and_asks_none_twice(
    settings: Settings, sessions: Sessions, tmp_path: Path
) -> None:
    clock_file = tmp_path / "clock"
    clock_file.write_text("0")
    own = on_own_ports(settings, clock_file=clock_file)
    async with open_parts(own, tmp_path, ("simulator", "web", "worker")) as street:
        night = Night(street, sessions, clock_file)
        night.phones = await street.phones(RESIDENTS)
        await asyncio.gather(*(phone.asks(RED, LIMIT_S) for phone in night.phones))

        async def all_set() -> bool:
            return await night.count(Aftercare.kind == "called") == RESIDENTS

        await until(all_set, LIMIT_S)
        await until(night.all_sent, LIMIT_S)
        night.pass_minutes(3)
        await night.kill_worker_in_between(Aftercare.asked_at.is_not(None))

        async def all_asked() -> bool:
            return await night.count(Aftercare.kind == "called", Aftercare.asked_at.is_not(None)) == RESIDENTS

        await until(all_asked, LIMIT_S)
        await until(night.all_sent, LIMIT_S)
        answering, silent = night.phones[::2], night.phones[1::2]
        await asyncio.gather(*(phone.does(type="tap", label="できた") for phone in answering))

        async def all_answered() -> bool:
            return await night.count(Aftercare.outcome == "answered") == len(answering)

        await until(all_answered, LIMIT_S)
        night.pass_minutes(3)
        await night.kill_worker_in_between(Aftercare.outcome == "unanswered")

        async def all_ended() -> bool:
            return not await night.count(Aftercare.kind == "called", Aftercare.outcome.is_(None))

        await until(all_ended, LIMIT_S)
        await until(night.all_sent, LIMIT_S)
        chats = await night.heard()
    asked = [sum(ASKED in text for text in chat) for chat in chats]
    assert asked == [1] * RESIDENTS
    told = [sum(ONCE_MORE in text for text in chat) for chat in chats]
    assert told == [0, 1] * (RESIDENTS // 2)
    async with sessions() as session:
        ends = Counter(await session.scalars(select(Aftercare.outcome).where(Aftercare.kind == "called")))
        alarmed = await session.scalar(
            select(func.count()).select_from(SafetyEvent).where(SafetyEvent.category == "not_called")
        )
        failed = await session.scalars(select(Outbox.status).where(Outbox.status != "sent"))
        assert list(failed) == []
    assert ends == {"answered": len(answering), "unanswered": len(silent)}
    assert alarmed == len(silent)
