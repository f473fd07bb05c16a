"""Test that a work lane looks for work only when there is a reason."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from bot.processes import lane as lanes
from bot.processes.lane import WorkLane


@dataclass(frozen=True)
class Piece:
    """A piece of work of a made-up talk."""

    talk: str
    is_suspect: bool = False
    leaves_more: bool = False


@dataclass
class LaneDesk:
    """What waits, talk by talk; a talk in progress is leased, and its further pieces are hidden."""

    capacity: int = 4
    waiting: dict[str, list[str]] = field(default_factory=dict)
    leased: set[str] = field(default_factory=set)
    looks: int = 0
    done: list[str] = field(default_factory=list)
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    ear: asyncio.Event = field(default_factory=asyncio.Event)

    async def claim(self, free: int, _alone: bool) -> Sequence[Piece]:  # noqa: FBT001 - the lane's protocol
        self.looks += 1
        found = [talk for talk, words in self.waiting.items() if words and talk not in self.leased][:free]
        self.leased.update(found)
        return [Piece(talk, leaves_more=len(self.waiting[talk]) > 1) for talk in found]

    async def work(self, piece: Piece) -> None:
        word = self.waiting[piece.talk].pop(0)
        if gate := self.gates.get(word):
            await gate.wait()
        self.done.append(word)
        self.leased.discard(piece.talk)

    def comes(self, talk: str, *words: str) -> None:
        self.waiting.setdefault(talk, []).extend(words)
        self.ear.set()


@asynccontextmanager
async def running(desk: LaneDesk) -> AsyncIterator[WorkLane[Piece]]:
    stop = asyncio.Event()
    lane = WorkLane("made-up", desk.claim, desk.work, desk.capacity)
    task = asyncio.create_task(lane.run(desk.ear, stop))
    yield lane
    stop.set()
    await asyncio.wait_for(task, 2)


async def until(desk: LaneDesk, *words: str) -> None:
    async with asyncio.timeout(2):
        while sorted(desk.done) != sorted(words):  # noqa: ASYNC110 - a made-up desk rings no bell
            await asyncio.sleep(0.001)
    await asyncio.sleep(0.02)


async def test_one_call_costs_one_look() -> None:
    desk = LaneDesk()
    async with running(desk):
        await asyncio.sleep(0.01)
        before = desk.looks
        desk.comes("a", "1")
        await until(desk, "1")
        assert desk.looks - before == 1


async def test_what_waited_behind_a_piece_is_served_without_another_call() -> None:
    desk = LaneDesk()
    async with running(desk):
        desk.comes("a", "1", "2", "3")
        await until(desk, "1", "2", "3")
    assert desk.done == ["1", "2", "3"]


async def test_what_came_while_its_talk_was_busy_is_served_without_another_call() -> None:
    desk = LaneDesk(gates={"1": asyncio.Event()})
    async with running(desk):
        desk.comes("a", "1")
        await asyncio.sleep(0.01)
        desk.comes("a", "2")
        await asyncio.sleep(0.01)
        desk.gates["1"].set()
        await until(desk, "1", "2")


async def test_more_than_there_are_hands_for_is_served_to_the_end() -> None:
    desk = LaneDesk(capacity=2)
    async with running(desk):
        for number in range(9):
            desk.comes(f"talk {number}", str(number))
        await until(desk, *(str(number) for number in range(9)))


async def test_a_lane_that_nobody_calls_looks_for_itself_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "BACKSTOP_S", 0.05)
    desk = LaneDesk()
    async with running(desk):
        await asyncio.sleep(0.01)
        desk.waiting["a"] = ["1"]
        await until(desk, "1")


async def test_a_piece_that_was_claimed_elsewhere_is_done_at_once_without_a_look() -> None:
    desk = LaneDesk(capacity=1)
    async with running(desk) as lane:
        await asyncio.sleep(0.05)
        looks = desk.looks
        desk.waiting["taken"] = ["hello"]
        gate = desk.gates["hello"] = asyncio.Event()
        assert lane.are_free
        lane.take(Piece("taken"))
        assert not lane.are_free
        gate.set()
        await asyncio.sleep(0.05)
        assert desk.done == ["hello"]
        assert desk.looks == looks
        assert lane.are_free


async def test_what_was_taken_is_finished_before_the_lane_ends_and_nothing_is_taken_afterwards() -> None:
    desk = LaneDesk()
    async with running(desk) as lane:
        await asyncio.sleep(0.05)
        desk.waiting["taken"] = ["hello"]
        gate = desk.gates["hello"] = asyncio.Event()
        lane.take(Piece("taken"))
        asyncio.get_running_loop().call_later(0.1, gate.set)
    assert desk.done == ["hello"]
    assert not lane.are_free
    desk.waiting["late"] = ["lost"]
    lane.take(Piece("late"))
    await asyncio.sleep(0.05)
    assert desk.done == ["hello"]


async def test_work_that_a_taken_piece_hid_is_looked_for_when_it_ends() -> None:
    desk = LaneDesk()
    async with running(desk) as lane:
        await asyncio.sleep(0.05)
        desk.waiting["talk"] = ["first"]
        desk.leased.add("talk")
        gate = desk.gates["first"] = asyncio.Event()
        lane.take(Piece("talk"))
        await asyncio.sleep(0)
        desk.comes("talk", "second")
        await asyncio.sleep(0.05)
        gate.set()
        await asyncio.sleep(0.05)
        assert desk.done == ["first", "second"]
